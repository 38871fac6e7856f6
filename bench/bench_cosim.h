// How long simulators take to build the emitted Verilog or VHDL, and how many events a second they
// run. The outputs and their clocks are compared with the interpreter first.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "bench/engine_models.h"

namespace trigstone::bench {

struct CosimBenchOptions {
  std::vector<std::string> simulators = {"verilator", "icarus", "ghdl"};
  double seconds = 1;      // simulate for so long, or
  int most_events = 4096;  // so many events
};

// Calls row(…) with one object a model and simulator:
//   {"name": "cosim/dense", "simulator": "verilator", "latency_cycles", "ii", "events",
//    "build_seconds", "events_per_second"}
// `build_seconds` is the time until the first event has been answered, on the wall. Returns false
// when an output or a clock differed; such a row carries "differs": true instead of times.
// Throws Error when a simulator is unknown or missing.
bool bench_cosim(const std::vector<BenchModel>& models, const CosimBenchOptions& options,
                 const std::function<void(const OrderedJson&)>& row);

}  // namespace trigstone::bench
