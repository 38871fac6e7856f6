// Checks every rule a graph must obey; run after each pass in debug builds and on every file read.
#pragma once

#include "base/error.h"
#include "graph/graph.h"

namespace trigstone {

// Gathers all broken rules: operands before readers, types equal to inferred ones, unique names,
// data sizes, outputs present.
Diagnostics verify(const Graph& graph);

// The further rules of a graph that can be compiled: every input has a format, no composite, no
// real value reaches an output, weights of linear/conv constant.
Diagnostics verify_quantised(const Graph& graph);

}  // namespace trigstone
