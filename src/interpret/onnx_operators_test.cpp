// Every operator of the ONNX reader on numbers computed by hand from the ONNX specification.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/onnx_reader.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "interpret/onnx_builder.h"

namespace trigstone {
namespace {

using Values = std::vector<double>;

// Output "y" of the model for one event; `x` holds the values of the inputs in order.
Values run(const OnnxBuilder& builder, const std::vector<Values>& x) {
  const Graph graph = parse_onnx(builder.bytes(), "t.onnx");
  EXPECT_TRUE(verify(graph).empty()) << verify(graph).errors().front().what();
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < x.size(); ++i) {
    inputs.push_back(quantize_input(graph, graph.inputs()[i], x[i]));
  }
  const Tensor y = interpret(graph, inputs).at(0);
  Values values = y.reals;
  for (const int64_t m : y.mantissas) values.push_back(y.format->to_real(m));
  return values;
}

void expect_near(const Values& given, const Values& expected) {
  ASSERT_EQ(given.size(), expected.size());
  for (size_t i = 0; i < given.size(); ++i) EXPECT_NEAR(given[i], expected[i], 1e-9) << i;
}

// One node from x [1,4] (and constants) to y.
Values unary(const std::string& type, const Values& x, int opset = 13) {
  OnnxBuilder builder(opset);
  builder.input("x", {1, static_cast<int64_t>(x.size())}).output("y").node(type, {"x"}, {"y"});
  return run(builder, {x});
}

TEST(OnnxOperators, Elementwise) {
  const Values x = {-2, 0.5, 3};
  expect_near(unary("Relu", x), {0, 0.5, 3});
  expect_near(unary("Abs", x), {2, 0.5, 3});
  expect_near(unary("Neg", x), {2, -0.5, -3});
  expect_near(unary("Exp", x), {std::exp(-2), std::exp(0.5), std::exp(3)});
  expect_near(unary("Tanh", x), {std::tanh(-2), std::tanh(0.5), std::tanh(3)});
  expect_near(unary("Sigmoid", x),
              {1 / (1 + std::exp(2)), 1 / (1 + std::exp(-0.5)), 1 / (1 + std::exp(-3))});
  expect_near(unary("Softplus", x),
              {std::log1p(std::exp(-2)), std::log1p(std::exp(0.5)), std::log1p(std::exp(3))});
  expect_near(unary("LeakyRelu", x), {-2 * static_cast<double>(0.01F), 0.5, 3});
  expect_near(unary("Sqrt", {4, 2}), {2, std::sqrt(2)});
  expect_near(unary("Log", {4, 2}), {std::log(4), std::log(2)});
  expect_near(unary("Reciprocal", {4, 3}), {0.25, 1.0 / 3});
  expect_near(unary("Identity", x), x);
  expect_near(unary("Dropout", x), x);
}

Values with_constant(const std::string& type, const Values& x, float c, bool constant_first) {
  OnnxBuilder builder;
  builder.input("x", {-1, static_cast<int64_t>(x.size())}).output("y").floats("c", {}, {c});
  const std::vector<std::string> order =
      constant_first ? std::vector<std::string>{"c", "x"} : std::vector<std::string>{"x", "c"};
  builder.node(type, order, {"y"});
  return run(builder, {x});
}

TEST(OnnxOperators, ArithmeticWithConstants) {
  const Values x = {-2, 0.5};
  for (const float c : {3.0F, 0.25F, 0.3F}) {
    const double d = c;
    expect_near(with_constant("Add", x, c, true), {d - 2, d + 0.5});
    expect_near(with_constant("Sub", x, c, false), {-2 - d, 0.5 - d});
    expect_near(with_constant("Sub", x, c, true), {d + 2, d - 0.5});
    expect_near(with_constant("Mul", x, c, true), {-2 * d, 0.5 * d});
    expect_near(with_constant("Div", x, c, false), {-2 / d, 0.5 / d});
    expect_near(with_constant("Div", x, c, true), {d / -2, d / 0.5});
    expect_near(with_constant("Max", x, c, false), {d, std::max(0.5, d)});
    expect_near(with_constant("Min", x, c, false), {-2, std::min(0.5, d)});
  }
  expect_near(with_constant("Pow", x, 2, false), {4, 0.25});
  expect_near(with_constant("Pow", {4, 9}, 0.5, false), {2, 3});
  expect_near(with_constant("Pow", {4, 16}, -0.5, false), {0.5, 0.25});
}

TEST(OnnxOperators, ArithmeticOfTwoInputsBroadcasts) {
  OnnxBuilder builder;
  builder.input("a", {1, 2, 2}).input("b", {1, 2}).output("y").node("Sub", {"a", "b"}, {"y"});
  expect_near(run(builder, {{1, 2, 3, 4}, {10, 20}}), {-9, -18, -7, -16});
}

TEST(OnnxOperators, ConstantsWithAnEventAxisBroadcast) {
  OnnxBuilder builder;
  builder.input("a", {1, 2})
      .output("y")
      .floats("c", {1, 2}, {10, 20})
      .node("Add", {"a", "c"}, {"y"});
  expect_near(run(builder, {{1, 2}}), {11, 22});
}

TEST(OnnxOperators, ClipInAllItsForms) {
  OnnxBuilder bounds;
  bounds.input("x", {1, 3}).output("y").floats("lo", {}, {-1}).floats("hi", {}, {1});
  bounds.node("Clip", {"x", "lo", "hi"}, {"y"});
  expect_near(run(bounds, {{-2, 0.5, 3}}), {-1, 0.5, 1});
  OnnxBuilder low;
  low.input("x", {1, 3}).output("y").floats("lo", {}, {-1}).node("Clip", {"x", "lo"}, {"y"});
  expect_near(run(low, {{-2, 0.5, 3}}), {-1, 0.5, 3});
  OnnxBuilder high;
  high.input("x", {1, 3}).output("y").floats("hi", {}, {1}).node("Clip", {"x", "", "hi"}, {"y"});
  expect_near(run(high, {{-2, 0.5, 3}}), {-2, 0.5, 1});
  OnnxBuilder old(9);
  old.input("x", {1, 3})
      .output("y")
      .node("Clip", {"x"}, {"y"})
      .with_float("min", 0)
      .with_float("max", 2);
  expect_near(run(old, {{-2, 0.5, 3}}), {0, 0.5, 2});
}

TEST(OnnxOperators, MatMulAddBecomesOneLinear) {
  OnnxBuilder builder;
  builder.input("x", {-1, 2}).output("y").floats("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  builder.floats("b", {3}, {10, 20, 30})
      .node("MatMul", {"x", "w"}, {"p"})
      .node("Add", {"b", "p"}, {"y"});
  expect_near(run(builder, {{1, -1}}), {7, 17, 27});
  const Graph graph = parse_onnx(builder.bytes(), "t.onnx");
  EXPECT_EQ(graph.node(graph.outputs()[0].value).op, Op::kLinear);
  EXPECT_EQ(graph.node(graph.outputs()[0].value).operands.size(), 3U);
}

TEST(OnnxOperators, GemmWithAllAttributes) {
  OnnxBuilder builder;
  builder.input("x", {1, 2}).output("y").floats("w", {3, 2}, {1, 4, 2, 5, 3, 6});
  builder.floats("c", {1}, {10}).node("Gemm", {"x", "w", "c"}, {"y"}).with("transB", int64_t{1});
  builder.with_float("alpha", 0.5).with_float("beta", 2);
  expect_near(run(builder, {{1, -1}}), {18.5, 18.5, 18.5});
}

TEST(OnnxOperators, MatMulOfTwoVariables) {
  OnnxBuilder builder;
  builder.input("a", {1, 2, 2}).input("b", {1, 2, 1}).output("y").node("MatMul", {"a", "b"}, {"y"});
  expect_near(run(builder, {{1, 2, 3, 4}, {5, 6}}), {17, 39});
}

TEST(OnnxOperators, Convolutions) {
  OnnxBuilder one;  // two channels, a kernel of 2, stride 2, padding in front
  one.input("x", {1, 2, 3})
      .output("y")
      .floats("w", {1, 2, 2}, {1, 10, 100, 1000})
      .floats("b", {1}, {0.5});
  one.node("Conv", {"x", "w", "b"}, {"y"}).with("strides", std::vector<int64_t>{2});
  one.with("pads", std::vector<int64_t>{1, 0});
  expect_near(run(one, {{1, 2, 3, 4, 5, 6}}), {10 + 4000 + 0.5, 2 + 30 + 500 + 6000 + 0.5});
  OnnxBuilder depthwise;
  depthwise.input("x", {1, 2, 2, 2}).output("y").floats("w", {2, 1, 1, 2}, {1, 10, 100, 1000});
  depthwise.node("Conv", {"x", "w"}, {"y"}).with("group", int64_t{2});
  expect_near(run(depthwise, {{1, 2, 3, 4, 5, 6, 7, 8}}), {21, 43, 6500, 8700});
  OnnxBuilder same;
  same.input("x", {1, 1, 3}).output("y").floats("w", {1, 1, 2}, {1, 10});
  same.node("Conv", {"x", "w"}, {"y"}).with_text("auto_pad", "SAME_UPPER");
  expect_near(run(same, {{1, 2, 3}}), {21, 32, 3});
}

TEST(OnnxOperators, Pooling) {
  const Values x = {1, 2, 3, 4, 5, 6, 7, 8, -9};
  OnnxBuilder largest;
  largest.input("x", {1, 1, 3, 3}).output("y").node("MaxPool", {"x"}, {"y"});
  largest.with("kernel_shape", std::vector<int64_t>{2, 2})
      .with("strides", std::vector<int64_t>{2, 2});
  largest.with("pads", std::vector<int64_t>{0, 0, 1, 1});
  expect_near(run(largest, {x}), {5, 6, 8, -9});
  OnnxBuilder average;
  average.input("x", {1, 1, 3, 3}).output("y").node("AveragePool", {"x"}, {"y"});
  average.with("kernel_shape", std::vector<int64_t>{2, 2});
  expect_near(run(average, {x}), {3, 4, 6, 2.5});
  OnnxBuilder global;
  global.input("x", {1, 1, 3, 3}).output("y").node("GlobalAveragePool", {"x"}, {"y"});
  expect_near(run(global, {x}), {3});
  OnnxBuilder global_max;
  global_max.input("x", {1, 3, 3}).output("y").node("GlobalMaxPool", {"x"}, {"y"});
  expect_near(run(global_max, {x}), {3, 6, 8});
}

TEST(OnnxOperators, Norms) {
  OnnxBuilder batch;
  batch.input("x", {1, 2, 2}).output("y").floats("g", {2}, {2, 1}).floats("b", {2}, {0, 1});
  batch.floats("m", {2}, {1, 0}).floats("v", {2}, {4, 1});
  batch.node("BatchNormalization", {"x", "g", "b", "m", "v"}, {"y"}).with_float("epsilon", 0);
  expect_near(run(batch, {{1, 3, 5, 7}}), {0, 2, 6, 8});
  OnnxBuilder layer(17);
  layer.input("x", {1, 2, 2}).output("y").floats("g", {2}, {2, 1}).floats("b", {2}, {0, 1});
  layer.node("LayerNormalization", {"x", "g", "b"}, {"y"}).with_float("epsilon", 0);
  expect_near(run(layer, {{1, 3, 5, -7}}), {-2, 2, 2, 0});
}

TEST(OnnxOperators, SoftmaxOfOldAndNewOpsets) {
  const auto soft = [](const Values& x) {
    Values y;
    double sum = 0;
    for (const double v : x) sum += std::exp(v);
    for (const double v : x) y.push_back(std::exp(v) / sum);
    return y;
  };
  expect_near(unary("Softmax", {1, 2, 3}, 9), soft({1, 2, 3}));
  expect_near(unary("Softmax", {1, 2, 3}, 13), soft({1, 2, 3}));
  OnnxBuilder flat(9);  // before opset 13 all axes from `axis` on are one
  flat.input("x", {1, 2, 2}).output("y").node("Softmax", {"x"}, {"y"}).with("axis", int64_t{1});
  expect_near(run(flat, {{1, 2, 3, 4}}), soft({1, 2, 3, 4}));
  OnnxBuilder column(13);
  column.input("x", {1, 2, 2}).output("y").node("Softmax", {"x"}, {"y"}).with("axis", int64_t{1});
  const Values a = soft({1, 3}), b = soft({2, 4});
  expect_near(run(column, {{1, 2, 3, 4}}), {a[0], b[0], a[1], b[1]});
}

TEST(OnnxOperators, Reductions) {
  const auto reduce = [](const std::string& type, int opset, bool keep) {
    OnnxBuilder builder(opset);
    builder.input("x", {1, 2, 3}).output("y").integers("axes", {1}, {-1});
    const bool operand = opset >= 18 || (type == "ReduceSum" && opset >= 13);
    builder.node(type,
                 operand ? std::vector<std::string>{"x", "axes"} : std::vector<std::string>{"x"},
                 {"y"});
    if (!operand) builder.with("axes", std::vector<int64_t>{-1});
    builder.with("keepdims", int64_t{keep});
    return run(builder, {{1, 2, 3, -4, 5, -7}});
  };
  for (const int opset : {11, 13, 18}) {
    expect_near(reduce("ReduceSum", opset, true), {6, -6});
    expect_near(reduce("ReduceMean", opset, false), {2, -2});
    expect_near(reduce("ReduceMax", opset, true), {3, 5});
    expect_near(reduce("ReduceMin", opset, false), {1, -7});
  }
  OnnxBuilder everything;
  everything.input("x", {1, 2, 2}).output("y").node("ReduceMean", {"x"}, {"y"});
  expect_near(run(everything, {{1, 2, 3, 6}}), {3});
}

TEST(OnnxOperators, SelectionsByOrder) {
  OnnxBuilder arg;
  arg.input("x", {1, 4}).output("y").node("ArgMax", {"x"}, {"y"}).with("axis", int64_t{1});
  expect_near(run(arg, {{1, 7, 7, -2}}), {1});
  OnnxBuilder top;
  top.input("x", {1, 4}).output("y").integers("k", {1}, {2}).node("TopK", {"x", "k"}, {"y", "i"});
  expect_near(run(top, {{1, 7, 3, -2}}), {7, 3});
}

TEST(OnnxOperators, ComparisonsAndChoice) {
  OnnxBuilder builder;
  builder.input("a", {1, 3}).input("b", {1, 3}).output("y");
  builder.node("Greater", {"a", "b"}, {"g"})
      .node("Equal", {"a", "b"}, {"e"})
      .node("Or", {"g", "e"}, {"o"});
  builder.node("Not", {"o"}, {"n"})
      .node("GreaterOrEqual", {"a", "b"}, {"ge"})
      .node("And", {"o", "ge"}, {"c"});
  builder.node("Where", {"c", "a", "b"}, {"y"});
  expect_near(run(builder, {{1, 2, 3}, {3, 2, 1}}), {3, 2, 3});
}

TEST(OnnxOperators, MovesOfElements) {
  OnnxBuilder builder;
  builder.input("x", {-1, 2, 3})
      .output("y")
      .integers("starts", {1}, {1})
      .integers("ends", {1}, {INT64_MAX});
  builder.integers("axes", {1}, {-1}).integers("steps", {1}, {1}).integers("pick", {2}, {-1, 0});
  builder.node("Slice", {"x", "starts", "ends", "axes", "steps"}, {"s"});               // 1 2 / 4 5
  builder.node("Transpose", {"s"}, {"t"}).with("perm", std::vector<int64_t>{0, 2, 1});  // 1 4 / 2 5
  builder.node("Gather", {"t", "pick"}, {"g"}).with("axis", int64_t{1});                // 2 5 / 1 4
  builder.node("Concat", {"g", "s"}, {"c"}).with("axis", int64_t{2});  // 2 5 1 2 / 1 4 4 5
  builder.node("Split", {"c"}, {"left", "right"}).with("axis", int64_t{2});
  builder.node("Flatten", {"right"}, {"y"});
  expect_near(run(builder, {{0, 1, 2, 3, 4, 5}}), {1, 2, 4, 5});
}

TEST(OnnxOperators, AddedAxes) {
  OnnxBuilder builder;
  builder.input("x", {1, 3})
      .output("y")
      .integers("axis", {1}, {1})
      .integers("shape", {3}, {1, 2, 3});
  builder.integers("pads", {6}, {0, 0, 1, 0, 1, 0}).integers("last", {1}, {-1});
  builder.node("Unsqueeze", {"x", "axis"}, {"u"}).node("Expand", {"u", "shape"}, {"e"});
  builder.node("Pad", {"e", "pads"}, {"p"})
      .node("ReduceSum", {"p", "last"}, {"y"})
      .with("keepdims", int64_t{0});
  expect_near(run(builder, {{1, 2, 3}}), {6, 6, 0});
}

// As torch exports x.view(x.size(0), -1).
TEST(OnnxOperators, ShapesThatAreComputed) {
  OnnxBuilder builder(11);
  builder.input("x", {-1, 2, 2}).output("y").integers("zero", {}, {0}).integers("open", {1}, {-1});
  builder.node("Shape", {"x"}, {"s"}).node("Gather", {"s", "zero"}, {"n"}).with("axis", int64_t{0});
  builder.node("Unsqueeze", {"n"}, {"u"}).with("axes", std::vector<int64_t>{0});
  builder.node("Concat", {"u", "open"}, {"t"})
      .with("axis", int64_t{0})
      .node("Reshape", {"x", "t"}, {"y"});
  expect_near(run(builder, {{1, 2, 3, 4}}), {1, 2, 3, 4});
  const Graph graph = parse_onnx(builder.bytes(), "t.onnx");
  EXPECT_EQ(graph.shape(graph.outputs()[0].value), Shape{4});
}

// Attention as exporters write it, with the event axis moved through the middle.
TEST(OnnxOperators, EventAxisMayMove) {
  OnnxBuilder builder;
  builder.input("x", {-1, 2, 3})
      .output("y")
      .integers("rows", {2}, {2, 3})
      .integers("back", {3}, {1, 2, 3});
  builder.node("Transpose", {"x"}, {"t"}).with("perm", std::vector<int64_t>{1, 0, 2});
  builder.node("Reshape", {"t", "rows"}, {"r"}).node("Reshape", {"r", "back"}, {"b"});
  builder.node("ReduceSum", {"b", "axes"}, {"y"}).integers("axes", {1}, {1});
  expect_near(run(builder, {{1, 2, 3, 4, 5, 6}}), {5, 7, 9});
}

TEST(OnnxOperators, GeluSpeltOut) {
  const auto gelu = [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2))); };
  for (const bool half_first : {false, true}) {
    OnnxBuilder builder;
    builder.input("x", {1, 3}).output("y").floats("root", {}, {1.41421356F}).floats("one", {}, {1});
    builder.floats("half", {}, {0.5}).node("Div", {"x", "root"}, {"d"}).node("Erf", {"d"}, {"e"});
    builder.node("Add", {"e", "one"}, {"a"});
    if (half_first) {
      builder.node("Mul", {"x", "half"}, {"h"}).node("Mul", {"h", "a"}, {"y"});
    } else {
      builder.node("Mul", {"x", "a"}, {"h"}).node("Mul", {"h", "half"}, {"y"});
    }
    expect_near(run(builder, {{-1, 0.5, 2}}), {gelu(-1), gelu(0.5), gelu(2)});
  }
}

