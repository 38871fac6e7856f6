// Passes keep the function a graph denotes, and do what their first lines say.
#include "graph/passes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "graph/text.h"
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
ValueId add_quant(Graph& graph, ValueId x, const char* format, const std::string& name = "q") {
  return graph.add(Op::kQuant, {x}, {{"formats", FormatMap(fixed(format))}}, name);
}
ValueId add_reals(Graph& graph, Shape shape, std::vector<double> values,
                  const std::string& name = "w") {
  Tensor data{std::move(shape), std::nullopt, {}, std::move(values)};
  return graph.add_data(Op::kParam, std::make_shared<const Tensor>(data), name, true);
}
ValueId add_integers(Graph& graph, Shape shape, const char* format, std::vector<int64_t> values) {
  Tensor data{std::move(shape), fixed(format), std::move(values), {}};
  return graph.add_data(Op::kConstant, std::make_shared<const Tensor>(data), "c");
}

Tensor random_tensor(const Graph& graph, ValueId input, Random& random) {
  const Type& type = graph.type(input);
  Tensor x{type.shape, type.format, {}, {}};
  for (int64_t i = 0; i < x.size(); ++i) {
    if (type.is_fixed()) {
      x.mantissas.push_back(
          random.integer(type.format->min_mantissa(), type.format->max_mantissa()));
    } else {
      x.reals.push_back(random.uniform(-4, 4));
    }
  }
  return x;
}

std::vector<double> reals(const Tensor& x) {
  std::vector<double> values = x.reals;
  for (const int64_t m : x.mantissas) values.push_back(x.format->to_real(m));
  return values;
}

void expect_equal_functions(const Graph& a, const Graph& b, double tolerance = 0) {
  EXPECT_TRUE(verify(b).empty()) << verify(b).errors().front().what();
  Random random(1);
  for (int event = 0; event < 200; ++event) {
    std::vector<Tensor> inputs;
    for (const ValueId id : a.inputs()) inputs.push_back(random_tensor(a, id, random));
    const auto left = interpret(a, inputs), right = interpret(b, inputs);
    ASSERT_EQ(left.size(), right.size());
    for (size_t o = 0; o < left.size(); ++o) {
      const auto x = reals(left[o]), y = reals(right[o]);
      ASSERT_EQ(x.size(), y.size());
      for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], tolerance);
    }
  }
}

int count(const Graph& graph, Op op) {
  int n = 0;
  for (const Node& node : graph.nodes()) n += node.op == op;
  return n;
}

TEST(DropDead, KeepsInputsAndWhatOutputsNeed) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<4,4>");
  add_input(graph, {3}, "<4,4>", "unused");
  graph.add(Op::kRelu, {x}, {}, "dead");
  const ValueId q = add_quant(graph, x, "<3,3>");
  graph.add_output("y", q);
  const Graph result = drop_dead(graph);
  EXPECT_EQ(result.size(), 3);
  EXPECT_EQ(result.inputs().size(), 2U);
  expect_equal_functions(graph, result);
}

TEST(FoldConstants, WeightsBecomeMantissas) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<6,3>");
  const ValueId w = add_reals(graph, {2, 2}, {0.26, -1.0, 0.7, 5});
  const ValueId q = add_quant(graph, w, "<3,1,RND_CONV,SAT>", "wq");
  graph.add_output("y", graph.add(Op::kLinear, {x, q}));
  const Graph folded = fold_constants(graph, evaluate_constant);
  EXPECT_EQ(folded.size(), 3);
  EXPECT_EQ(folded.node(1).op, Op::kConstant);
  EXPECT_EQ(folded.node(1).name, "wq");
  EXPECT_EQ(folded.node(1).data->mantissas, (std::vector<int64_t>{1, -4, 3, 3}));
  expect_equal_functions(graph, folded);
}

TEST(FoldConstants, AnOutputMayBeConstant) {
  Graph graph;
  add_input(graph, {2}, "<6,3>");
  graph.add_output("y", add_quant(graph, add_reals(graph, {1}, {0.5}), "<4,2>"));
  const Graph folded = fold_constants(graph, evaluate_constant);
  expect_equal_functions(graph, folded);
  EXPECT_EQ(count(folded, Op::kQuant), 0);
}

