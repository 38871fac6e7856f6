// Every operation, resident and streamed, against the graph's own numbers.
#include "lower/lower.h"

#include "base/testing.h"
#include "graph/passes.h"
#include "lower/lower_testing.h"

namespace trigstone {
namespace {

const Format kNarrow{6, 3};
const Format kWide{12, 6};
const std::vector<int> kAllLanes = {1, 2, 3, 6};

// One graph per op: x[6,4] and y[6,4] resident, or streamed along axis 0.
struct OpCase {
  std::string name;
  std::function<ValueId(Graph&, ValueId x, ValueId y)> build;
};

std::vector<OpCase> op_cases() {
  std::vector<OpCase> cases;
  const auto add = [&](const std::string& name, auto build) { cases.push_back({name, build}); };
  add("add", [](Graph& g, ValueId x, ValueId y) { return g.add(Op::kAdd, {x, y}); });
  add("sub", [](Graph& g, ValueId x, ValueId y) { return g.add(Op::kSub, {x, y}); });
  add("mul", [](Graph& g, ValueId x, ValueId y) { return g.add(Op::kMul, {x, y}); });
  add("mul_constant", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kMul, {add_random_constant(g, kNarrow, {4}, 3), x});
  });
  add("add_per_token", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kAdd, {x, add_random_constant(g, kNarrow, {6, 4}, 4)});
  });
  add("relu", [](Graph& g, ValueId x, ValueId) { return g.add(Op::kRelu, {x}); });
  add("clamp", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kClamp, {x}, {{"low", -1.5}, {"high", 0.75}});
  });
  add("scale", [](Graph& g, ValueId x, ValueId y) {
    return g.add(Op::kAdd, {g.add(Op::kScale, {x}, {{"exponent", int64_t{-3}}}), y});
  });
  add("table", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kTable, {x},
                 {{"entries", random_mantissas(kWide, 64, 5)}, {"format", FormatMap(kWide)}});
  });
  add("thresholds_small", [](Graph& g, ValueId x, ValueId) {
    const ValueId t = add_constant(g, {8, 3}, {1, 3}, {-40, 3, 90});
    return g.add(Op::kThresholds, {x, t},
                 {{"axis", int64_t{1}},
                  {"base", std::vector<int64_t>{2}},
                  {"direction", std::vector<int64_t>{-1}},
                  {"format", FormatMap(Format{4, 4})}});
  });
  add("thresholds_search", [](Graph& g, ValueId x, ValueId y) {
    const ValueId product = g.add(Op::kMul, {x, y});
    std::vector<int64_t> steps;
    for (int c = 0; c < 4; ++c) {
      for (int t = 0; t < 5; ++t) steps.push_back(-300 + 90 * c + 131 * t);
    }
    const ValueId t = add_constant(g, {14, 8}, {4, 5}, steps);
    return g.add(Op::kThresholds, {product, t},
                 {{"axis", int64_t{1}},
                  {"base", std::vector<int64_t>{0, 1, 2, 6}},
                  {"direction", std::vector<int64_t>{1, 1, 1, -1}},
                  {"format", FormatMap(Format{4, 4})}});
  });
  add("linear", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kLinear, {x, add_random_constant(g, kNarrow, {4, 5}, 6),
                               add_random_constant(g, kWide, {5}, 7)});
  });
  add("matmul_rows", [](Graph& g, ValueId x, ValueId y) {
    return g.add(Op::kMatMul, {x, g.add(Op::kTranspose, {y}, {{"perm", Shape{1, 0}}})});
  });
  add("matmul_contracted", [](Graph& g, ValueId x, ValueId y) {
    return g.add(Op::kMatMul, {g.add(Op::kTranspose, {x}, {{"perm", Shape{1, 0}}}), y});
  });
  add("matmul_constant", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kMatMul, {add_random_constant(g, kNarrow, {2, 6}, 8), x});
  });
  add("matmul_batch", [](Graph& g, ValueId x, ValueId y) {
    const ValueId a = g.add(Op::kReshape, {x}, {{"shape", Shape{6, 2, 2}}});
    return g.add(Op::kMatMul, {a, g.add(Op::kReshape, {y}, {{"shape", Shape{6, 2, 2}}})});
  });
  for (const Op op : {Op::kReduceSum, Op::kReduceMax, Op::kReduceMin}) {
    for (const int64_t axis : {0, 1}) {
      add(fmt::format("{}_{}", traits_of(op).text, axis), [=](Graph& g, ValueId x, ValueId) {
        return g.add(op, {x}, {{"axes", std::vector<int64_t>{axis}}, {"keepdims", axis}});
      });
      add(fmt::format("{}_{}_masked", traits_of(op).text, axis), [=](Graph& g, ValueId x,
                                                                     ValueId y) {
        const ValueId line = g.add(
            Op::kSlice, {y}, {{"axis", 1 - axis}, {"start", int64_t{0}}, {"stop", int64_t{1}}});
        const ValueId flat = g.add(Op::kReshape, {line}, {{"shape", Shape{axis == 0 ? 6 : 4}}});
        const ValueId zero = add_constant(g, kNarrow, {}, {0});
        const ValueId valid = g.add(Op::kCompare, {flat, zero}, {{"relation", std::string("gt")}});
        return g.add(op, {x, valid}, {{"axes", std::vector<int64_t>{axis}}});
      });
    }
    add(fmt::format("{}_all", traits_of(op).text), [=](Graph& g, ValueId x, ValueId) {
      return g.add(op, {x}, {{"axes", std::vector<int64_t>{0, 1}}});
    });
  }
  add("flatten_linear", [](Graph& g, ValueId x, ValueId) {
    const ValueId flat = g.add(Op::kReshape, {x}, {{"shape", Shape{24}}});
    return g.add(Op::kLinear, {flat, add_random_constant(g, kNarrow, {24, 3}, 9)});
  });
  add("slice_token", [](Graph& g, ValueId x, ValueId y) {
    const ValueId first =
        g.add(Op::kSlice, {x}, {{"axis", int64_t{0}}, {"start", int64_t{2}}, {"stop", int64_t{3}}});
    return g.add(Op::kAdd, {first, y});
  });
  add("slice_feature", [](Graph& g, ValueId x, ValueId) {
    return g.add(
        Op::kSlice, {x},
        {{"axis", int64_t{1}}, {"start", int64_t{0}}, {"stop", int64_t{4}}, {"step", int64_t{2}}});
  });
  add("concat_features", [](Graph& g, ValueId x, ValueId y) {
    const ValueId constant = add_random_constant(g, kWide, {6, 2}, 10);
    return g.add(Op::kRelu, {g.add(Op::kConcat, {x, constant, y}, {{"axis", int64_t{1}}})});
  });
  add("concat_tokens", [](Graph& g, ValueId x, ValueId y) {
    return g.add(Op::kConcat, {x, y}, {{"axis", int64_t{0}}});
  });
  add("gather_tokens", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kGather, {x},
                 {{"axis", int64_t{0}}, {"indices", std::vector<int64_t>{5, -1, 0, 5}}});
  });
  add("replay", [](Graph& g, ValueId x, ValueId y) {  // resident again, then token by token
    const ValueId sorted =
        g.add(Op::kSort, {x}, {{"axis", int64_t{0}}, {"descending", int64_t{0}}});
    return g.add(Op::kAdd, {sorted, y});
  });
  for (const char* relation : {"lt", "le", "gt", "ge", "eq", "ne"}) {
    add(std::string("compare_") + relation, [=](Graph& g, ValueId x, ValueId y) {
      const ValueId coarse = add_quant(g, y, "<3,3,TRN,SAT>");
      return g.add(Op::kCompare, {x, coarse}, {{"relation", std::string(relation)}});
    });
  }
  add("select", [](Graph& g, ValueId x, ValueId y) {
    const ValueId less = g.add(Op::kCompare, {x, y}, {{"relation", std::string("lt")}});
    return g.add(Op::kSelect, {less, x, add_random_constant(g, kWide, {4}, 11)});
  });
  for (const Op op : {Op::kArgMax, Op::kArgMin}) {
    for (const int64_t axis : {0, 1}) {
      add(fmt::format("{}_{}", traits_of(op).text, axis), [=](Graph& g, ValueId x, ValueId) {
        return g.add(op, {add_quant(g, x, "<3,3>")}, {{"axis", axis}, {"keepdims", int64_t{0}}});
      });
    }
  }
  for (const int64_t axis : {0, 1}) {
    add(fmt::format("topk_{}", axis), [=](Graph& g, ValueId x, ValueId) {
      return g.add(Op::kTopK, {x}, {{"axis", axis}, {"k", int64_t{3}}});
    });
    add(fmt::format("sort_{}", axis), [=](Graph& g, ValueId x, ValueId) {
      return g.add(Op::kSort, {x}, {{"axis", axis}, {"descending", axis}});
    });
  }
  add("leading_one_shift", [](Graph& g, ValueId x, ValueId y) {
    const ValueId positive = g.add(Op::kLeadingOne, {g.add(Op::kRelu, {x})});
    return g.add(Op::kShiftLeft, {y, positive});
  });
  add("quant_per_channel", [](Graph& g, ValueId x, ValueId y) {
    FormatMap map;
    map.shape = {4};
    for (const char* text : {"<4,2,RND_CONV,SAT>", "<5,1,RND,SAT_SYM>", "u<3,2,TRN,WRAP>",
                             "<2,3,RND_ZERO,SAT_ZERO>"}) {
      map.formats.push_back(parse_format(text, "test"));
    }
    return g.add(Op::kQuant, {g.add(Op::kMul, {x, y})}, {{"formats", map}});
  });
  add("quant_per_token", [](Graph& g, ValueId x, ValueId) {
    FormatMap map;
    map.shape = {6, 1};
    for (int t = 0; t < 6; ++t) map.formats.push_back({2 + t, 2, true});
    return g.add(Op::kQuant, {x}, {{"formats", map}});
  });
  add("conv", [](Graph& g, ValueId x, ValueId) {
    return g.add(Op::kConv,
                 {x, add_random_constant(g, kNarrow, {3, 2, 4}, 12),
                  add_random_constant(g, kNarrow, {4}, 13)},
                 {{"strides", Shape{2}}, {"pads", Shape{1, 0}}, {"groups", int64_t{2}}});
  });
  add("trees", [](Graph& g, ValueId x, ValueId) {
    const ValueId flat = g.add(Op::kReshape, {x}, {{"shape", Shape{24}}});
    return g.add(Op::kTreeEnsemble, {flat},
                 {{"outputs", int64_t{2}},
                  {"roots", Shape{0, 5}},
                  {"feature", Shape{3, -1, 17, -1, -1, 8, -1, -1}},
                  {"threshold", Shape{-3, 0, 5, 0, 0, 1, 0, 0}},
                  {"left", Shape{1, 0, 3, 0, 0, 6, 0, 0}},
                  {"right", Shape{2, 0, 4, 0, 0, 7, 0, 0}},
                  {"target", Shape{0, 0, 0, 1, 0, 0, 1, 0}},
                  {"leaf", Shape{0, 7, 0, -3, 5, 0, 9, -2}},
                  {"base", Shape{1, -1}},
                  {"format", FormatMap(Format{8, 4})}});
  });
  return cases;
}