TEST(OnnxOperators, QuantInAllDomains) {
  for (const char* domain : {"finn.custom_op.general", "onnx.brevitas", "qonnx.custom_op.general",
                             "qonnx.custom_op.channels_last"}) {
    OnnxBuilder builder;
    builder.input("x", {1, 4})
        .output("y")
        .floats("s", {}, {0.25})
        .floats("z", {}, {0})
        .floats("b", {}, {3});
    builder.node("Quant", {"x", "s", "z", "b"}, {"y"}, domain).with("signed", int64_t{1});
    builder.with("narrow", int64_t{1}).with_text("rounding_mode", "ROUND");
    expect_near(run(builder, {{0.375, 0.125, 9, -9}}), {0.5, 0, 0.75, -0.75});
  }
}

TEST(OnnxOperators, QuantRoundings) {
  const auto quant = [](const std::string& mode, double x) {
    OnnxBuilder builder;
    builder.input("x", {1, 1})
        .output("y")
        .floats("s", {}, {0.5})
        .floats("z", {}, {0})
        .floats("b", {}, {6});
    builder.node("Quant", {"x", "s", "z", "b"}, {"y"}, "qonnx.custom_op.general")
        .with_text("rounding_mode", mode);
    return run(builder, {{x}})[0];
  };
  for (const auto& [mode, up, down] : {std::tuple{"ROUND", 1.0, -1.0},
                                       {"FLOOR", 0.5, -1.0},
                                       {"ROUND_TO_ZERO", 0.5, -0.5},
                                       {"DOWN", 0.5, -0.5},
                                       {"HALF_EVEN", 1.0, -1.0},
                                       {"HALF_UP", 1.0, -1.0},
                                       {"half_down", 0.5, -0.5}}) {
    EXPECT_EQ(quant(mode, 0.75), up) << mode;
    EXPECT_EQ(quant(mode, -0.75), down) << mode;
  }
}

