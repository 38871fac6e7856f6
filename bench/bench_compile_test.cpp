#include "bench/bench_compile.h"

#include <gtest/gtest.h>

namespace trigstone::bench {
namespace {

TEST(BenchCompile, TheTaggerTakesLessThanASecond) {
  const std::vector<BenchModel> taggers = {engine_model("dense", std::nullopt),
                                           engine_model("sp70", std::nullopt)};
  std::vector<OrderedJson> rows;
  CompileBenchOptions options;
  options.events = 4;
  EXPECT_TRUE(
      bench_compile(taggers, options, [&](const OrderedJson& row) { rows.push_back(row); }));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("name"), "compile/dense");
  EXPECT_EQ(rows[1].at("name"), "compile/sp70");
  for (const OrderedJson& row : rows) {
    EXPECT_LT(row.at("seconds").get<double>(), 5) << "a fifth of that on a quiet machine";
    EXPECT_GT(row.at("luts").get<double>(), 1000);
    EXPECT_EQ(row.at("stages").get<int>(), row.at("latency_cycles").get<int>() + 1);
  }
  EXPECT_LT(rows[1].at("luts").get<double>(), rows[0].at("luts").get<double>());
}

}  // namespace
}  // namespace trigstone::bench