class EveryOp : public testing::TestWithParam<OpCase> {
 protected:
  static Graph graph(bool streamed) {
    Graph g;
    g.name = GetParam().name;
    const ValueId x = add_input(g, "x", kNarrow, {6, 4}, streamed ? 0 : -1);
    const ValueId y = add_input(g, "y", kNarrow, {6, 4}, streamed ? 0 : -1);
    g.add_output("z", GetParam().build(g, x, y));
    return g;
  }
};

TEST_P(EveryOp, ResidentEqualsTheGraph) { expect_equal_numbers(graph(false)); }
TEST_P(EveryOp, StreamedEqualsTheGraph) { expect_equal_numbers(graph(true), kAllLanes); }
TEST_P(EveryOp, EqualsTheGraphWithWeightsInMemories) {
  LowerOptions options;
  options.strategy = "stream";
  options.reuse = 3;
  expect_equal_numbers(graph(false), {1}, 4, options);
  expect_equal_numbers(graph(true), {1, 2}, 4, options);
}
TEST_P(EveryOp, EqualsTheGraphWithDspSlices) {
  LowerOptions options;
  options.strategy = "dsp";
  expect_equal_numbers(graph(false), {1}, 4, options);
  expect_equal_numbers(graph(true), {2}, 4, options);
}
INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, testing::ValuesIn(op_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(Lower, RoundsInEveryMode) {
  for (int rounding = 0; rounding < kRoundingCount; ++rounding) {
    for (int overflow = 0; overflow < kOverflowCount; ++overflow) {
      Graph g;
      const ValueId x = add_input(g, "x", {9, 5}, {6});
      const Format to{4, 2, true, static_cast<Rounding>(rounding), static_cast<Overflow>(overflow)};
      g.add_output("y", g.add(Op::kQuant, {x}, {{"formats", FormatMap(to)}}));
      expect_equal_numbers(g, {1}, 20);
    }
  }
}

TEST(Lower, MixesResidentAndStreamedInputs) {
  Graph g;
  const ValueId x = add_input(g, "x", kNarrow, {6, 4}, 0);
  const ValueId whole = add_input(g, "event", kNarrow, {4});
  const ValueId table = add_input(g, "per_token", kNarrow, {6, 4});
  const ValueId sum = g.add(Op::kAdd, {g.add(Op::kMul, {x, whole}), table});
  g.add_output("tokens", sum);
  g.add_output("event_sum", g.add(Op::kReduceSum, {sum}, {{"axes", Shape{0}}}));
  g.add_output("passed_through", whole);
  g.add_output("constant", add_random_constant(g, kNarrow, {2}, 5));
  expect_equal_numbers(g, kAllLanes);
}

TEST(Lower, StreamsAlongAnInnerAxis) {
  Graph g;
  const ValueId x = add_input(g, "x", kNarrow, {3, 6}, 1);
  const ValueId y = add_input(g, "y", kNarrow, {6, 3}, 0);
  const ValueId turned = g.add(Op::kTranspose, {y}, {{"perm", Shape{1, 0}}});
  g.add_output("sum", g.add(Op::kAdd, {x, turned}));
  g.add_output("crossed", g.add(Op::kMatMul, {y, x}));
  expect_equal_numbers(g, kAllLanes);
}

TEST(Lower, StatesIntervalAndLatencyThatSimulationConfirms) {
  Graph g;
  const ValueId x = add_input(g, "x", kNarrow, {6, 4}, 0);
  const ValueId h = g.add(Op::kLinear, {x, add_random_constant(g, kNarrow, {4, 8}, 1)});
  const ValueId r = add_quant(g, g.add(Op::kRelu, {h}), "u<6,4,RND,SAT>");
  g.add_output("y", g.add(Op::kReduceSum, {r}, {{"axes", Shape{0}}}));
  for (const int lanes : {1, 2, 3, 6}) {
    LowerOptions options;
    options.lanes = lanes;
    Lowered lowered = lower(g, options);
    EXPECT_EQ(lowered.firmware.ii, 6 / lanes);
    EXPECT_EQ(lowered.firmware.latency_cycles, lowered.firmware.outputs[0].first_cycle);
    const auto events = some_events(g, 6, 3);
    EXPECT_EQ(run_netlist(lowered.netlist, lowered.firmware, events)[5], interpret(g, events[5]));
    lowered.firmware.outputs[0].first_cycle -= 1;  // a clock earlier the sums are not there yet
    EXPECT_NE(run_netlist(lowered.netlist, lowered.firmware, events)[5], interpret(g, events[5]));
  }
}

TEST(Lower, SlowerClocksTakeFewerRegisters) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 8}, {16});
  g.add_output("y", g.add(Op::kLinear, {x, add_random_constant(g, {8, 8}, {16, 16}, 2)}));
  LowerOptions options;
  int last_latency = 1 << 20;
  double last_ff = 1e9;
  for (const double mhz : {700.0, 360.0, 100.0}) {
    options.clock_mhz = mhz;
    expect_equal_numbers(g, {1}, 4, options);
    const Firmware firmware = lower(g, options).firmware;
    EXPECT_LT(firmware.latency_cycles, last_latency);
    EXPECT_LT(firmware.resources.ff, last_ff);
    last_latency = firmware.latency_cycles;
    last_ff = firmware.resources.ff;
  }
}

