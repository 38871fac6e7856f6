#include "bench/bench_engine.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "interpret/interpret_graph.h"

namespace trigstone::bench {
namespace {

TEST(BenchEngine, EveryRowIsEqualAndHasARate) {
  EngineBenchOptions options;
  options.seconds = 0.01;
  options.threads = {1};
  int rows = 0;
  EXPECT_TRUE(bench_engine(options, [&](const OrderedJson& row) {
    ++rows;
    EXPECT_GT(row.at("events_per_second").get<double>(), 0);
    EXPECT_GT(row.at("int8_peak_fraction").get<double>(), 0);
    EXPECT_GE(row.at("equal_events").get<int64_t>(), 2);
  }));
  EXPECT_EQ(rows, 4 * static_cast<int>(supported_isas().size()));
}

// One that answers wrongly gets no rate.
TEST(BenchEngine, ComparesOtherEnginesFirst) {
  EngineBenchOptions options;
  options.seconds = 0.01;
  options.threads = {1};
  options.models = {"dense"};
  const auto rate = [](const Graph&, const OtherEngine::Events&, int, double) { return 7.0; };
  const auto right = [](const Graph& graph, const OtherEngine::Events& events) {
    OtherEngine::Events outputs;
    for (const auto& event : events) outputs.push_back(interpret(graph, event));
    return outputs;
  };
  const auto wrong = [&](const Graph& graph, const OtherEngine::Events& events) {
    OtherEngine::Events outputs = right(graph, events);
    ++outputs.back()[0].mantissas[0];
    return outputs;
  };
  options.others = {{"right", right, rate}, {"wrong", wrong, rate}};
  std::vector<OrderedJson> rows;
  EXPECT_FALSE(bench_engine(options, [&](const OrderedJson& row) { rows.push_back(row); }));
  ASSERT_GE(rows.size(), 2U);
  EXPECT_TRUE(rows.back().contains("differs"));
  EXPECT_FALSE(rows.back().contains("events_per_second"));
  const OrderedJson& good = rows[rows.size() - 2];
  EXPECT_EQ(good.at("isa"), "right");
  EXPECT_EQ(good.at("events_per_second"), 7.0);
  EXPECT_GT(good.at("int8_peak_fraction").get<double>(), 0);
}

TEST(BenchEngine, RefusesUnknownModels) {
  EngineBenchOptions options;
  options.models = {"resnet"};
  EXPECT_THROW(bench_engine(options, [](const OrderedJson&) {}), Error);
}

}  // namespace
}  // namespace trigstone::bench
