#include "bench/bench_adder_graph.h"

#include <gtest/gtest.h>

#include <map>

namespace trigstone::bench {
namespace {

std::map<std::string, OrderedJson> rows_of(const AdderGraphBenchOptions& options) {
  std::map<std::string, OrderedJson> rows;
  EXPECT_TRUE(bench_adder_graph(
      options, [&](const OrderedJson& row) { rows[row.at("name").get<std::string>()] = row; }));
  return rows;
}

TEST(BenchAdderGraph, DrawnMatricesCostNoMoreThanMeasured) {
  AdderGraphBenchOptions options;
  options.efforts = {Effort::kDefault};
  options.most_entries = 1024;
  const auto rows = rows_of(options);
  EXPECT_EQ(rows.size(), 8U);
  const OrderedJson& total = rows.at("adder_graph/total");
  EXPECT_LE(total.at("lut_cost").get<int64_t>(), 35000);
  EXPECT_LE(total.at("lut_cost_ternary").get<int64_t>(), 27200);
}

TEST(BenchAdderGraph, MoreEffortCostsLess) {
  AdderGraphBenchOptions options;
  options.most_entries = 200;
  const auto cost = [&](Effort effort) {
    options.efforts = {effort};
    return rows_of(options).at("adder_graph/total").at("lut_cost").get<int64_t>();
  };
  const int64_t fast = cost(Effort::kFast), best = cost(Effort::kBest);
  EXPECT_LT(best, fast);
}

TEST(BenchAdderGraph, DrawsTheSameEachTime) {
  const auto one = drawn_matrices(3), same = drawn_matrices(3), other = drawn_matrices(4);
  ASSERT_EQ(one.size(), 11U);
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].matrix.entries, same[i].matrix.entries);
    EXPECT_NE(one[i].matrix.entries, other[i].matrix.entries);
  }
}

}  // namespace
}  // namespace trigstone::bench