// Biases are constant operands; conv and matmul share the same way of solving.
TEST(Lower, TernaryAddersComputeTheSameNumbers) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 8}, {16});
  const ValueId w = add_random_constant(g, {8, 8}, {16, 12}, 2);
  const ValueId b = add_random_constant(g, {6, 6}, {12}, 3);
  g.add_output("y", g.add(Op::kLinear, {x, w, b}));
  LowerOptions options;
  const Lowered binary = lower(g, options);
  options.adders = "ternary";
  expect_equal_numbers(g, {1}, 20, options);
  const Lowered ternary = lower(g, options);
  const auto count = [](const Lowered& lowered, NetOp op) {
    int64_t found = 0;
    for (const Module& module : lowered.netlist.modules) {
      for (const Cell& cell : module.cells) found += cell.op == op ? 1 : 0;
    }
    return found;
  };
  EXPECT_EQ(binary.firmware.emitted, "binary");
  EXPECT_EQ(count(binary, NetOp::kAdd3), 0);
  EXPECT_EQ(ternary.firmware.emitted, "ternary");
  // Beside the adders of the graph, at most a negation an output.
  const int64_t adders = count(ternary, NetOp::kAdd) + count(ternary, NetOp::kAdd3);
  EXPECT_GE(adders, ternary.firmware.adders);
  EXPECT_LE(adders, ternary.firmware.adders + 12);
  EXPECT_LT(ternary.firmware.adders, binary.firmware.adders * 3 / 4);
  EXPECT_LT(ternary.firmware.resources.lut, binary.firmware.resources.lut * 0.85);
}

