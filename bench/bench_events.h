// How fast crossings are made from a library: overlay, detector response and tokens.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "base/json.h"

namespace trigstone::bench {

struct EventsBenchOptions {
  std::vector<double> pileup = {0, 60, 140, 200};
  std::vector<int> threads;  // empty: one, and all there are
  double seconds = 1;        // of each measurement
  std::filesystem::path sample = "data";
};

// Calls row(…) with one object a number of collisions and threads:
//   {"name": "events/overlay", "pileup", "threads", "events", "events_per_second",
//    "cpu_ms_per_event", "memory_mb"}
// Time on the clock gives the rate, processor time the cost: on a busy machine only the second
// means something. `memory_mb` is the largest the process has been. First the same events are made
// on one and on several threads and compared. Returns false when they differ; such a row carries
// "differs": true.
bool bench_events(const EventsBenchOptions& options,
                  const std::function<void(const OrderedJson&)>& row);

}  // namespace trigstone::bench
