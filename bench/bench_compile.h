// How long the compiler takes from a model to Verilog text, and what it makes. The netlist is
// compared with the graph interpreter on random events first.
#pragma once

#include <functional>
#include <vector>

#include "base/json.h"
#include "bench/engine_models.h"
#include "lower/lower.h"

namespace trigstone::bench {

struct CompileBenchOptions {
  LowerOptions lower;
  int events = 20;  // compared
};

// Calls row(…) with one object a model:
//   {"name": "compile/dense", "seconds", "luts", "latency_cycles", "stages", "adders", "lut_cost",
//    "effort"}
// `seconds` is processor time of passes, lowering and emitting, `luts` the modelled ones of the
// whole firmware, `stages` the stretches of logic between registers. Returns false when an output
// differed; such a row carries "differs": true alone.
bool bench_compile(const std::vector<BenchModel>& models, const CompileBenchOptions& options,
                   const std::function<void(const OrderedJson&)>& row);

}  // namespace trigstone::bench
