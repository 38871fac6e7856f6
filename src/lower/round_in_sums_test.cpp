// Halves of roundings inside sums: the same numbers, and no adder behind the sum.
#include "lower/round_in_sums.h"

#include <gtest/gtest.h>

#include "graph/passes.h"
#include "graph/text.h"
#include "lower/lower_testing.h"

namespace trigstone {
namespace {

enum class Between { kNothing, kRelu, kClampOnGrid, kClampOffGrid };

// Weights <6,1>, bias <6,1>: the sums have 9 fraction bits, and the quants two or three.
ValueId add_layer(Graph& g, Between between, uint64_t seed) {
  const ValueId x = add_input(g, "x", {8, 4}, {3});
  const ValueId weights = add_random_constant(g, {6, 1}, {3, 4}, seed, "w");
  const ValueId bias = add_random_constant(g, {6, 1}, {4}, seed + 1, "b");
  const ValueId sum = g.add(Op::kLinear, {x, weights, bias}, {}, "sum");
  switch (between) {
    case Between::kNothing:
      return sum;
    case Between::kRelu:
      return g.add(Op::kRelu, {sum});
    case Between::kClampOnGrid:
      return g.add(Op::kClamp, {sum}, {{"low", -1.25}, {"high", 1.5}});
    case Between::kClampOffGrid:
      return g.add(Op::kClamp, {sum}, {{"low", -1.25}, {"high", 1.5625}});
  }
  return -1;
}

bool rounds(const Graph& g) {
  bool any = false;
  for (const Node& node : g.nodes()) {
    if (node.op != Op::kQuant) continue;
    for (const Format& format : formats_attribute(node, "formats").formats) {
      any = any || format.rounding != Rounding::kTRN;
    }
  }
  return any;
}

void expect_same_numbers(const Graph& graph, const Graph& moved) {
  for (const EventTensors& event : some_events(graph, 60, 3)) {
    ASSERT_EQ(interpret(moved, event), interpret(graph, event)) << to_text(graph);
  }
}

TEST(RoundInSums, GivesTheSameNumbersInEveryMode) {
  for (const Between between :
       {Between::kNothing, Between::kRelu, Between::kClampOnGrid, Between::kClampOffGrid}) {
    for (int mode = 0; mode < kRoundingCount * kOverflowCount; ++mode) {
      const auto rounding = static_cast<Rounding>(mode % kRoundingCount);
      const Format to{5, 3, true, rounding, static_cast<Overflow>(mode / kRoundingCount)};
      Format other = to;  // another half for each channel
      other.integer_bits = 2;
      Graph g;
      const ValueId sum = add_layer(g, between, static_cast<uint64_t>(mode));
      FormatMap map;
      map.shape = {4};
      map.formats = {to, other, to, other};
      g.add_output("y", g.add(Op::kQuant, {sum}, {{"formats", map}}));
      const Graph moved = round_in_sums(g, {});
      expect_same_numbers(g, moved);
      const bool is_constant = rounding == Rounding::kRND || rounding == Rounding::kRND_MIN_INF;
      const bool of_positives = between == Between::kRelu &&
                                (rounding == Rounding::kRND_INF || rounding == Rounding::kRND_ZERO);
      if (rounding == Rounding::kTRN || rounding == Rounding::kTRN_ZERO) continue;
      if (between == Between::kClampOffGrid) continue;  // the finer channels only
      EXPECT_EQ(rounds(moved), !is_constant && !of_positives) << to_text(moved);
    }
  }
}

TEST(RoundInSums, LowersToTheSameNumbers) {
  for (const char* format : {"u<5,3,RND,SAT>", "<5,3,RND_MIN_INF>", "u<5,3,RND_INF,SAT>"}) {
    Graph g;
    g.add_output("y", add_quant(g, add_layer(g, Between::kRelu, 7), format));
    expect_equal_numbers(g, {1}, 20);
  }
}

// Convolutions have their channels last, too.
TEST(RoundInSums, TakesConvolutions) {
  Graph g;
  const ValueId x = add_input(g, "x", {6, 3}, {5, 2});
  const ValueId weights = add_random_constant(g, {5, 1}, {3, 2, 3}, 5, "w");
  const ValueId sum =
      g.add(Op::kConv, {x, weights},
            {{"strides", std::vector<int64_t>{1}}, {"pads", std::vector<int64_t>{1, 1}}}, "sum");
  g.add_output("y", add_quant(g, g.add(Op::kRelu, {sum}), "u<6,4,RND,SAT>"));
  const Graph moved = round_in_sums(g, {});
  EXPECT_FALSE(rounds(moved));
  expect_same_numbers(g, moved);
  expect_equal_numbers(g);
}

TEST(RoundInSums, LeavesWhatOthersReadAndOtherStrategies) {
  Graph g;
  const ValueId sum = add_layer(g, Between::kRelu, 1);
  g.add_output("y", add_quant(g, sum, "u<5,3,RND,SAT>"));
  Strategies dsp;
  dsp.everywhere = Strategy::kDsp;
  EXPECT_EQ(to_text(round_in_sums(g, dsp)), to_text(g));
  EXPECT_NE(to_text(round_in_sums(g, {})), to_text(g));
  g.add_output("exact", sum);
  EXPECT_EQ(to_text(round_in_sums(g, {})), to_text(g));
}

// A new constant takes no name of the user's.
TEST(RoundInSums, KeepsTheNamesOfNodes) {
  Graph g;
  const ValueId sum = add_layer(g, Between::kNothing, 1);
  const ValueId y = add_quant(g, sum, "<5,3,RND>");
  g.add_output("y", g.add(Op::kRelu, {y}, {}, "sum_bias"));
  const Graph moved = round_in_sums(g, {});
  EXPECT_EQ(moved.node(moved.outputs()[0].value).name, "sum_bias");
  expect_same_numbers(g, moved);
}

// Six terms, a bias and a half are eight: three levels, and saturation a fourth.
TEST(RoundInSums, ABiasAndAHalfAddNoLevelToASumWithRoom) {
  const auto stages = [](bool bias, const char* format) {
    Graph g;
    const ValueId x = add_input(g, "x", {8, 4}, {6});
    const ValueId weights = add_constant(g, {2, 2}, {6, 1}, std::vector<int64_t>(6, 1), "w");
    std::vector<ValueId> operands = {x, weights};
    if (bias) operands.push_back(add_constant(g, {4, 0}, {1}, {5}, "b"));
    const ValueId y = g.add(Op::kRelu, {g.add(Op::kLinear, operands)});
    g.add_output("y", add_quant(g, y, format));
    LowerOptions options;
    options.adders_per_stage = 1;
    expect_equal_numbers(g, {1}, 8, options);
    return lower(g, options).firmware.latency_cycles;
  };
  EXPECT_EQ(stages(false, "u<9,7>"), 3);
  EXPECT_EQ(stages(true, "u<9,7>"), 3);
  EXPECT_EQ(stages(true, "u<9,7,RND>"), 3);
  EXPECT_EQ(stages(true, "u<5,3,RND,SAT>"), 4);
}

}  // namespace
}  // namespace trigstone
