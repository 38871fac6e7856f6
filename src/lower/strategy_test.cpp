// Ways to build linear operations: all equal the graph, each takes what it says it takes.
#include "lower/strategy.h"

#include <algorithm>

#include "base/testing.h"
#include "lower/load_words.h"
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

LowerOptions with_chain(int slices) {
  LowerOptions options = with("dsp");
  options.dsp_chain = slices;
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

TEST(Strategies, NamesWithCommasStandInQuotes) {
  const std::vector<std::string> names = {"a,b", "c=d", "say \"x\"", "plain", "\"", ",=\""};
  Graph g;
  const ValueId x = add_input(g, "x", {8, 3}, {2});
  for (const std::string& name : names) g.add(Op::kMul, {x, x}, {}, name);
  for (const std::string& name : names) {
    const Strategies one = parse_strategies("da," + quoted_node(name) + "=dsp", g);
    EXPECT_EQ(one.of_node, (std::map<std::string, Strategy>{{name, Strategy::kDsp}})) << name;
  }
  EXPECT_EQ(quoted_node("a,b"), "\"a,b\"");
  EXPECT_EQ(quoted_node("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(parse_strategies("\"plain\"=dsp,\"a,b\"=da", g).of_node.size(), 2u);
  const auto message = [&](const std::string& text) {
    return message_of([&] { parse_strategies(text, g); });
  };
  EXPECT_EQ(
      message("\"a,b=dsp"),
      "--strategy: error: the name \"a,b=dsp does not end — \"NODE\"=STRATEGY; a quote inside "
      "of a name is written twice");
  EXPECT_EQ(message("\"a,b\",dsp"),
            "--strategy: error: names no strategy for node 'a,b' — \"NODE\"=STRATEGY");
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
  EXPECT_EQ(message("first=da,first=dsp"),
            "--strategy: error: names node 'first' twice — keep one of its strategies");
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

// The first product takes two clocks, every further one of its chain another, and one is left for
// what LUTs add behind.
TEST(Dsp, ShorterChainsTakeFewerClocksAndMoreLuts) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 3}, {8});
  g.add_output("y", g.add(Op::kLinear, {x, add_random_constant(g, {6, 1}, {8, 4}, 1)}));
  const auto clocks = [&](int chain) {
    LowerOptions options = with_chain(chain);
    expect_equal_numbers(g, {1}, 12, options);
    options.strategy = "stream";
    options.reuse = 2;
    expect_equal_numbers(g, {1}, 12, options);
    return lower(g, with_chain(chain)).firmware.latency_cycles;
  };
  for (const int chain : {8, 4, 2}) EXPECT_EQ(clocks(chain), chain + 2);
  EXPECT_LT(lower(g, with_chain(8)).firmware.resources.lut,
            lower(g, with_chain(2)).firmware.resources.lut);
  EXPECT_EQ(message_of([&] { lower(g, with_chain(1)); }),
            "--dsp-chain: error: 1 is no number of slices in a chain — 2 or more; each costs a "
            "clock and saves an adder in LUTs");
}