TEST(DropNoopQuant, OnlyWhatChangesNothing) {
  Graph graph;
  const ValueId x = add_input(graph, {4}, "<4,2>");
  const ValueId same = add_quant(graph, x, "<4,2,RND_CONV,SAT>");
  const ValueId symmetric = add_quant(graph, same, "<4,2,RND_CONV,SAT_SYM>");
  graph.add_output("y", add_quant(graph, symmetric, "<5,2,RND_CONV,SAT>"));
  const Graph result = drop_dead(drop_noop_quant(graph));
  EXPECT_EQ(count(result, Op::kQuant), 2);  // the first goes, symmetric and wider stay
  expect_equal_functions(graph, result);
}

TEST(SetInputFormat, GivesOnlyWhatIsMissing) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, nullptr);
  add_input(graph, {2}, "<3,3>", "b");
  graph.add(Op::kInput, {}, {{"shape", Shape{2}}, {"role", std::string("valid")}}, "valid");
  graph.add_output("y", x);
  const Graph result = set_input_format(graph, fixed("<16,6,RND_CONV,SAT>"));
  EXPECT_EQ(format_attribute(result.node(0)), fixed("<16,6,RND_CONV,SAT>"));
  EXPECT_EQ(format_attribute(result.node(1)), fixed("<3,3>"));
  EXPECT_EQ(format_attribute(result.node(2)), fixed("u<1,1>"));
}

TEST(FoldBatchNorm, IntoLinearAndConvBehindATranspose) {
  Graph graph;
  const ValueId x = add_input(graph, {5, 2}, nullptr);
  const ValueId w = add_reals(graph, {2, 2, 3}, {1, -2, 3, 4, 5, -6, 7, 8, 9, 1, 2, 3});
  const ValueId conv =
      graph.add(Op::kConv, {x, w}, {{"strides", ints({1})}, {"pads", ints({0, 0})}}, "conv");
  const ValueId first = graph.add(Op::kTranspose, {conv}, {{"perm", ints({1, 0})}});
  const ValueId norm =
      graph.add(Op::kBatchNorm,
                {first, add_reals(graph, {3}, {1, 2, -3}), add_reals(graph, {3}, {4, 5, 6}),
                 add_reals(graph, {3}, {7, 8, 9}), add_reals(graph, {3}, {1, 2, 0})},
                {{"axis", int64_t{0}}, {"epsilon", 0.5}}, "norm");
  const ValueId v = add_reals(graph, {4, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const ValueId dense =
      graph.add(Op::kLinear, {norm, v, add_reals(graph, {3}, {1, 2, 3})}, {}, "d");
  const ValueId last =
      graph.add(Op::kBatchNorm,
                {dense, add_reals(graph, {3}, {1, 2, -3}), add_reals(graph, {3}, {4, 5, 6}),
                 add_reals(graph, {3}, {7, 8, 9}), add_reals(graph, {3}, {1, 2, 0})},
                {{"axis", int64_t{1}}, {"epsilon", 0.5}}, "last");
  graph.add_output("y", last);
  const Graph folded = fold_batch_norm(graph);
  EXPECT_EQ(count(folded, Op::kBatchNorm) + count(folded, Op::kMul), 0);
  expect_equal_functions(graph, folded, 1e-9);
}

TEST(FoldBatchNorm, ElsewhereAProductAndASum) {
  Graph graph;
  const ValueId x = add_input(graph, {4, 2}, nullptr);
  const ValueId valid = add_input(graph, {4}, "u<1,1>", "valid");
  const ValueId norm =
      graph.add(Op::kBatchNorm,
                {x, add_reals(graph, {2}, {1, 2}), add_reals(graph, {2}, {4, 5}),
                 add_reals(graph, {2}, {7, 8}), add_reals(graph, {2}, {1, 2}), valid},
                {{"axis", int64_t{1}}, {"epsilon", 0.5}}, "norm");
  graph.add_output("y", norm);
  const Graph folded = fold_batch_norm(graph);
  EXPECT_EQ(count(folded, Op::kBatchNorm), 0);
  EXPECT_EQ(count(folded, Op::kMul), 1);
  expect_equal_functions(graph, folded, 1e-12);
}

TEST(FoldBatchNorm, SharedWeightsAndQuantisedWeightsStayAsTheyAre) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, nullptr);
  const ValueId w = add_reals(graph, {2, 2}, {1, 2, 3, 4});
  const ValueId a = graph.add(Op::kLinear, {x, w}, {}, "a");
  const ValueId b = graph.add(Op::kLinear, {a, w}, {}, "b");
  const ValueId one = add_reals(graph, {2}, {1, 3});
  graph.add_output("y", graph.add(Op::kBatchNorm, {b, one, one, one, one},
                                  {{"axis", int64_t{0}}, {"epsilon", 0.0}}));
  const Graph folded = fold_batch_norm(graph);
  EXPECT_EQ(count(folded, Op::kMul), 1);
  expect_equal_functions(graph, folded, 1e-12);
}

