// Pruned weights leave whole neurons unread: they are found through whatever stands between two
// layers, and cost nothing.
#include "lower/read_elements.h"

#include "lower/lower_testing.h"

namespace trigstone {
namespace {

using Flags = std::vector<bool>;

constexpr int64_t kHidden = 6;

// Random numbers with rows of zeros.
ValueId add_pruned(Graph& g, Shape shape, uint64_t seed, const std::vector<int64_t>& zero_rows) {
  const Format format{5, 1};
  std::vector<int64_t> mantissas = random_mantissas(format, element_count(shape), seed);
  for (int64_t& w : mantissas) w = w == 0 ? 3 : w;
  for (const int64_t row : zero_rows) {
    for (int64_t j = 0; j < shape[1]; ++j) mantissas[static_cast<size_t>(row * shape[1] + j)] = 0;
  }
  return add_constant(g, format, shape, std::move(mantissas), "second_weights");
}

struct TwoLayers {
  Graph graph;
  ValueId sum = -1;
};

// `tokens` > 1: rows of x, or a stream of them.
TwoLayers two_layers(const std::vector<int64_t>& zero_rows, int64_t tokens = 1,
                     int64_t token_axis = -1) {
  TwoLayers result;
  Graph& g = result.graph;
  const Shape shape = tokens > 1 ? Shape{tokens, 4} : Shape{4};
  const ValueId x = add_input(g, "x", {7, 3}, shape, token_axis);
  const ValueId w = add_random_constant(g, {5, 1}, {4, kHidden}, 1, "first_weights");
  const ValueId b = add_random_constant(g, {6, 3}, {kHidden}, 2, "first_bias");
  result.sum = g.add(Op::kLinear, {x, w, b}, {}, "first");
  const ValueId h = add_quant(g, g.add(Op::kRelu, {result.sum}), "u<6,3,RND,SAT>");
  const ValueId second = add_pruned(g, {kHidden, 3}, 3, zero_rows);
  g.add_output("y", g.add(Op::kLinear, {h, second}, {}, "second"));
  return result;
}

TEST(ReadElements, RowsOfZerosReadNothing) {
  const TwoLayers layers = two_layers({1, 4});
  const ReadElements read(layers.graph, {});
  EXPECT_EQ(read.of(layers.sum, {}), (Flags{true, false, true, true, false, true}));
  EXPECT_EQ(read.columns(layers.sum), (Flags{true, false, true, true, false, true}));
}

TEST(ReadElements, WeightsThatCanBeLoadedReadEverything) {
  const TwoLayers layers = two_layers({1, 4});
  const ReadElements read(layers.graph, parse_strategies("stream", layers.graph));
  EXPECT_EQ(read.columns(layers.sum), Flags(kHidden, true));
}

// A neuron that only unread neurons read is unread as well.
TEST(ReadElements, GoesBackOverSeveralLayers) {
  Graph g;
  const ValueId x = add_input(g, "x", {6, 2}, {3});
  const ValueId a = g.add(Op::kLinear, {x, add_random_constant(g, {4, 1}, {3, 2}, 1)}, {}, "a");
  const ValueId to_b = add_constant(g, {3, 3}, {2, 2}, {1, 0, 0, 1});
  const ValueId b = g.add(Op::kLinear, {add_quant(g, a, "<6,3>"), to_b}, {}, "b");
  const ValueId to_c = add_constant(g, {3, 3}, {2, 1}, {2, 0});
  g.add_output("y", g.add(Op::kLinear, {add_quant(g, b, "<6,3>"), to_c}, {}, "c"));
  EXPECT_EQ(ReadElements(g, {}).columns(a), (Flags{true, false}));
}

TEST(ReadElements, SeesThroughViewsAndBroadcasts) {
  Graph g;
  const ValueId x = add_input(g, "x", {5, 2}, {2, 3});
  const ValueId bias = add_input(g, "bias", {5, 2}, {3});
  const ValueId sum = g.add(Op::kAdd, {x, bias}), dead = g.add(Op::kRelu, {sum});
  const ValueId turned = g.add(Op::kTranspose, {sum}, {{"perm", std::vector<int64_t>{1, 0}}});
  const ValueId some = g.add(Op::kGather, {turned},
                             {{"axis", int64_t{0}}, {"indices", std::vector<int64_t>{2, -1, 2}}});
  const ValueId first = g.add(
      Op::kSlice, {some},
      {{"axis", int64_t{1}}, {"start", int64_t{1}}, {"stop", int64_t{2}}, {"step", int64_t{1}}});
  g.add_output("y", g.add(Op::kConcat, {first, first}, {{"axis", int64_t{1}}}));
  const ReadElements read(g, {});
  EXPECT_EQ(read.of(x, {}), (Flags{false, false, false, false, false, true}));
  EXPECT_EQ(read.of(bias, {}), (Flags{false, false, true}));
  EXPECT_FALSE(read.any(dead));
}

TEST(ReadElements, OperationsThatCompareElementsReadThemAll) {
  Graph g;
  const ValueId x = add_input(g, "x", {5, 2}, {4});
  const ValueId best = g.add(Op::kTopK, {x}, {{"axis", int64_t{0}}, {"k", int64_t{1}}});
  g.add_output("y", best);
  EXPECT_EQ(ReadElements(g, {}).of(x, {}), Flags(4, true));
}

// The same graph without the neurons costs the same.
TEST(ReadElements, UnreadNeuronsAreNotBuilt) {
  const TwoLayers all = two_layers({}), pruned = two_layers({0, 1, 2, 4, 5});
  const Lowered built = lower(all.graph), left = lower(pruned.graph);
  EXPECT_LT(left.firmware.resources.lut, 0.4 * built.firmware.resources.lut);
  EXPECT_LT(left.firmware.lut_cost, 0.4 * built.firmware.lut_cost);
  for (const Module& module : left.netlist.modules) {
    for (const Port& port : module.outputs) {
      EXPECT_LE(port.elements.size(), 3) << module.name << "." << port.name;
    }
  }
}

TEST(ReadElements, PrunedLayersGiveTheSameNumbers) {
  for (const std::vector<int64_t>& zeros :
       std::vector<std::vector<int64_t>>{{0}, {1, 4}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4, 5}}) {
    expect_equal_numbers(two_layers(zeros).graph);
    for (const char* strategy : {"dsp", "stream", "first=stream", "second=stream"}) {
      LowerOptions options;
      options.strategy = strategy;
      expect_equal_numbers(two_layers(zeros).graph, {1}, 8, options);
    }
    expect_equal_numbers(two_layers(zeros, 4).graph);
    expect_equal_numbers(two_layers(zeros, 4, 0).graph, {1, 2, 4});
  }
}

}  // namespace
}  // namespace trigstone
