// sort and topk as networks of exchanges.
#pragma once

#include <vector>

#include "lower/node_cells.h"

namespace trigstone {

// Runs that are known to be in order are merged instead of sorted (`KnownOrder`); what topk does
// not ask for is dead and dropped.
std::vector<CellId> lower_sorted(NodeContext& context, const LocalTensor& x);

}  // namespace trigstone