TEST(FoldBatchNorm, RefusesANegativeVariance) {
  Graph graph;
  const ValueId x = add_input(graph, {1}, nullptr);
  const ValueId one = add_reals(graph, {1}, {1}), minus = add_reals(graph, {1}, {-1});
  graph.add_output("y", graph.add(Op::kBatchNorm, {x, one, one, one, minus},
                                  {{"axis", int64_t{0}}, {"epsilon", 0.5}}, "norm"));
  EXPECT_THROW(fold_batch_norm(graph), Error);
  EXPECT_THROW(absorb_scales(set_input_format(graph, fixed("<8,4>"))), Error);
}

TEST(CutHead, CutsSoftmaxAndRecordsIt) {
  Graph graph;
  const ValueId x = add_input(graph, {3}, "<8,4>");
  graph.add_output("p", graph.add(Op::kSoftmax, {x}, {{"axis", int64_t{0}}}, "Softmax_0"));
  const Graph cut = cut_head(graph);
  EXPECT_EQ(cut.metadata.at("cut_head"), "Softmax_0");
  EXPECT_EQ(cut.outputs()[0].name, "p");
  EXPECT_TRUE(verify_quantised(cut).empty());
  const Graph kept = expand_for_hardware(quantise_head(graph, fixed("u<16,0,RND_CONV,SAT>")));
  EXPECT_TRUE(verify_quantised(kept).empty());
  EXPECT_FALSE(kept.metadata.contains("cut_head"));
}

TEST(CutHead, KeepsWhatDecides) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<8,4>");
  const ValueId scaled = graph.add(Op::kMul, {x, add_reals(graph, {2}, {0.1, 0.2})}, {}, "each");
  graph.add_output("each", scaled);
  graph.add_output("flipped", graph.add(Op::kMul, {x, add_reals(graph, {}, {-0.1})}, {}, "minus"));
  graph.add_output("one", graph.add(Op::kMul, {x, add_reals(graph, {}, {0.1})}, {}, "plus"));
  const Graph cut = cut_head(graph);
  EXPECT_EQ(cut.metadata.at("cut_head"), "plus");
  EXPECT_FALSE(cut.type(cut.outputs()[0].value).is_fixed());
  EXPECT_FALSE(cut.type(cut.outputs()[1].value).is_fixed());
  EXPECT_TRUE(cut.type(cut.outputs()[2].value).is_fixed());
}

TEST(CutHead, ARealModelIsLeftAlone) {
  Graph graph;
  const ValueId x = add_input(graph, {3}, nullptr);
  graph.add_output("p", graph.add(Op::kSoftmax, {x}, {{"axis", int64_t{0}}}, "soft"));
  EXPECT_EQ(to_text(cut_head(graph)), to_text(graph));
}

// --- absorb_scales: equality with the real graph, on every integer of short inputs

// All integers of an input format, one event each, in every element.
void expect_equal_everywhere(const Graph& real, const Graph& absorbed) {
  EXPECT_TRUE(verify_quantised(absorbed).empty())
      << verify_quantised(absorbed).errors().front().what();
  const Type& type = real.type(real.inputs()[0]);
  for (int64_t m = type.format->min_mantissa(); m <= type.format->max_mantissa(); ++m) {
    Tensor x{type.shape, type.format, {}, {}};
    for (int64_t i = 0; i < x.size(); ++i) {
      x.mantissas.push_back(i == 0 ? m : (m * 7 + i * 13) % type.format->max_mantissa());
    }
    const auto left = reals(interpret(real, {x})[0]), right = reals(interpret(absorbed, {x})[0]);
    ASSERT_EQ(left, right) << "mantissa " << m;
  }
}