TEST(OnnxOperators, QuantWithAnyScaleAndZeroPoint) {
  OnnxBuilder builder;
  builder.input("x", {1, 2, 3}).output("y").floats("s", {2, 1}, {0.3F, 0.5F}).floats("z", {}, {1});
  builder.floats("b", {}, {3})
      .node("Quant", {"x", "s", "z", "b"}, {"y"}, "qonnx.custom_op.general");
  builder.with("signed", int64_t{0}).with("narrow", int64_t{1});
  const double s = 0.3F;  // codes 0..6, zero at 1: from -1 to 5 steps
  expect_near(run(builder, {{-9, 0.44, 9, -9, 0.76, 9}}), {-s, s, 5 * s, -0.5, 1, 2.5});
}

TEST(OnnxOperators, BipolarWeightsAndActivations) {
  OnnxBuilder builder;
  builder.input("x", {1, 2}).output("y").floats("s", {}, {0.5}).floats("w", {2, 1}, {-0.1F, 7});
  builder.node("BipolarQuant", {"x", "s"}, {"a"}, "qonnx.custom_op.general");
  builder.node("BipolarQuant", {"w", "s"}, {"q"}, "qonnx.custom_op.general")
      .node("MatMul", {"a", "q"}, {"y"});
  expect_near(run(builder, {{-3, 0}}), {0.5 * 0.5 * (1 + 1)});
}