// Two weights of 6 bits and their sums of 16 products fit one operand of 27 bits.
TEST(Dsp, TwoOutputsShareASlice) {
  std::vector<int64_t> weights;
  for (int64_t i = 0; i < int64_t{16} * 4; ++i)
    weights.push_back(11 + i % 3 * 2);  // no power of two
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

LowerOptions streaming(int reuse, const std::string& strategy = "stream") {
  LowerOptions options = with(strategy);
  options.reuse = reuse;
  return options;
}

TEST(Stream, EqualsTheGraphForEveryReuse) {
  const Graph g = two_layers(9, 7, 3);
  for (const int reuse : {1, 2, 3, 5, 9, 20}) expect_equal_numbers(g, {1}, 8, streaming(reuse));
  expect_equal_numbers(g, {1}, 8, streaming(4, "first=stream"));
  expect_equal_numbers(g, {1}, 8, streaming(4, "dsp,second=stream"));
}

// Reuse R: an event every R clocks, a multiplier for R products, weights as words of R.
TEST(Stream, TradesClocksForMultipliers) {
  const Graph g = two_layers(16, 8, 4);
  for (const int reuse : {1, 2, 4, 8}) {
    const Firmware firmware = lower(g, streaming(reuse)).firmware;
    EXPECT_EQ(firmware.ii, reuse);
    EXPECT_EQ(firmware.resources.dsp, (16 * 8 + 8 * 4) / reuse);
  }
}

// Beyond its inputs a layer takes whole outputs in turn: as few multipliers as fit, balanced.
TEST(Stream, TakesOutputsInTurn) {
  const Graph g = two_layers(16, 8, 4);
  const auto taken = [&](int reuse) {
    const Firmware firmware = lower(g, streaming(reuse)).firmware;
    return std::pair<int, double>(firmware.ii, firmware.resources.dsp);
  };
  EXPECT_EQ(taken(31), std::pair(16, 8.0 + 2));   // 'first' has no two outputs of 16 inputs
  EXPECT_EQ(taken(100), std::pair(64, 2.0 + 1));  // two times four outputs of 16
  EXPECT_EQ(taken(1000), std::pair(128, 1.0 + 1));
  for (const int reuse : {31, 40, 100, 1000}) expect_equal_numbers(g, {1}, 8, streaming(reuse));
  // Outputs that do not divide evenly; a node beside one that folds no outputs.
  const Graph odd = two_layers(5, 7, 3);
  for (const int reuse : {6, 10, 15, 20, 35}) expect_equal_numbers(odd, {1}, 8, streaming(reuse));
  expect_equal_numbers(odd, {1}, 8, streaming(20, "second=stream"));
}

// Of the only block RAM of a module; nothing else reads it or the first of them.
int registers_behind_block_ram(const Module& module) {
  const auto memory = std::find_if(module.cells.begin(), module.cells.end(), [](const Cell& cell) {
    return cell.op == NetOp::kMemory && cell.flag;
  });
  auto at = static_cast<CellId>(memory - module.cells.begin());
  for (int registers = 0;; ++registers) {
    std::vector<CellId> readers;
    for (CellId id = 0; id < static_cast<CellId>(module.cells.size()); ++id) {
      const auto& operands = module.cell(id).operands;
      if (std::count(operands.begin(), operands.end(), at) != 0) readers.push_back(id);
    }
    if (readers.size() != 1 || module.cell(readers[0]).op != NetOp::kReg) return registers;
    at = readers[0];
  }
}

// Words of a few bits: LUT memory up to about a thousand of them, block RAM beyond.
TEST(Stream, DeepMemoriesAreBlockRam) {
  const auto layer = [](int64_t inputs, int64_t outputs) {
    Graph g;
    const ValueId x = add_input(g, "x", {8, 3}, {inputs});
    const ValueId w = add_random_constant(g, {6, 1}, {inputs, outputs}, 1);
    g.add_output("y", g.add(Op::kLinear, {x, w, add_random_constant(g, {8, 3}, {outputs}, 2)}));
    return g;
  };
  EXPECT_EQ(lower(layer(64, 4), streaming(256)).firmware.resources.bram36, 0);
  const Lowered deep = lower(layer(64, 32), streaming(2048));
  EXPECT_EQ(deep.firmware.ii, 2048);
  EXPECT_EQ(deep.firmware.resources.dsp, 1);
  EXPECT_EQ(deep.firmware.resources.bram36, 0.5);
  EXPECT_EQ(registers_behind_block_ram(deep.netlist.top()), 2);
  expect_equal_numbers(layer(64, 32), {1}, 3, streaming(2048));
}

TEST(Stream, TokensKeepTheirBeats) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 3}, {8, 4}, 0);
  const ValueId w = add_random_constant(g, {6, 1}, {4, 3}, 1);
  const ValueId embedded = g.add(Op::kLinear, {x, w}, {}, "embed");
  const ValueId sum =
      g.add(Op::kReduceSum, {add_quant(g, embedded, "<8,4,RND,SAT>")}, {{"axes", Shape{0}}});
  const ValueId v = add_random_constant(g, {6, 1}, {3, 2}, 2);
  g.add_output("y",
               g.add(Op::kLinear, {sum, v, add_random_constant(g, {8, 3}, {2}, 3)}, {}, "head"));
  expect_equal_numbers(g, {1, 2, 4}, 8, streaming(2));
  expect_equal_numbers(g, {8}, 8, streaming(1));
  LowerOptions options = streaming(3);
  options.lanes = 4;
  EXPECT_EQ(
      message_of([&] { lower(g, options); }),
      "--reuse: error: 3 products a multiplier do not fit the 2 clocks of an event's tokens — "
      "at most 2, or fewer --lanes");
}