TEST(AbsorbScales, AQuantiserWithAnyScaleBecomesThresholds) {
  for (const char* to : {"<3,3,RND_CONV,SAT_SYM>", "u<4,4,TRN,SAT>", "<2,2,TRN_ZERO,SAT>",
                         "<1,1,RND,SAT>", "<4,2,RND_MIN_INF,SAT>"}) {
    for (const double gain : {0.03713, -0.2117, 0.9013, 1e-9}) {
      Graph graph;
      const ValueId x = add_input(graph, {3}, "<9,6>");
      const ValueId scaled = graph.add(Op::kMul, {x, add_reals(graph, {}, {gain})});
      const ValueId shifted =
          graph.add(Op::kAdd, {scaled, add_reals(graph, {3}, {0.1331, -2.7171, 0.4242})});
      graph.add_output("y", add_quant(graph, shifted, to));
      const Graph absorbed = absorb_scales(graph);
      EXPECT_EQ(count(absorbed, Op::kThresholds), 1);
      expect_equal_everywhere(graph, absorbed);
    }
  }
}

TEST(AbsorbScales, ChainsOfNormReluAndClamp) {
  Graph graph;
  const ValueId x = add_input(graph, {4}, "<8,8>");
  const ValueId norm = graph.add(
      Op::kBatchNorm,
      {x, add_reals(graph, {4}, {1.7, -2.3, 0.0, 3.1}), add_reals(graph, {4}, {1, 2, 5, -4}),
       add_reals(graph, {4}, {7, -8, 1, 0}), add_reals(graph, {4}, {91, 20, 3, 4})},
      {{"axis", int64_t{0}}, {"epsilon", 1e-5}});
  const ValueId relu = graph.add(Op::kRelu, {norm});
  const ValueId half = graph.add(Op::kMul, {relu, add_reals(graph, {}, {0.3})});
  const ValueId clamped = graph.add(Op::kClamp, {half}, {{"low", 0.1}, {"high", 2.9}});
  graph.add_output("y", add_quant(graph, clamped, "u<3,2,RND_CONV,SAT>"));
  const Graph absorbed = absorb_scales(graph);
  EXPECT_EQ(count(absorbed, Op::kThresholds), 1);
  expect_equal_everywhere(graph, absorbed);
}

TEST(AbsorbScales, FormatsAChannel) {
  Graph graph;
  const ValueId x = add_input(graph, {2, 3}, "<8,8>");
  const ValueId scaled = graph.add(Op::kMul, {x, add_reals(graph, {2, 1}, {0.017, 0.3011})});
  FormatMap map;
  map.shape = {3};
  map.formats = {fixed("<3,2,RND_CONV,SAT>"), fixed("u<2,2,RND_CONV,SAT>"), fixed("<4,1,TRN,SAT>")};
  graph.add_output("y", graph.add(Op::kQuant, {scaled}, {{"formats", map}}));
  expect_equal_everywhere(graph, absorb_scales(graph));
}

TEST(AbsorbScales, ScalesMoveBehindLayers) {
  Graph graph;
  const ValueId x = add_input(graph, {2, 3}, "<6,6>");
  const ValueId real = graph.add(Op::kMul, {x, add_reals(graph, {}, {0.21})});
  const ValueId codes = add_integers(graph, {3, 2}, "<3,3>", {1, -2, 3, -4, 0, 2});
  const ValueId weights = graph.add(Op::kMul, {codes, add_reals(graph, {2}, {0.33, 0.07})});
  const ValueId y = graph.add(Op::kLinear, {real, weights, add_reals(graph, {2}, {0.1, -0.2})});
  const ValueId turned = graph.add(Op::kTranspose, {y}, {{"perm", ints({1, 0})}});
  graph.add_output("y", add_quant(graph, turned, "<3,2,RND_CONV,SAT>"));
  const Graph absorbed = absorb_scales(graph);
  EXPECT_EQ(count(absorbed, Op::kMul), 0);
  expect_equal_everywhere(graph, absorbed);
}

