#include "bench/bench_cost.h"

#include <gtest/gtest.h>

#include <set>

#include "base/testing.h"

namespace trigstone::bench {
namespace {

// One module of most kinds, those that Yosys is quick with; `trigstone bench cost` has all.
const std::set<std::string> kQuick = {"add_u14_u6",
                                      "sub_24_20",
                                      "add3_9_up_4",
                                      "mul_16_3",
                                      "mul_14_9",
                                      "square_8",
                                      "sigmoid_9_to_6",
                                      "noise_9_to_4",
                                      "mux_25",
                                      "less_20",
                                      "max_18",
                                      "relu_of_sum_17",
                                      "shift_16_by_4",
                                      "delay_9_by_40",
                                      "leading_one_24",
                                      "sum_8",
                                      "smallest_15",
                                      "hold_14",
                                      "rom_16_of_10_other",
                                      "rnd_conv_sat_20_to_12"};

TEST(BenchCost, TheModelIsNearWhatYosysNeeds) {
  if (is_missing("yosys")) GTEST_SKIP() << "Yosys is missing";
  std::vector<CostCase> cases;
  for (CostCase& item : cost_cases()) {
    if (kQuick.contains(item.name)) cases.push_back(std::move(item));
  }
  ASSERT_EQ(cases.size(), kQuick.size());
  std::string rows;
  const CostBench result =
      bench_cost(cases, [&](const OrderedJson& row) { rows += row.dump() + "\n"; });
  EXPECT_LE(result.all.median_error, 0.10) << rows;
  EXPECT_LE(result.all.worst_error, 0.25) << rows;
}

}  // namespace
}  // namespace trigstone::bench
