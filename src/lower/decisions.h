// Nodes that compare and choose: thresholds, extremes and their places, trees.
#pragma once

#include <vector>

#include "lower/node_cells.h"

namespace trigstone {

std::vector<CellId> lower_thresholds(NodeContext& context, const LocalTensor& x);
std::vector<CellId> lower_arg_extreme(NodeContext& context, const std::vector<LocalTensor>& x);
std::vector<CellId> lower_trees(NodeContext& context, const LocalTensor& x);

}  // namespace trigstone
