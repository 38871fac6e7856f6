// Models that no one here made, evaluated and compared with goldens that tools/evaluate_onnx.py
// computed in numpy from the ONNX specification. TRIGSTONE_INTEROP names the folder of the files.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/json.h"
#include "base/testing.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/passes.h"
#include "graph/text.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "test_folders.h"

namespace trigstone {
namespace {

Graph run_passes(Graph graph, const std::vector<GraphPass>& passes) {
  for (const GraphPass& pass : passes) graph = pass.run(graph);
  return graph;
}

class OnnxModels : public testing::Test {
 protected:
  void SetUp() override {
    zoo_ = interop_path("models/qonnx_model_zoo");
    if (zoo_.empty()) GTEST_SKIP() << "TRIGSTONE_INTEROP is not set";
  }

  Graph read(const std::string& name) const { return read_onnx(zoo_ / (name + ".onnx")); }
  static Json golden(const std::string& name) {
    return read_json(std::filesystem::path(kSourceFolder) / "tests/golden/onnx" / (name + ".json"));
  }
  // Event `i` of a golden as values for input 0 of `graph`.
  static Tensor event(const Graph& graph, const Json& golden, size_t i) {
    std::vector<double> values;
    for (const int64_t m : golden["mantissas"][i]) {
      values.push_back(std::ldexp(static_cast<double>(m), -golden["fraction_bits"].get<int>()));
    }
    return quantize_input(graph, graph.inputs()[0], values);
  }

  std::filesystem::path zoo_;
};

std::vector<double> reals(const Tensor& x) {
  if (!x.is_fixed()) return x.reals;
  std::vector<double> values;
  for (const int64_t m : x.mantissas) values.push_back(x.format->to_real(m));
  return values;
}

TEST_F(OnnxModels, JetTaggerAsRead) {
  const Graph graph = read("qkeras_jettagging");
  EXPECT_EQ(graph.shape(graph.inputs()[0]), Shape{16});
  const Json expected = golden("qkeras_jettagging");
  for (size_t i = 0; i < expected["mantissas"].size(); ++i) {
    const auto scores = reals(interpret(graph, {event(graph, expected, i)})[0]);
    for (size_t k = 0; k < scores.size(); ++k) {
      // Only the softmax rounds: every number before it is a short binary fraction.
      EXPECT_NEAR(scores[k], expected["outputs"][i][k].get<double>(), 1e-12);
    }
  }
}

TEST_F(OnnxModels, JetTaggerForHardware) {
  const Graph read_graph = read("qkeras_jettagging");
  const Graph graph = run_passes(read_graph, hardware_passes(evaluate_constant));
  EXPECT_TRUE(verify_quantised(graph).empty()) << verify_quantised(graph).errors()[0].what();
  EXPECT_EQ(graph.metadata.at("cut_head"), "Softmax_0");
  // The scores before the cut softmax: with it put back, the numbers are those of ONNX.
  Graph whole = graph;
  const ValueId soft =
      whole.add(Op::kSoftmax, {whole.outputs()[0].value}, {{"axis", int64_t{0}}}, "soft");
  whole = with_outputs(whole, {soft});
  const Json expected = golden("qkeras_jettagging");
  for (size_t i = 0; i < expected["mantissas"].size(); ++i) {
    const auto scores = reals(interpret(whole, {event(whole, expected, i)})[0]);
    for (size_t k = 0; k < scores.size(); ++k) {
      EXPECT_NEAR(scores[k], expected["outputs"][i][k].get<double>(), 1e-12);
    }
  }
}

// The scales and batch norms of these are arbitrary reals; hardware gets thresholds.
class ScaledModels : public OnnxModels, public testing::WithParamInterface<const char*> {};

TEST_P(ScaledModels, AsRead) {
  const Graph graph = read(GetParam());
  const Json expected = golden(GetParam());
  for (size_t i = 0; i < expected["mantissas"].size(); ++i) {
    const auto scores = reals(interpret(graph, {event(graph, expected, i)})[0]);
    ASSERT_EQ(scores.size(), expected["outputs"][i].size());
    for (size_t k = 0; k < scores.size(); ++k) {
      EXPECT_NEAR(scores[k], expected["outputs"][i][k].get<double>(), 1e-9);
    }
  }
}

TEST_P(ScaledModels, ForHardware) {
  const std::string name = GetParam();
  const bool keywords = name == "kwsmlp_w3a3";
  HardwareOptions options;
  options.input_format = parse_format(keywords ? "<14,8>" : "<9,1>", "test");  // the golden's grid
  const Graph graph = run_passes(read(name), hardware_passes(evaluate_constant, options));
  EXPECT_TRUE(verify_quantised(graph).empty()) << verify_quantised(graph).errors()[0].what();
  // What was cut is increasing and affine: real score = gain * integer + offset.
  const double gain = keywords ? static_cast<double>(0.14285715F) * 0.081027112901210785
                               : 1.0 / std::sqrt(346.1242980957031) * 0.8196240067481995;
  const Json expected = golden(name);
  for (size_t i = 0; i < expected["mantissas"].size(); ++i) {
    const auto scores = reals(interpret(graph, {event(graph, expected, i)})[0]);
    const auto& golden_scores = expected["outputs"][i];
    ASSERT_EQ(scores.size(), golden_scores.size());
    for (size_t k = 0; k < scores.size(); ++k) {
      // Differences of integers, so that the offset drops out; a wrong integer would be off by
      // gain.
      EXPECT_NEAR((scores[k] - scores[0]) * gain,
                  golden_scores[k].get<double>() - golden_scores[0].get<double>(), gain * 1e-3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, ScaledModels, testing::Values("TFC_2W2A", "kwsmlp_w3a3"));

TEST_F(OnnxModels, RoundTrip) {
  for (const char* name : {"qkeras_jettagging", "TFC_2W2A", "kwsmlp_w3a3"}) {
    const Graph graph = read(name);
    EXPECT_EQ(to_text(parse_onnx(onnx_bytes(graph), name)), to_text(graph));
  }
}

}  // namespace
}  // namespace trigstone
