// Products of bits: weights of one magnitude, inputs of two values.
//
//   y_j = sum_i w_ij x_i, w_ij = +-w, x_i = low + (high - low) b_i
//       = w (high - low) * (number of i where b_i agrees with the sign of w_ij) + a constant
//
// Six inputs make an index, a table counts the agreements; outputs with the same signs there, or
// all of them turned round, share it.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "lower/adder_graph.h"
#include "lower/constant_data.h"
#include "netlist/netlist.h"

namespace trigstone {

// The two mantissas that all elements of a value take, the smaller first, when the graph tells that
// there are but two: formats of one bit, comparisons, tables and choices of two numbers, and what
// becomes of them by a shift, a sum or a product with one constant.
struct TwoValues {
  int64_t low = 0, high = 1;
  bool operator==(const TwoValues&) const = default;
};
std::optional<TwoValues> two_values(const Graph& graph, ConstantData& constants, ValueId id);

// What strategy kXnor needs of a linear or conv. Throws Error at the node when it does not have it.
TwoValues xnor_input(const Graph& graph, ConstantData& constants, const Node& node);
bool fits_xnor(const Graph& graph, const Node& node);

// y_j = sum_i M[i][j] x_i for cells on one grid that are constants or take `values`; entries beside
// the latter are +-w. The result's grid is finer by `matrix_fraction`.
std::vector<CellId> write_xnor_products(ModuleBuilder& builder, const IntegerMatrix& matrix,
                                        const std::vector<CellId>& x, TwoValues values,
                                        int matrix_fraction);

}  // namespace trigstone
