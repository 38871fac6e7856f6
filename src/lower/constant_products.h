// Adder graphs written into a module: products with constants.
#pragma once

#include <vector>

#include "lower/adder_graph.h"
#include "lower/node_cells.h"

namespace trigstone {

// y_j = sum_i M[i][j] x_i for cells on one grid; the result's grid is finer by `matrix_fraction`.
std::vector<CellId> write_products(ModuleBuilder& builder, const AdderGraph& graph,
                                   const std::vector<CellId>& x, int matrix_fraction);

// The intervals of cells, for solve().
std::vector<Interval> ranges_of(const ModuleBuilder& builder, const std::vector<CellId>& cells);

std::vector<CellId> lower_linear(NodeContext& context, const LocalTensor& x);
std::vector<CellId> lower_conv(NodeContext& context, const LocalTensor& x);
std::vector<CellId> lower_matmul(NodeContext& context, const LocalTensor& a, const LocalTensor& b);
// a * b; adders instead of a multiplier when one of them is constant.
CellId multiply(NodeContext& context, CellId a, CellId b);

}  // namespace trigstone