TEST(Stream, ConvolutionsShareTheirMemories) {
  Graph g;
  const ValueId x = add_input(g, "x", {6, 3}, {6, 4});
  g.add_output("y", g.add(Op::kConv,
                          {x, add_random_constant(g, {5, 2}, {3, 2, 4}, 12),
                           add_random_constant(g, {6, 3}, {4}, 13)},
                          {{"strides", Shape{2}}, {"pads", Shape{1, 0}}, {"groups", int64_t{2}}}));
  for (const int reuse : {1, 2, 6, 12}) expect_equal_numbers(g, {1}, 8, streaming(reuse));
}

TEST(Stream, RefusesWhatHasNoWeights) {
  Graph g;
  const ValueId x = add_input(g, "x", {6, 3}, {4});
  g.add_output("y", g.add(Op::kMul, {x, x}, {}, "square"));
  EXPECT_EQ(message_of([&] { lower(g, with("square=stream")); }),
            "--strategy: error: node 'square' is a mul, which has no weights of its own — "
            "stream and xnor are for linear and conv; da and dsp are for all");
  EXPECT_EQ(message_of([&] { lower(g, streaming(4, "da")); }),
            "--reuse: error: no node keeps its weights in memories — --strategy stream, or "
            "NODE=stream");
  EXPECT_EQ(message_of([&] { lower(g, streaming(0)); }),
            "--reuse: error: 0 is no number of products — 1 or more");
}

// The same firmware computes another model once that model's weights have been written.
TEST(Stream, TakesOtherWeightsWhileItRuns) {
  const auto model = [](uint64_t seed) {
    Graph g;
    const ValueId x = add_input(g, "x", {8, 3}, {10});
    std::vector<int64_t> weights = random_mantissas({4, 1}, int64_t{10} * 3, seed);
    for (size_t i = 0; i < 2; ++i) {  // the same largest sums in all models
      for (size_t j = 0; j < 10; ++j) weights[3 * j + i] = i == 0 ? -8 : 7;
    }
    std::vector<int64_t> biases = {-32, 31, static_cast<int64_t>(seed)};
    g.add_output("y", g.add(Op::kLinear,
                            {x, add_constant(g, {4, 1}, {10, 3}, weights),
                             add_constant(g, {6, 2}, {3}, biases)},
                            {}, "dense"));
    return g;
  };
  const Graph first = model(1), second = model(2);
  const auto events = some_events(first, 6, 5);
  for (const int reuse : {1, 4, 10, 20, 30}) {
    const Lowered lowered = lower(first, streaming(reuse));
    const auto run = [&](const Graph& weights) {
      return run_netlist(lowered.netlist, lowered.firmware, events, {}, 1,
                         load_words(lowered.firmware, weights));
    };
    const auto with_first = run(first), with_second = run(second);
    for (size_t e = 0; e < events.size(); ++e) {
      EXPECT_EQ(with_first[e], interpret(first, events[e]));
      EXPECT_EQ(with_second[e], interpret(second, events[e]));
      EXPECT_NE(with_second[e], with_first[e]);
    }
    EXPECT_EQ(load_words(lowered.firmware, first).size(), 33u);
  }
}

TEST(Stream, RefusesWeightsThatDoNotFitTheFirmware) {
  const Firmware firmware = lower(two_layers(4, 3, 2), streaming(2)).firmware;
  EXPECT_EQ(message_of([&] { load_words(firmware, Graph()); }),
            "weights: error: the model has no node 'first' — load a model of the same structure as "
            "the firmware's");
  EXPECT_EQ(message_of([&] {
              load_words(firmware, two_layers(4, 3, 2, {5, 1}));
            }),
            "graph:node 'first': error: its weights are not 12 numbers of format <6,1> — quantise "
            "the model as the firmware's was");
  Graph large = two_layers(4, 3, 2);
  for (ValueId id = 0; id < large.size(); ++id) {
    if (large.node(id).data == nullptr || large.shape(id) != Shape{4, 3}) continue;
    Tensor data = *large.node(id).data;
    data.mantissas.assign(data.mantissas.size(), -32);
    large.set_data(id, std::make_shared<Tensor>(std::move(data)));
  }
  large.reinfer();
  const std::string message = message_of([&] { load_words(firmware, large); });
  EXPECT_NE(message.find("its results need"), std::string::npos) << message;
}

enum class Bits : uint8_t { kUnsigned, kSigned, kBipolar, kTable };