// A sum whose terms are all subtracted has no adder of its own: it is negated afterwards.
TEST(Lower, TernarySumsOfSubtractedTermsAreNegated) {
  Graph g;
  const ValueId x = add_input(g, "x", {8, 8}, {3});
  g.add_output("y", g.add(Op::kLinear, {x, add_constant(g, {4, 4}, {3, 1}, {-1, -1, -2})}));
  LowerOptions options;
  options.adders = "ternary";
  expect_equal_numbers(g, {1}, 20, options);
}

Graph tokens_of(int64_t count) {
  Graph g;
  g.add_output("y", g.add(Op::kRelu, {add_input(g, "x", kNarrow, {count, 2}, 0)}));
  return g;
}

TEST(LowerRefuses, LanesThatDoNotDivideTheTokens) {
  LowerOptions options;
  options.lanes = 4;
  EXPECT_EQ(message_of([&] { lower(tokens_of(6), options); }),
            "graph:node 'x': error: 6 token slots do not spread over 4 lanes — --lanes may be 1, "
            "2, 3, 6");
  options.lanes = 0;
  EXPECT_EQ(message_of([&] { lower(tokens_of(6), options); }),
            "--lanes: error: needs at least one lane — give --lanes 1 or more");
}

TEST(LowerRefuses, InputsOfDifferentTokens) {
  Graph g;
  g.add_output("a", add_input(g, "x", kNarrow, {6, 2}, 0));
  g.add_output("b", add_input(g, "y", kNarrow, {4}, 0));
  EXPECT_EQ(message_of([&] { lower(g); }),
            "graph:node 'y': error: has 4 token slots, input 'x' has 6 — give all streamed inputs "
            "the same number of slots, or drop token_axis");
}

