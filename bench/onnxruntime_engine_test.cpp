// ONNX's integer operators compute the same function: in ONNX Runtime itself, on every model of the
// benchmark and on quantisers of every kind that has such a form.
#include "bench/onnxruntime_engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "base/random.h"
#include "bench/engine_models.h"
#include "bench/integer_onnx.h"
#include "graph/text.h"
#include "interpret/interpret_graph.h"
#include "test_folders.h"

namespace trigstone::bench {
namespace {

// The Python that ./dev test equips, else the machine's own.
std::optional<OtherEngine> test_engine() {
  const std::string python = std::string(kSourceFolder) + "/build/venv/bin/python";
  auto engine = onnxruntime_engine(std::filesystem::exists(python) ? python : "python3");
  if (!engine) {
    EXPECT_EQ(std::getenv("CI"), nullptr) << "onnxruntime is not installed";
  }
  return engine;
}

OtherEngine::Events random_events(const Graph& graph, int64_t count) {
  Random random(5);
  OtherEngine::Events events(static_cast<size_t>(count));
  for (auto& event : events) {
    for (const ValueId id : graph.inputs()) {
      const Format& format = *graph.type(id).format;
      std::vector<int64_t> mantissas;
      for (int64_t i = 0; i < element_count(graph.shape(id)); ++i) {
        const bool edge = random.chance(0.1);
        mantissas.push_back(!edge ? random.integer(format.min_mantissa(), format.max_mantissa())
                            : random.chance(0.5) ? format.min_mantissa()
                                                 : format.max_mantissa());
      }
      event.push_back({graph.shape(id), format, std::move(mantissas), {}});
    }
  }
  return events;
}

void expect_equal(const OtherEngine& engine, const Graph& graph, int64_t count,
                  const std::string& what) {
  const auto events = random_events(graph, count);
  const auto found = engine.run(graph, events);
  ASSERT_EQ(found.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(found[i], interpret(graph, events[i])) << what << ", event " << i;
  }
}

TEST(OnnxRuntimeEngine, EqualsTheInterpreterOnEveryModel) {
  const auto engine = test_engine();
  if (!engine) GTEST_SKIP();
  for (const std::string& name : engine_model_names()) {
    const BenchModel model = engine_model(name, {});
    expect_equal(*engine, model.graph, model.products > 100'000 ? 3 : 200, name);
  }
  const BenchModel dense = engine_model("dense", {});
  EXPECT_GT(engine->rate(dense.graph, random_events(dense.graph, 64), 1, 0.01), 0);
}

// Each from <12,7>, so that values lie beyond the format on both sides.
TEST(OnnxRuntimeEngine, EqualsTheInterpreterOnQuantisers) {
  const auto engine = test_engine();
  if (!engine) GTEST_SKIP();
  std::string text =
      "trigstone.graph/1 \"quantisers\"\n"
      "%0 \"x\" = input() {format = <12,7>, shape = [64]} : <12,7>[64]\n";
  std::string outputs;
  int count = 0;
  for (const auto& [type, modes] :
       std::vector<std::pair<const char*, const char*>>{{"<8,3>", ""},
                                                        {"u<8,3>", ""},
                                                        {"<8,3>", ",RND,SAT"},
                                                        {"u<8,3>", ",RND,SAT"},
                                                        {"<6,3>", ",TRN,SAT"},
                                                        {"u<4,2>", ",RND,SAT"},
                                                        {"<16,9>", ",RND,SAT"},
                                                        {"u<16,9>", ",TRN,SAT"},
                                                        {"<8,5>", ",RND"},
                                                        {"u<8,2>", ",RND"}}) {
    ++count;
    const std::string open(type, std::strlen(type) - 1);
    text += fmt::format("%{0} \"q{0}\" = quant(%0) {{formats = {1}{2}>}} : {1}>[64]\n", count, open,
                        modes);
    outputs += fmt::format("output \"y{0}\" = %{0}\n", count);
  }
  const Graph graph = parse_graph(text + outputs, "quantisers");
  expect_equal(*engine, graph, 100, "quantisers");
}

TEST(OnnxRuntimeEngine, IsNothingWhereThereIsNone) {
  EXPECT_FALSE(onnxruntime_engine("no_such_python").has_value());
  EXPECT_FALSE(onnxruntime_engine("false").has_value());
}

}  // namespace
}  // namespace trigstone::bench