TEST(AbsorbScales, SumsAndProductsOfScaledValues) {
  Graph graph;
  const ValueId x = add_input(graph, {2, 2}, "<4,4>");
  const ValueId scale = add_reals(graph, {}, {0.3}), twice = add_reals(graph, {}, {0.6});
  const ValueId a = graph.add(Op::kMul, {x, scale}), b = graph.add(Op::kMul, {x, twice});
  const ValueId sum = graph.add(Op::kSub, {a, b});
  const ValueId product = graph.add(Op::kMatMul, {sum, a});
  const ValueId row = graph.add(Op::kReshape, {product}, {{"shape", Shape{4}}});
  const ValueId top = graph.add(Op::kReduceMax, {row}, {{"axes", ints({0})}});
  graph.add_output("y", add_quant(graph, top, "<4,2,RND_CONV,SAT>"));
  const Graph absorbed = absorb_scales(graph);
  EXPECT_TRUE(verify_quantised(absorbed).empty());
  expect_equal_everywhere(graph, absorbed);
}

TEST(AbsorbScales, ManyStepsBecomeAProductThatGivesTheSameIntegers) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<12,6>");
  const ValueId scaled = graph.add(Op::kMul, {x, add_reals(graph, {2}, {1.0 / 0.83, 2.345})});
  const ValueId shifted = graph.add(Op::kAdd, {scaled, add_reals(graph, {2}, {0.377, -1.1})});
  const ValueId relu = graph.add(Op::kRelu, {shifted});
  graph.add_output("y", add_quant(graph, relu, "u<8,5,RND_CONV,SAT>"));
  const Graph absorbed = absorb_scales(graph);
  EXPECT_EQ(count(absorbed, Op::kThresholds), 0);
  EXPECT_EQ(count(absorbed, Op::kMul), 1);
  expect_equal_everywhere(graph, absorbed);
}

TEST(AbsorbScales, DivisionIsExactAtTies) {
  // x / 0.75 meets ties that 1 / 0.75 in doubles would miss: 1.125 / 0.75 = 1.5 rounds to 2.
  Graph graph;
  const ValueId x = add_input(graph, {1}, "<8,4>");
  const ValueId scale = add_reals(graph, {}, {0.75});
  const ValueId inverse = graph.add(Op::kFunction, {scale}, {{"kind", std::string("reciprocal")}});
  const ValueId divided = graph.add(Op::kMul, {x, inverse});
  graph.add_output("y", add_quant(graph, divided, "<5,5,RND_CONV,SAT>"));
  const Graph absorbed = absorb_scales(graph);
  for (int64_t m = -128; m < 128; ++m) {  // m / 12 rounded half to even
    const int64_t low = static_cast<int64_t>(std::floor(static_cast<double>(m) / 12));
    const int64_t rest = m - low * 12;
    const int64_t up = rest > 6 || (rest == 6 && low % 2 != 0);
    const Tensor event{{1}, fixed("<8,4>"), {m}, {}};
    EXPECT_EQ(interpret(absorbed, {event})[0].mantissas[0], std::clamp<int64_t>(low + up, -16, 15));
  }
}

TEST(AbsorbScales, WrappingQuantisersStayReal) {
  Graph graph;
  const ValueId x = add_input(graph, {1}, "<8,4>");
  const ValueId scaled = graph.add(Op::kMul, {x, add_reals(graph, {}, {0.3})});
  graph.add_output("y", add_quant(graph, scaled, "<3,2>"));
  const Graph absorbed = absorb_scales(graph);
  EXPECT_FALSE(verify_quantised(absorbed).empty());
  expect_equal_functions(graph, absorbed);
}

TEST(AbsorbScales, PowersOfTwoMoveThePointAndKeepTheQuant) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<8,4>");
  const ValueId scaled = graph.add(Op::kMul, {x, add_reals(graph, {}, {0.25})});
  graph.add_output("y", add_quant(graph, scaled, "<3,2>"));
  const Graph absorbed = absorb_scales(graph);
  EXPECT_EQ(count(absorbed, Op::kScale), 1);
  EXPECT_EQ(count(absorbed, Op::kMul), 0);
  expect_equal_everywhere(graph, absorbed);
}

}  // namespace
}  // namespace trigstone
