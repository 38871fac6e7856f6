// Products with a constant matrix, solved once and written wherever they are needed: out of adders
// with two operands or with three.
#pragma once

#include <map>
#include <variant>
#include <vector>

#include "lower/adder_graph.h"
#include "lower/ternary_graph.h"
#include "netlist/netlist.h"

namespace trigstone {

class SolvedProducts {
 public:
  // Arguments and errors of solve(); `ternary`: out of adders with two and three operands.
  SolvedProducts(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                 const AdderGraphOptions& options, bool ternary);

  // Of the cheapest graphs found, whichever is written; adders and depth are those of the written
  // one.
  const AdderGraphCost& cost() const { return cost_; }

  // y_j = sum_i M[i][j] x_i for cells on one grid; the result's grid is finer by `matrix_fraction`.
  std::vector<CellId> write(ModuleBuilder& builder, const std::vector<CellId>& x,
                            int matrix_fraction) const;

 private:
  std::variant<AdderGraph, TernaryGraph> graph_;
  AdderGraphCost cost_;
};

// Solves what it has not solved before.
class ProductSolver {
 public:
  // Arguments and errors of SolvedProducts. The result stays where it is.
  const SolvedProducts& solve(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                              const AdderGraphOptions& options, bool ternary);

 private:
  std::map<std::vector<Int128>, SolvedProducts> known_;
};

// The intervals of cells.
std::vector<Interval> ranges_of(const ModuleBuilder& builder, const std::vector<CellId>& cells);

}  // namespace trigstone
