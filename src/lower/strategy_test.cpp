// Ways to build linear operations: all equal the graph, each takes what it says it takes.
#include "lower/strategy.h"

#include "base/testing.h"
#include "lower/dsp_products.h"
#include "lower/lower_testing.h"

namespace trigstone {
namespace {

// Two layers: x[inputs] → linear 'first' → relu, quant → linear 'second'.
Graph two_layers(int64_t inputs, int64_t hidden, int64_t outputs, const Format& weights = {6, 1}) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 3}, {inputs});
  const ValueId w = add_random_constant(g, weights, {inputs, hidden}, 1);
  const ValueId b = add_random_constant(g, {8, 3}, {hidden}, 2);
  const ValueId h = g.add(Op::kRelu, {g.add(Op::kLinear, {x, w, b}, {}, "first")});
  const ValueId v = add_random_constant(g, weights, {hidden, outputs}, 3);
  g.add_output("y", g.add(Op::kLinear, {add_quant(g, h, "u<8,3,RND,SAT>"), v}, {}, "second"));
  return g;
}

LowerOptions with(const std::string& strategy) {
  LowerOptions options;
  options.strategy = strategy;
  return options;
}

double dsps_of(const Graph& graph, const std::string& strategy) {
  return lower(graph, with(strategy)).firmware.resources.dsp;
}

TEST(Strategies, AreNamedForAllNodesOrForSome) {
  const Graph g = two_layers(4, 4, 2);
  const Strategies some = parse_strategies("first=dsp", g);
  EXPECT_EQ(some.everywhere, Strategy::kDa);
  EXPECT_EQ(some.of_node.at("first"), Strategy::kDsp);
  const Strategies most = parse_strategies("dsp,second=da", g);
  EXPECT_EQ(most.everywhere, Strategy::kDsp);
  EXPECT_EQ(most.of_node.at("second"), Strategy::kDa);
}

TEST(Strategies, RefuseWhatTheModelDoesNotHave) {
  const Graph g = two_layers(4, 4, 2);
  const auto message = [&](const std::string& text) {
    return message_of([&] { parse_strategies(text, g); });
  };
  EXPECT_EQ(message("fast").find("--strategy: error: 'fast' is not known — one of da, dsp"), 0u);
  EXPECT_EQ(message("").find("--strategy: error: '' is not known"), 0u);
  EXPECT_EQ(message("third=dsp"),
            "--strategy: error: no linear, conv, matmul or mul is named 'third' — its nodes are "
            "first, second");
  EXPECT_EQ(message("da,dsp"),
            "--strategy: error: names two strategies for all nodes — keep one, others as NODE=…");
  EXPECT_EQ(message("first=da,first=dsp"), "--strategy: error: names node 'first' twice");
}

TEST(Strategies, ChooseNodeByNode) {
  const Graph g = two_layers(8, 6, 5);
  const double first = dsps_of(g, "first=dsp"), second = dsps_of(g, "second=dsp");
  EXPECT_EQ(dsps_of(g, "da"), 0);
  EXPECT_GT(first, 0);
  EXPECT_GT(second, 0);
  EXPECT_EQ(dsps_of(g, "dsp"), first + second);
  EXPECT_EQ(dsps_of(g, "dsp,second=da"), first);
  EXPECT_EQ(lower(g, with("first=dsp")).firmware.strategy, "first=dsp");
  expect_equal_numbers(g, {1}, 8, with("first=dsp"));
}

TEST(Dsp, EqualsTheGraphAtSlowAndFastClocks) {
  for (const double mhz : {120.0, 360.0, 600.0}) {
    LowerOptions options = with("dsp");
    options.clock_mhz = mhz;
    expect_equal_numbers(two_layers(9, 7, 3), {1}, 12, options);
  }
}

// Two weights of 6 bits and their sums of 16 products fit one operand of 27 bits.
TEST(Dsp, TwoOutputsShareASlice) {
  std::vector<int64_t> weights;
  for (int64_t i = 0; i < 16 * 4; ++i) weights.push_back(11 + i % 3 * 2);  // no power of two
  const auto layer = [&](int64_t outputs) {
    Graph g;
    const std::vector<int64_t> own(weights.begin(), weights.begin() + 16 * outputs);
    g.add_output("y", g.add(Op::kLinear, {add_input(g, "x", {8, 3}, {16}),
                                          add_constant(g, {6, 1}, {16, outputs}, own)}));
    return g;
  };
  EXPECT_EQ(dsps_of(layer(1), "dsp"), 16);
  EXPECT_EQ(dsps_of(layer(2), "dsp"), 16);
  EXPECT_EQ(dsps_of(layer(3), "dsp"), 32);
  EXPECT_EQ(dsps_of(layer(4), "dsp"), 32);
  for (const int64_t outputs : {1, 2, 3, 4}) {
    expect_equal_numbers(layer(outputs), {1}, 20, with("dsp"));
  }
}

// 24 bits by 24 leave one port of a slice, 32 by 30 both.
TEST(Dsp, WideProductsAreTiled) {
  const auto product = [](int a, int b) {
    Graph graph;
    const ValueId x = add_input(graph, "x", {a, a}, {1}), y = add_input(graph, "y", {b, b}, {1});
    graph.add_output("z", graph.add(Op::kMul, {x, y}));
    return graph;
  };
  EXPECT_EQ(dsps_of(product(27, 18), "dsp"), 1);
  EXPECT_EQ(dsps_of(product(24, 24), "dsp"), 2);
  const Graph g = product(32, 30);
  EXPECT_EQ(dsps_of(g, "dsp"), 4);
  expect_equal_numbers(g, {1}, 40, with("dsp"));
  EXPECT_NE(message_of([&] { lower(g, with("da")); }).find("takes"), std::string::npos);
}

TEST(Dsp, MultipliesVariables) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 3}, {6, 4}, 0), y = add_input(g, "y", {7, 3}, {4, 2});
  g.add_output("z", g.add(Op::kMatMul, {x, y}));
  g.add_output("square", g.add(Op::kMul, {x, x}));
  LowerOptions options = with("dsp");
  options.lanes = 2;
  EXPECT_EQ(lower(g, options).firmware.resources.dsp, 2 * (8 + 4));
  expect_equal_numbers(g, {1, 2, 3, 6}, 8, with("dsp"));
}

TEST(Dsp, WeightsThatArePowersOfTwoTakeNone) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 3}, {4});
  g.add_output("y", g.add(Op::kLinear, {x, add_constant(g, {6, 1}, {4, 1}, {-32, 16, 0, -1})}));
  EXPECT_EQ(dsps_of(g, "dsp"), 0);
  expect_equal_numbers(g, {1}, 20, with("dsp"));
}

// The slice works between registers: one before the product, two behind it.
TEST(Dsp, ProductsStandBetweenRegisters) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 3}, {2}), y = add_input(g, "y", {8, 3}, {2});
  g.add_output("z", g.add(Op::kMul, {g.add(Op::kAdd, {x, y}), y}));
  const Lowered lowered = lower(g, with("dsp"));
  EXPECT_EQ(lowered.firmware.latency_cycles, 3);
  int products = 0;
  for (const Module& module : lowered.netlist.modules) {
    for (const Cell& cell : module.cells) {
      if (cell.op != NetOp::kMul) continue;
      ++products;
      EXPECT_TRUE(cell.flag);
      for (const CellId id : cell.operands) EXPECT_EQ(module.cell(id).op, NetOp::kReg);
    }
  }
  EXPECT_EQ(products, 2);
}

}  // namespace
}  // namespace trigstone
