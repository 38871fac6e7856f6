#include "bench/bench_engine.h"

#include <gtest/gtest.h>

#include "base/error.h"

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

TEST(BenchEngine, RefusesUnknownModels) {
  EngineBenchOptions options;
  options.models = {"resnet"};
  EXPECT_THROW(bench_engine(options, [](const OrderedJson&) {}), Error);
}

}  // namespace
}  // namespace trigstone::bench
