// Products in DSP slices.
//
// A DSP48E2 multiplies 27 by 18 bits. Two outputs of a matrix share the slices of their sums:
//
//   sum_i x_i * (w1_i * 2^k + w0_i)  =  y1 * 2^k + y0, y0 in its low k bits with sign
//
// so one product serves two weights, one adder tree two sums, and y1 is what is above the low bits,
// plus one when they are negative. k holds every y0; pairs whose joint weights leave 27 bits stay
// apart. Up to `longest_chain` products are added in the slices themselves, one clock after the
// other; LUTs add what comes out of those chains, four levels or so a clock.
#pragma once

#include <vector>

#include "lower/adder_graph.h"
#include "netlist/netlist.h"

namespace trigstone {

// a * b; operands beyond the ports of a slice are cut into tiles whose products are added.
CellId dsp_product(ModuleBuilder& builder, CellId a, CellId b);

// Their sum, in an order whose adders fit the slices. A chain holds two products or more.
CellId sum_of_dsp_products(ModuleBuilder& builder, const std::vector<CellId>& products,
                           int longest_chain);

// y_j = sum_i M[i][j] x_i for cells on one grid; the result's grid is finer by `matrix_fraction`.
std::vector<CellId> write_dsp_products(ModuleBuilder& builder, const IntegerMatrix& matrix,
                                       const std::vector<CellId>& x, int matrix_fraction,
                                       int longest_chain);

}  // namespace trigstone
