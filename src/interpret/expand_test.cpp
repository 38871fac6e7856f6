// Expansions for hardware: close to the real composite within a stated bound, untouched by garbage
// in invalid slots, defined for empty events, and clear about what they cannot expand.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"

namespace trigstone {
namespace {

Format fixed(const char* text) { return parse_format(text, "test"); }
Attribute ints(std::vector<int64_t> list) { return list; }

ValueId add_input(Graph& graph, Shape shape, const char* format, const std::string& name = "x") {
  Attributes attributes{{"shape", std::move(shape)}};
  if (format != nullptr) attributes["format"] = FormatMap(fixed(format));
  return graph.add(Op::kInput, {}, attributes, name);
}

ValueId add_quant(Graph& graph, ValueId x, const char* format) {
  return graph.add(Op::kQuant, {x}, {{"formats", FormatMap(fixed(format))}});
}

Tensor random_tensor(const Graph& graph, ValueId input, Random& random) {
  const Type& type = graph.type(input);
  Tensor x{type.shape, type.format, {}, {}};
  for (int64_t i = 0; i < x.size(); ++i) {
    x.mantissas.push_back(random.integer(type.format->min_mantissa(), type.format->max_mantissa()));
  }
  return x;
}

std::vector<double> reals(const Tensor& x) {
  std::vector<double> values = x.reals;
  for (const int64_t m : x.mantissas) values.push_back(x.format->to_real(m));
  return values;
}

// The largest distance between output 0 of the two graphs over random events.
double distance(const Graph& real, const Graph& expanded, int events, uint64_t seed) {
  Random random(seed);
  double largest = 0;
  for (int event = 0; event < events; ++event) {
    std::vector<Tensor> inputs;
    for (const ValueId id : real.inputs()) inputs.push_back(random_tensor(real, id, random));
    const auto a = reals(interpret(real, inputs).at(0)),
               b = reals(interpret(expanded, inputs).at(0));
    EXPECT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  }
  return largest;
}

std::string refusal(const Graph& graph) {
  try {
    expand_for_hardware(graph);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Graph softmax_graph(const Shape& shape, int64_t axis, bool masked, const char* result) {
  Graph graph;
  const ValueId x = add_input(graph, shape, "<8,4>");
  std::vector<ValueId> operands = {x};
  if (masked) {
    const int64_t slots = shape[static_cast<size_t>(axis)];
    operands.push_back(add_input(graph, {slots}, "u<1,1>", "valid"));
  }
  const ValueId soft = graph.add(Op::kSoftmax, operands, {{"axis", axis}}, "attention");
  graph.add_output("y", add_quant(graph, soft, result));
  return graph;
}

TEST(Expand, SoftmaxIsCloseToTheRealOne) {
  for (const bool masked : {false, true}) {
    for (const auto& [shape, axis] : {std::pair{Shape{5}, int64_t{0}},
                                      {Shape{3, 16}, 1},
                                      {Shape{16, 3}, 0},
                                      {Shape{2, 4, 8}, 2},
                                      {Shape{4, 33, 2}, 1}}) {
      const Graph graph = softmax_graph(shape, axis, masked, "u<8,0,RND_CONV,SAT>");
      const Graph expanded = expand_for_hardware(graph);
      EXPECT_TRUE(verify_quantised(expanded).empty());
      // exp within 2^-9 and an index within 2^-5 of 16, reciprocal within 2^-8: 2 % of a weight,
      // and half a step of the result on either side.
      EXPECT_LT(distance(graph, expanded, 50, 5), 0.02 + 1.0 / 256);
    }
  }
}

TEST(Expand, SoftmaxWithMoreBitsIsCloser) {
  const Graph graph = softmax_graph({16}, 0, true, "u<12,0,RND_CONV,SAT>");
  ExpandOptions options;
  options.exp_index_bits = 13;
  options.exp_value_bits = 14;
  options.reciprocal_index_bits = 12;
  options.reciprocal_value_bits = 14;
  EXPECT_LT(distance(graph, expand_for_hardware(graph, options), 100, 6), 1.0 / 1024);
}

TEST(Expand, InvalidSlotsWeighNothingWhateverTheyHold) {
  const Graph expanded = expand_for_hardware(softmax_graph({4, 8}, 1, true, "u<8,0,RND_CONV,SAT>"));
  Random random(9);
  for (int trial = 0; trial < 100; ++trial) {
    Tensor x = random_tensor(expanded, 0, random), valid = random_tensor(expanded, 1, random);
    const Tensor before = interpret(expanded, {x, valid})[0];
    for (size_t i = 0; i < x.mantissas.size(); ++i) {
      if (valid.mantissas[i % 8] == 0) x.mantissas[i] = random.integer(-128, 127);
    }
    const Tensor after = interpret(expanded, {x, valid})[0];
    EXPECT_EQ(before, after);
    for (size_t i = 0; i < x.mantissas.size(); ++i) {
      if (valid.mantissas[i % 8] == 0) {
        EXPECT_EQ(after.mantissas[i], 0);
      }
    }
  }
}

TEST(Expand, EmptyEventsHaveWeightZeroAndMeanZero) {
  const Graph soft = expand_for_hardware(softmax_graph({8}, 0, true, "u<8,0,RND_CONV,SAT>"));
  Random random(2);
  Tensor none{{8}, fixed("u<1,1>"), std::vector<int64_t>(8, 0), {}};
  const Tensor x = random_tensor(soft, 0, random);
  EXPECT_EQ(interpret(soft, {x, none})[0].mantissas, std::vector<int64_t>(8, 0));
  Graph mean;
  const ValueId tokens = add_input(mean, {8, 3}, "<8,4>");
  const ValueId valid = add_input(mean, {8}, "u<1,1>", "valid");
  mean.add_output("y",
                  add_quant(mean, mean.add(Op::kReduceMean, {tokens, valid}, {{"axes", ints({0})}}),
                            "<8,4,RND_CONV,SAT>"));
  const Graph expanded = expand_for_hardware(mean);
  EXPECT_EQ(interpret(expanded, {random_tensor(expanded, 0, random), none})[0].mantissas,
            std::vector<int64_t>(3, 0));
}

TEST(Expand, MaskedMeanIsCloseAndIgnoresInvalidSlots) {
  Graph graph;
  const ValueId x = add_input(graph, {12, 3}, "<8,4>");
  const ValueId valid = add_input(graph, {12}, "u<1,1>", "valid");
  const ValueId mean = graph.add(Op::kReduceMean, {x, valid}, {{"axes", ints({0})}}, "pool");
  graph.add_output("y", add_quant(graph, mean, "<10,4,RND_CONV,SAT>"));
  const Graph expanded = expand_for_hardware(graph);
  EXPECT_TRUE(verify_quantised(expanded).empty());
  // 12 tokens of at most 8 times 1/n within 2^-13, and rounding to 2^-6 on either side.
  EXPECT_LT(distance(graph, expanded, 200, 3), 12 * 8 / 8192.0 + 1.0 / 64 + 1e-9);
  Random random(4);
  Tensor a = random_tensor(expanded, 0, random), mask = random_tensor(expanded, 1, random);
  const Tensor before = interpret(expanded, {a, mask})[0];
  for (size_t i = 0; i < a.mantissas.size(); ++i) {
    if (mask.mantissas[i / 3] == 0) a.mantissas[i] = 127;
  }
  EXPECT_EQ(interpret(expanded, {a, mask})[0], before);
}

TEST(Expand, MeanOverKnownExtents) {
  for (const int64_t n : {4, 6, 7, 16}) {
    Graph graph;
    const ValueId x = add_input(graph, {n, 3}, "<8,4>");
    const ValueId mean =
        graph.add(Op::kReduceMean, {x}, {{"axes", ints({0})}, {"keepdims", int64_t{1}}});
    graph.add_output("y", add_quant(graph, mean, "<8,4,RND_CONV,SAT>"));
    const Graph expanded = expand_for_hardware(graph);
    const double step = fixed("<8,4>").step();
    // Powers of two only move the point; others may turn a tie, so one step apart at most.
    EXPECT_LE(distance(graph, expanded, 300, 8), (n & (n - 1)) == 0 ? 0.0 : step) << n;
  }
}

TEST(Expand, FunctionsAreTablesInTheFormatOfTheirQuant) {
  for (const char* kind : {"exp", "sigmoid", "tanh", "gelu", "silu", "abs", "softplus"}) {
    Graph graph;
    const ValueId x = add_input(graph, {64}, "<8,3>");
    const ValueId f = graph.add(Op::kFunction, {x}, {{"kind", std::string(kind)}}, "f");
    graph.add_output("y", add_quant(graph, f, "<9,5,RND_CONV,SAT>"));
    graph.add_output("z", add_quant(graph, f, "<6,2,TRN,SAT>"));
    const Graph expanded = expand_for_hardware(graph);
    EXPECT_TRUE(verify_quantised(expanded).empty());
    // long double and double differ by far less than the distance to any rounding border.
    EXPECT_EQ(distance(graph, expanded, 20, 1), 0.0) << kind;
    EXPECT_EQ(expanded.size(), 3);  // input and two tables
    EXPECT_EQ(text_attribute(expanded.node(1), "function"), kind);
    EXPECT_EQ(text_attribute(expanded.node(1), "backward"), "slope");
  }
}

TEST(Expand, FunctionsWithPolesSaturate) {
  Graph graph;
  const ValueId x = add_input(graph, {4}, "u<2,2>");
  const ValueId f = graph.add(Op::kFunction, {x}, {{"kind", std::string("reciprocal")}}, "f");
  graph.add_output("y", add_quant(graph, f, "u<6,2,RND_CONV,SAT>"));
  const Tensor zero_to_three{{4}, fixed("u<2,2>"), {0, 1, 2, 3}, {}};
  EXPECT_EQ(interpret(expand_for_hardware(graph), {zero_to_three})[0].mantissas,
            (std::vector<int64_t>{63, 16, 8, 5}));
}

TEST(Expand, LayerNormIsCloseToTheRealOne) {
  for (const int64_t entries : {4, 10, 32}) {
    for (const int operands : {1, 2, 3}) {
      Graph graph;
      const ValueId x = add_input(graph, {3, entries}, "<8,4>");
      std::vector<ValueId> all = {x};
      for (int i = 1; i < operands; ++i) {
        Tensor data{{entries}, fixed("<5,2>"), {}, {}};
        for (int64_t k = 0; k < entries; ++k) data.mantissas.push_back(k % 16 - 5);
        all.push_back(graph.add_data(Op::kConstant, std::make_shared<const Tensor>(data)));
      }
      const ValueId norm = graph.add(Op::kLayerNorm, all, {{"epsilon", 1e-3}}, "norm");
      graph.add_output("y", add_quant(graph, norm, "<12,5,RND_CONV,SAT>"));
      const Graph expanded = expand_for_hardware(graph);
      EXPECT_TRUE(verify_quantised(expanded).empty());
      // 2^-9 from the index and 2^-9 from the value of the root's table, times |y| <= sqrt(32) and
      // |gain| <= 1.25, and a step of 2^-7 of the result.
      EXPECT_LT(distance(graph, expanded, 60, 7), std::sqrt(32.0) * 1.25 / 256 + 1.0 / 128);
    }
  }
}

TEST(Expand, LayerNormOfEqualEntriesIsZero) {
  Graph graph;
  const ValueId x = add_input(graph, {4}, "<8,4>");
  const ValueId norm = graph.add(Op::kLayerNorm, {x}, {{"epsilon", 1e-9}}, "norm");
  graph.add_output("y", add_quant(graph, norm, "<8,4,RND_CONV,SAT>"));
  const Tensor same{{4}, fixed("<8,4>"), {77, 77, 77, 77}, {}};
  EXPECT_EQ(interpret(expand_for_hardware(graph), {same})[0].mantissas, std::vector<int64_t>(4, 0));
}

TEST(Expand, ConvolutionsBecomeTheEqualLinear) {
  Random random(12);
  for (const int64_t groups : {1, 2}) {
    for (const bool two_dimensions : {false, true}) {
      Graph graph;
      const Shape shape = two_dimensions ? Shape{5, 4, 4} : Shape{7, 4};
      const Shape kernel = two_dimensions ? Shape{3, 2, 4 / groups, 6} : Shape{3, 4 / groups, 6};
      const ValueId x = add_input(graph, shape, "<5,3>");
      Tensor w{kernel, fixed("<4,1>"), {}, {}}, b{{6}, fixed("<6,3>"), {}, {}};
      for (int64_t i = 0; i < w.size(); ++i) w.mantissas.push_back(random.integer(-8, 7));
      for (int64_t i = 0; i < 6; ++i) b.mantissas.push_back(random.integer(-32, 31));
      const ValueId wid = graph.add_data(Op::kConstant, std::make_shared<const Tensor>(w));
      const ValueId bid = graph.add_data(Op::kConstant, std::make_shared<const Tensor>(b));
      graph.add_output("y", graph.add(Op::kConv, {x, wid, bid},
                                      {{"strides", two_dimensions ? ints({2, 1}) : ints({2})},
                                       {"pads", two_dimensions ? ints({1, 0, 2, 1}) : ints({2, 1})},
                                       {"groups", groups}}));
      const Graph expanded =
          drop_dead(fold_constants(expand_for_hardware(graph), evaluate_constant));
      EXPECT_EQ(distance(graph, expanded, 20, 13), 0.0);
      for (const Node& node : expanded.nodes()) EXPECT_NE(node.op, Op::kConv);
    }
  }
}

TEST(Expand, RefusesWhatIsNotQuantised) {
  Graph real_operand;
  const ValueId x = add_input(real_operand, {4}, nullptr);
  const ValueId soft = real_operand.add(Op::kSoftmax, {x}, {{"axis", int64_t{0}}}, "soft");
  real_operand.add_output("y", add_quant(real_operand, soft, "u<8,0,RND_CONV,SAT>"));
  EXPECT_NE(refusal(real_operand)
                .find("graph:node 'soft': error: operand 0 of 'softmax' ('x') is a "
                      "real number — quantise it"),
            std::string::npos)
      << refusal(real_operand);
  Graph no_quant;
  const ValueId y = add_input(no_quant, {4}, "<8,4>");
  const ValueId end = no_quant.add(Op::kSoftmax, {y}, {{"axis", int64_t{0}}}, "soft");
  no_quant.add_output("y", end);
  EXPECT_NE(refusal(no_quant).find("is the output 'y' without a quant"), std::string::npos);
  Graph read_by_relu;
  const ValueId z = add_input(read_by_relu, {4}, "<8,4>");
  const ValueId mean = read_by_relu.add(Op::kReduceMean, {z}, {{"axes", ints({0})}}, "mean");
  read_by_relu.add_output("y", read_by_relu.add(Op::kRelu, {mean}, {}, "r"));
  EXPECT_NE(refusal(read_by_relu).find("is read by 'r' without a quant"), std::string::npos);
  Graph wide;
  const ValueId w = add_input(wide, {4}, "<20,4>");
  const ValueId f = wide.add(Op::kFunction, {w}, {{"kind", std::string("tanh")}}, "f");
  wide.add_output("y", add_quant(wide, f, "<8,1,RND_CONV,SAT>"));
  EXPECT_NE(refusal(wide).find("a table of 20 index bits is too large"), std::string::npos);
}

TEST(Expand, BatchNormIsNamed) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<8,4>");
  Tensor ones{{2}, fixed("u<1,1>"), {1, 1}, {}};
  const ValueId one = graph.add_data(Op::kConstant, std::make_shared<const Tensor>(ones));
  const ValueId norm = graph.add(Op::kBatchNorm, {x, one, one, one, one},
                                 {{"axis", int64_t{0}}, {"epsilon", 0.0}}, "norm");
  graph.add_output("y", add_quant(graph, norm, "<8,4>"));
  EXPECT_NE(refusal(graph).find("graph:node 'norm': error: a batch_norm cannot be built"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
