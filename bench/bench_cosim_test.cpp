#include "bench/bench_cosim.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/testing.h"
#include "graph/text.h"

namespace trigstone::bench {
namespace {

BenchModel small_model() {
  return {"small",
          parse_graph(R"(trigstone.graph/1 "small"
%0 "x" = input() {format = <8,4>, shape = [3]} : <8,4>[3]
%1 "w" = constant() {} : <4,1>[3,2] = [1, -3, 0, 7, -8, 2]
%2 "y" = linear(%0, %1) {} : <12,5>[2]
output "y" = %2
)",
                      "test"),
          6};
}

TEST(BenchCosim, MeasuresWhatIsEqual) {
  for (const char* program : {"iverilog", "ghdl"}) {
    if (is_missing(program)) GTEST_SKIP() << program << " is missing";
  }
  CosimBenchOptions options;
  options.simulators = {"icarus", "ghdl"};
  options.seconds = 0;
  options.most_events = 100;
  std::vector<OrderedJson> rows;
  EXPECT_TRUE(
      bench_cosim({small_model()}, options, [&](const OrderedJson& row) { rows.push_back(row); }));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].at("name"), "cosim/small");
  EXPECT_EQ(rows[1].at("simulator"), "ghdl");
  for (const OrderedJson& row : rows) {
    EXPECT_GT(row.at("build_seconds").get<double>(), 0) << row;
    EXPECT_GT(row.at("events_per_second").get<double>(), 0) << row;
    EXPECT_GE(row.at("events").get<int>(), 64) << row;
  }
}

TEST(BenchCosim, RefusesAnUnknownSimulator) {
  CosimBenchOptions options;
  options.simulators = {"modelsim"};
  options.most_events = 1;
  try {
    bench_cosim({small_model()}, options, [](const OrderedJson&) {});
    FAIL() << "modelsim was accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "--simulator modelsim: error: there is no such simulator — verilator, icarus or "
                 "ghdl");
  }
}

}  // namespace
}  // namespace trigstone::bench
