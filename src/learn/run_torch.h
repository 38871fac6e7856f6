// The face of torch evaluation for rooms that must not include torch: conformance and `verify`.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace trigstone {

// Outputs of each event, in the order of graph.outputs(); `events` hold the inputs in the order of
// graph.inputs(), as for interpret(), whose results these equal bit for bit where they are fixed.
// Real values are computed in double. Throws Error at the node that torch cannot compute exactly.
std::vector<std::vector<Tensor>> run_torch(const Graph& graph,
                                           const std::vector<std::vector<Tensor>>& events);

// Events a second that the same computation takes without the conversions around it: `events` as
// one batch, again and again for about `seconds`, on `threads` threads.
double time_torch(const Graph& graph, const std::vector<std::vector<Tensor>>& events, int threads,
                  double seconds);

}  // namespace trigstone
