// sort and topk as networks of exchanges.
#pragma once

#include <vector>

#include "lower/node_cells.h"

namespace trigstone {

// Runs that are known to be in order are merged instead of sorted: those that the graph shows
// (`KnownOrder`), and those that the node names (`runs`), whose numbers then pass a chain of
// minima, which gives runs out of order their defined result. What topk does not ask for is dead
// and dropped.
std::vector<CellId> lower_sorted(NodeContext& context, const LocalTensor& x);

}  // namespace trigstone