TEST(OnnxOperators, QuantizeAndDequantizeLinear) {
  OnnxBuilder builder;
  builder.input("x", {1, 2}).output("y").floats("s", {}, {0.1F}).bytes_of_8("z", {}, {3}, false);
  builder.bytes_of_8("w", {2, 2}, {1, -2, 3, -128}, true).floats("ws", {2}, {0.5F, 0.2F});
  builder.bytes_of_8("wz", {2}, {0, 1}, true).node("QuantizeLinear", {"x", "s", "z"}, {"q"});
  builder.node("DequantizeLinear", {"q", "s", "z"}, {"d"})
      .node("DequantizeLinear", {"w", "ws", "wz"}, {"dw"});
  builder.with("axis", int64_t{1}).node("MatMul", {"d", "dw"}, {"y"});
  const double s = 0.1F, t = 0.2F;
  // x/s = 24.9999996 -> 25, and -10 -> -3 at the lower bound of uint8
  expect_near(run(builder, {{2.5, -1}}),
              {0.5 * s * (25 * 1 - 3 * 3), t * s * (25 * -3 - 3 * -129)});
}

TEST(OnnxOperators, AnEventWithoutEventAxis) {
  OnnxBuilder builder;
  builder.input("x", {5, 2}).output("y").node("Relu", {"x"}, {"y"});
  const Graph graph = parse_onnx(builder.bytes(), "t.onnx");
  EXPECT_EQ(graph.shape(0), (Shape{5, 2}));
  EXPECT_EQ(graph.metadata.at("event_axis"), "none");
}

TEST(OnnxOperators, NodesMayComeInAnyOrder) {
  OnnxBuilder unordered;
  unordered.input("x", {1, 2}).output("y").node("Relu", {"a"}, {"y"}).node("Neg", {"x"}, {"a"});
  expect_near(run(unordered, {{1, -2}}), {0, 2});
}

}  // namespace
}  // namespace trigstone
