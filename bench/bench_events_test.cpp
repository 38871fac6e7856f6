#include "bench/bench_events.h"

#include <gtest/gtest.h>

#include "events/event_testing.h"

namespace trigstone {
namespace {

TEST(BenchEvents, RowsSayWhatWasMeasured) {
  std::vector<OrderedJson> rows;
  const bool equal = bench::bench_events(
      {.pileup = {0, 20}, .threads = {1, 2}, .seconds = 0.05, .sample = sample_folder()},
      [&](const OrderedJson& row) { rows.push_back(row); });
  EXPECT_TRUE(equal);
  ASSERT_EQ(rows.size(), 4U);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["name"], "events/overlay");
    EXPECT_EQ(rows[i]["pileup"], i < 2 ? 0 : 20);
    EXPECT_EQ(rows[i]["threads"], i % 2 == 0 ? 1 : 2);
    EXPECT_GT(rows[i]["events"].get<int64_t>(), 0);
    EXPECT_GT(rows[i]["events_per_second"].get<double>(), 0);
    EXPECT_GT(rows[i]["memory_mb"].get<double>(), 10);
  }
  // Twenty collisions cost more than one.
  EXPECT_GT(rows[2]["cpu_ms_per_event"].get<double>(), rows[0]["cpu_ms_per_event"].get<double>());
}

}  // namespace
}  // namespace trigstone
