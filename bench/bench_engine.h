// How many events a second the fast engine runs. Each row is compared with the interpreter first.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "engine/isa.h"
#include "graph/graph.h"

namespace trigstone::bench {

// Another way to run a graph, timed beside the engine; from rooms that `bench` must not know.
struct OtherEngine {
  using Events = std::vector<std::vector<Tensor>>;
  std::string name;  // in the place of the instruction set
  std::function<Events(const Graph&, const Events&)> run;
  // Events a second.
  std::function<double(const Graph&, const Events&, int threads, double seconds)> rate;
};

struct EngineBenchOptions {
  std::vector<std::string> models;  // empty: all
  std::vector<Isa> isas;            // empty: all this processor has
  std::vector<int> threads;         // empty: one, and all when there are more
  double seconds = 0.5;             // of each measurement
  std::optional<std::filesystem::path> matrices;
  std::optional<std::filesystem::path> save;  // folder that gets the models as NAME.graph.txt
  std::vector<OtherEngine> others;            // timed when no instruction set is asked for
};

// Calls row(…) with one object a measurement:
//   {"name": "engine/dense", "isa": "avx2", "threads": 1, "events_per_second": …,
//    "int8_peak_fraction": …, "products_per_event": …, "int8_peak": products a second,
//    "equal_events": compared first, "memory_bytes": …}
// The rate is the fastest batch's: other work on the machine can only slow a batch down. Of one
// thread, processor time counts, of several the clock on the wall.
// Throws Error for unknown names. Returns false when an engine differed from the interpreter; such
// a row carries "differs": true and no rate.
bool bench_engine(const EngineBenchOptions& options,
                  const std::function<void(const OrderedJson&)>& row);

}  // namespace trigstone::bench
