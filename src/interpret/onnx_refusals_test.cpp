// What the ONNX reader refuses, how it says so, and that damage of a file never does worse.
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "base/random.h"
#include "graph/onnx_reader.h"
#include "graph/verify_graph.h"
#include "interpret/onnx_builder.h"

namespace trigstone {
namespace {

std::string refusal(const OnnxBuilder& builder) {
  try {
    parse_onnx(builder.bytes(), "t.onnx");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(OnnxRefusals, UnknownOperatorsAreNamedWithTheSupportedOnes) {
  OnnxBuilder builder;
  builder.input("x", {1, 2}).output("y").node("LSTM", {"x"}, {"y"});
  const std::string text = refusal(builder);
  EXPECT_NE(
      text.find("t.onnx:node 'LSTM_y': error: operator 'LSTM' is not supported — supported are "
                "Abs, Add"),
      std::string::npos)
      << text;
  OnnxBuilder foreign;
  foreign.input("x", {1, 2}).output("y").node("FusedGelu", {"x"}, {"y"}, "com.microsoft");
  EXPECT_NE(refusal(foreign).find("operator 'com.microsoft.FusedGelu' is not supported"),
            std::string::npos);
  OnnxBuilder trunc;
  trunc.input("x", {1, 2}).output("y").node("Trunc", {"x"}, {"y"}, "qonnx.custom_op.general");
  EXPECT_NE(refusal(trunc).find("operator 'Trunc' is not supported"), std::string::npos);
}

TEST(OnnxRefusals, RoundingModesThatNoFormatHas) {
  OnnxBuilder ceil;
  ceil.input("x", {1, 1})
      .output("y")
      .floats("s", {}, {1})
      .floats("z", {}, {0})
      .floats("b", {}, {6});
  ceil.node("Quant", {"x", "s", "z", "b"}, {"y"}, "onnx.brevitas")
      .with_text("rounding_mode", "CEIL");
  EXPECT_NE(refusal(ceil).find("rounding mode 'CEIL' is not supported"), std::string::npos);
}

TEST(OnnxRefusals, BrokenGraphs) {
  OnnxBuilder missing;
  missing.input("x", {1, 2}).output("y").node("Add", {"x", "ghost"}, {"y"});
  EXPECT_NE(refusal(missing).find("t.onnx:node 'Add_y': error: operand 'ghost' is not computed"),
            std::string::npos);
  OnnxBuilder cycle;
  cycle.input("x", {1, 2}).output("y").node("Add", {"x", "b"}, {"a"}).node("Relu", {"a"}, {"b"});
  cycle.node("Relu", {"b"}, {"y"});
  EXPECT_NE(refusal(cycle).find("is part of a cycle"), std::string::npos);
  OnnxBuilder twice;
  twice.input("x", {1, 2}).output("y").node("Relu", {"x"}, {"y"}).node("Relu", {"x"}, {"y"});
  EXPECT_NE(refusal(twice).find("value 'y' is computed twice"), std::string::npos);
  OnnxBuilder lost;
  lost.input("x", {1, 2}).output("z").node("Relu", {"x"}, {"y"});
  EXPECT_NE(refusal(lost).find("output 'z' is not computed"), std::string::npos);
}

TEST(OnnxRefusals, FilesThatAreNotModels) {
  EXPECT_THROW(parse_onnx("", "empty.onnx"), Error);
  EXPECT_THROW(parse_onnx("no protobuf at all", "text.onnx"), Error);
  OnnxBuilder no_opset;
  no_opset.input("x", {1, 2}).output("y").node("Relu", {"x"}, {"y"});
  no_opset.model().clear_opset_import();
  EXPECT_NE(refusal(no_opset).find("states no opset"), std::string::npos);
  OnnxBuilder old(5);
  old.input("x", {1, 2}).output("y").node("Relu", {"x"}, {"y"});
  EXPECT_NE(refusal(old).find("opset 5 is older than 7"), std::string::npos);
  OnnxBuilder newer;
  newer.input("x", {1, 2}).output("y").node("Relu", {"x"}, {"y"});
  newer.model().set_ir_version(99);
  EXPECT_NE(refusal(newer).find("is of ONNX format 99"), std::string::npos);
}

TEST(OnnxRefusals, TensorsThatCannotBeRead) {
  const auto with_tensor = [](const std::function<void(onnx::TensorProto&)>& damage) {
    OnnxBuilder builder;
    builder.input("x", {1, 2})
        .output("y")
        .floats("w", {2, 2}, {1, 2, 3, 4})
        .node("MatMul", {"x", "w"}, {"y"});
    damage(*builder.model().mutable_graph()->mutable_initializer(0));
    return refusal(builder);
  };
  EXPECT_NE(with_tensor([](auto& t) {
              t.set_data_location(onnx::TensorProto::EXTERNAL);
            }).find("t.onnx:tensor 'w': error: keeps its numbers in another file"),
            std::string::npos);
  EXPECT_NE(with_tensor([](auto& t) { t.set_dims(0, 1LL << 62); }).find("is not possible here"),
            std::string::npos);
  EXPECT_NE(with_tensor([](auto& t) { t.set_dims(0, -2); }).find("is not possible here"),
            std::string::npos);
  EXPECT_NE(
      with_tensor([](auto& t) { t.set_dims(0, 3); }).find("holds 4 numbers, its shape needs 6"),
      std::string::npos);
  EXPECT_NE(with_tensor([](auto& t) {
              t.set_data_type(onnx::TensorProto::COMPLEX64);
            }).find("is not supported"),
            std::string::npos);
  EXPECT_NE(with_tensor([](auto& t) { t.set_float_data(0, NAN); }).find("not finite"),
            std::string::npos);
}

TEST(OnnxRefusals, ShapesThatAreNotKnown) {
  OnnxBuilder open;
  open.input("x", {-1, -1}).output("y").node("Relu", {"x"}, {"y"});
  EXPECT_NE(refusal(open).find("t.onnx:input 'x': error: the extent of axis 1 is not known"),
            std::string::npos);
  OnnxBuilder huge;
  huge.input("x", {1, 1LL << 40}).output("y").node("Relu", {"x"}, {"y"});
  EXPECT_NE(refusal(huge).find("is not possible here"), std::string::npos);
  OnnxBuilder misfit;
  misfit.input("x", {1, 3})
      .output("y")
      .floats("w", {2, 2}, {1, 2, 3, 4})
      .node("MatMul", {"x", "w"}, {"y"});
  EXPECT_NE(
      refusal(misfit).find("t.onnx:node 'MatMul_y': error: x [3] and weights [2,2] do not fit"),
      std::string::npos);
}

// --- damage: a file ends in an Error or in a valid graph, never in anything else

// A model with many operators, so that a flipped byte meets all kinds of code.
OnnxBuilder crowded() {
  OnnxBuilder b(11);
  b.input("x", {-1, 2, 4, 4})
      .output("y")
      .output("z")
      .floats("w", {2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  b.node("Conv", {"x", "w"}, {"c"})
      .with("group", int64_t{2})
      .with("pads", std::vector<int64_t>{1, 0, 0, 1});
  b.floats("g", {2}, {1, 2})
      .floats("v", {2}, {1, 2})
      .node("BatchNormalization", {"c", "g", "g", "g", "v"}, {"n"});
  b.floats("s", {2, 1, 1}, {0.5, 0.3F}).floats("zp", {}, {0}).floats("bits", {}, {4});
  b.node("Quant", {"n", "s", "zp", "bits"}, {"q"}, "onnx.brevitas").with("signed", int64_t{1});
  b.node("MaxPool", {"q"}, {"m"})
      .with("kernel_shape", std::vector<int64_t>{2, 2})
      .with("strides", std::vector<int64_t>{2, 2});
  b.node("Shape", {"m"}, {"shape"}).integers("first", {}, {0}).integers("open", {1}, {-1});
  b.node("Gather", {"shape", "first"}, {"n0"})
      .node("Unsqueeze", {"n0"}, {"n1"})
      .with("axes", std::vector<int64_t>{0});
  b.node("Concat", {"n1", "open"}, {"to"})
      .with("axis", int64_t{0})
      .node("Reshape", {"m", "to"}, {"flat"});
  b.floats("dense", {8, 3}, std::vector<float>(24, 0.25F)).floats("bias", {3}, {1, 2, 3});
  b.node("Gemm", {"flat", "dense", "bias"}, {"logits"}).with_float("alpha", 0.5);
  b.node("Softmax", {"logits"}, {"y"}).with("axis", int64_t{1});
  b.integers("starts", {1}, {1}).integers("ends", {1}, {3}).integers("axes", {1}, {3});
  b.node("Slice", {"q", "starts", "ends", "axes"}, {"part"})
      .node("ReduceMean", {"part"}, {"mean"})
      .with("axes", std::vector<int64_t>{1, 2});
  b.node("Transpose", {"mean"}, {"t"})
      .with("perm", std::vector<int64_t>{0, 3, 1, 2})
      .node("Clip", {"t"}, {"z"})
      .with_float("min", 0);
  return b;
}

TEST(OnnxDamage, FilesOfOthersNeverCrash) {
  const std::string bytes = crowded().bytes();
  parse_onnx(bytes, "whole.onnx");
  Random random(17);
  int refused = 0;
  for (int trial = 0; trial < 5000; ++trial) {
    std::string broken = bytes;
    if (random.chance(0.1)) broken.resize(random.bits() % broken.size());
    for (int64_t n = random.integer(1, 3); n > 0 && !broken.empty(); --n) {
      broken[random.bits() % broken.size()] = static_cast<char>(random.integer(0, 255));
    }
    try {
      const Graph graph = parse_onnx(broken, "fuzz.onnx");
      EXPECT_TRUE(verify(graph).empty());
    } catch (const Error& error) {
      EXPECT_TRUE(error.where().starts_with("fuzz.onnx")) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 1250);
}

}  // namespace
}  // namespace trigstone
