// Adder graphs written into a module: products with constants.
#pragma once

#include <vector>

#include "lower/adder_graph.h"
#include "lower/node_cells.h"

namespace trigstone {

std::vector<CellId> lower_linear(NodeContext& context, const LocalTensor& x);
std::vector<CellId> lower_conv(NodeContext& context, const LocalTensor& x);
std::vector<CellId> lower_matmul(NodeContext& context, const LocalTensor& a, const LocalTensor& b);
// a * b; adders instead of a multiplier when one of them is constant.
CellId multiply(NodeContext& context, CellId a, CellId b);

}  // namespace trigstone