// x → bits → linear 'binary' with weights +-w.
Graph binary_layer(Bits bits, int64_t inputs, int64_t outputs, int64_t magnitude, bool biased) {
  Graph g;
  ValueId x = add_input(g, "x", {6, 3}, {inputs});
  if (bits == Bits::kUnsigned) x = add_quant(g, x, "u<1,1,TRN,SAT>");
  if (bits == Bits::kSigned) x = add_quant(g, x, "<1,1,TRN,SAT>");
  if (bits == Bits::kTable) {
    std::vector<int64_t> entries(64, 5);
    std::fill(entries.begin(), entries.begin() + 32, -3);
    x = g.add(Op::kTable, {x}, {{"entries", entries}, {"format", FormatMap(Format{4, 2})}});
  }
  if (bits == Bits::kBipolar) {
    const ValueId zero = add_constant(g, {6, 3}, {}, {0}), one = add_constant(g, {2, 2}, {}, {1});
    x = g.add(Op::kCompare, {x, zero}, {{"relation", std::string("ge")}});
    x = g.add(Op::kSub, {g.add(Op::kScale, {x}, {{"exponent", int64_t{1}}}), one});
  }
  std::vector<int64_t> signs = random_mantissas({1, 1, false}, inputs * outputs, 5);
  for (int64_t& w : signs) w = w != 0 ? magnitude : -magnitude;
  std::vector<ValueId> operands = {x, add_constant(g, {4, 3}, {inputs, outputs}, signs)};
  if (biased) operands.push_back(add_random_constant(g, {7, 3}, {outputs}, 6));
  g.add_output("y", g.add(Op::kLinear, operands, {}, "binary"));
  return g;
}

TEST(Xnor, EqualsTheGraphForEveryKindOfBit) {
  for (const Bits bits : {Bits::kUnsigned, Bits::kSigned, Bits::kBipolar, Bits::kTable}) {
    for (const int64_t inputs : {1, 5, 6, 7, 20}) {
      for (const bool biased : {false, true}) {
        expect_equal_numbers(binary_layer(bits, inputs, 5, 1 + 2 * biased, biased), {1}, 12,
                             with("xnor"));
      }
    }
  }
}

TEST(Xnor, CountsInTables) {
  const Graph g = binary_layer(Bits::kBipolar, 24, 8, 1, false);
  const Lowered lowered = lower(g, with("binary=xnor"));
  std::map<NetOp, int> count;
  for (const Module& module : lowered.netlist.modules) {
    for (const Cell& cell : module.cells) ++count[cell.op];
  }
  EXPECT_EQ(count[NetOp::kMul], 0);
  EXPECT_GT(count[NetOp::kTable], 4);      // some groups of six have several patterns
  EXPECT_LE(count[NetOp::kTable], 4 * 8);  // one a group and output at the most
  EXPECT_EQ(lowered.firmware.adders, 0);
  EXPECT_EQ(lowered.firmware.resources.dsp, 0);
}

TEST(Xnor, ConvolutionsArePaddedWithZeros) {
  Graph g;
  const ValueId x = add_input(g, "x", {6, 3}, {5, 2});
  const ValueId zero = add_constant(g, {6, 3}, {}, {0}), one = add_constant(g, {2, 2}, {}, {1});
  const ValueId bit = g.add(Op::kCompare, {x, zero}, {{"relation", std::string("gt")}});
  const ValueId sign = g.add(Op::kSub, {g.add(Op::kScale, {bit}, {{"exponent", int64_t{1}}}), one});
  const std::vector<int64_t> weights = {1, -1, -1, 1, 1, 1, -1, -1, 1, -1, 1, -1};
  g.add_output("y", g.add(Op::kConv, {sign, add_constant(g, {2, 2}, {3, 2, 2}, weights)},
                          {{"strides", Shape{1}}, {"pads", Shape{1, 1}}, {"groups", int64_t{1}}}));
  expect_equal_numbers(g, {1}, 12, with("xnor"));
}

TEST(Xnor, RefusesWhatIsNotBinary) {
  const std::string wide = message_of([] { lower(two_layers(4, 3, 2), with("first=xnor")); });
  EXPECT_EQ(wide.find("graph:node 'first': error: xnor needs weights of one magnitude"), 0u)
      << wide;
  EXPECT_NE(wide.find("--strategy first=da"), std::string::npos) << wide;
  Graph g;
  const ValueId x = add_input(g, "x", {6, 3}, {2});
  g.add_output("y", g.add(Op::kLinear, {x, add_constant(g, {2, 2}, {2, 1}, {1, -1})}, {}, "dense"));
  EXPECT_EQ(message_of([&] { lower(g, with("xnor")); }),
            "graph:node 'dense': error: xnor needs an operand of two values; 'x' is <6,3> — "
            "quantise 'x' to u<1,1>, <1,1> or +-1, or --strategy dense=da");
}

}  // namespace
}  // namespace trigstone