TEST(LowerRefuses, RealNumbersAndComposites) {
  Graph g;
  const ValueId x = g.add(Op::kInput, {}, {{"shape", Shape{4}}}, "x");
  g.add_output("y", g.add(Op::kSoftmax, {x}, {{"axis", int64_t{0}}}, "head"));
  const std::string message = message_of([&] { lower(g); });
  EXPECT_NE(message.find("'x'"), std::string::npos) << message;
}

TEST(LowerRefuses, UnknownDeviceStrategyAndClock) {
  LowerOptions options;
  options.device = "xc7";
  EXPECT_EQ(message_of([&] {
              lower(tokens_of(2), options);
            }).find("--device: error: device 'xc7' is not known"),
            0u);
  options = {};
  options.strategy = "magic";
  EXPECT_EQ(message_of([&] {
              lower(tokens_of(2), options);
            }).find("--strategy: error: 'magic' is not known — one of da, dsp"),
            0u);
  options = {};
  options.adders = "quaternary";
  EXPECT_EQ(message_of([&] { lower(tokens_of(2), options); }),
            "--adders: error: 'quaternary' is not known — binary or ternary");
  options = {};
  options.device = "agi027";
  options.primitives = true;
  EXPECT_EQ(message_of([&] { lower(tokens_of(2), options); }),
            "--primitives: error: agi027 has no LUT6_2 and CARRY8 — leave it out: its tools make "
            "adders of a + b + c");
  options = {};
  options.clock_mhz = -1;
  EXPECT_EQ(message_of([&] { lower(tokens_of(2), options); }),
            "--clock-mhz: error: -1 is no frequency — a positive number of MHz, for example 360");
  options.clock_mhz = 5000;
  EXPECT_EQ(message_of([&] { lower(tokens_of(2), options); }),
            "--clock-mhz: error: a clock at 5000 MHz is over before a register of xcvu13p is read "
            "— 360 is usual at the Level-1 trigger");
}

TEST(LowerRefuses, ACellThatTakesLongerThanAClock) {
  Graph g;
  const ValueId x = add_input(g, "x", {30, 30}, {1});
  g.add_output("y", g.add(Op::kMul, {x, x}));
  const std::string message = message_of([&] { lower(g); });
  EXPECT_NE(message.find("takes"), std::string::npos) << message;
  EXPECT_NE(message.find("lower --clock-mhz"), std::string::npos) << message;
}

}  // namespace
}  // namespace trigstone
