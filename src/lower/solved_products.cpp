#include "lower/solved_products.h"

#include <algorithm>

namespace trigstone {

namespace {

// A shift is a binary point elsewhere: the builder takes it into the adder.
CellId shifted(ModuleBuilder& builder, CellId id, int shift) { return builder.relabel(id, -shift); }

CellId write_adder(ModuleBuilder& builder, const std::vector<CellId>& values,
                   const AdderGraph::Adder& adder) {
  const CellId a =
      shifted(builder, values[static_cast<size_t>(adder.a)], std::max(0, -adder.shift));
  const CellId b = shifted(builder, values[static_cast<size_t>(adder.b)], std::max(0, adder.shift));
  return adder.subtract ? builder.sub(a, b) : builder.add(a, b);
}

// Hardware adds at least one operand: a sum of subtracted ones is negated afterwards.
CellId write_adder(ModuleBuilder& builder, const std::vector<CellId>& values,
                   const TernaryGraph::Adder& adder) {
  std::vector<ModuleBuilder::Term> terms;
  for (int i = 0; i < adder.operand_count(); ++i) {
    const TernaryGraph::Operand& x = adder.operands[static_cast<size_t>(i)];
    terms.push_back({shifted(builder, values[static_cast<size_t>(x.value)], x.shift), x.negative});
  }
  const bool all_negative =
      std::all_of(terms.begin(), terms.end(), [](const auto& x) { return x.negative; });
  for (auto& x : terms) x.negative = x.negative && !all_negative;
  std::stable_sort(terms.begin(), terms.end(),
                   [](const auto& x, const auto& y) { return x.negative < y.negative; });
  CellId sum = -1;
  if (terms.size() == 3) {
    sum = builder.add3({terms[0], terms[1], terms[2]});
  } else if (terms[1].negative) {
    sum = builder.sub(terms[0].cell, terms[1].cell);
  } else {
    sum = builder.add(terms[0].cell, terms[1].cell);
  }
  return all_negative ? builder.sub(builder.constant(0), sum) : sum;
}

}  // namespace

SolvedProducts::SolvedProducts(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                               const AdderGraphOptions& options, bool ternary) {
  const AdderGraphs graphs = solve_both(matrix, inputs, options);
  cost_ = cost_of(graphs.binary);
  const TernaryCost cost = cost_of(graphs.ternary);
  cost_.lut_ternary = cost.lut;
  if (!ternary) {
    graph_ = graphs.binary;
    return;
  }
  cost_.adders = cost.adders;
  cost_.depth = cost.depth;
  graph_ = graphs.ternary;
}

std::vector<CellId> SolvedProducts::write(ModuleBuilder& builder, const std::vector<CellId>& x,
                                          int matrix_fraction) const {
  const auto& outputs =
      std::visit([](const auto& graph) -> const auto& { return graph.outputs; }, graph_);
  if (x.empty()) return std::vector<CellId>(outputs.size(), builder.constant(0));
  const int fraction = builder.cell(x[0]).fraction_bits;
  std::vector<CellId> values;
  for (const CellId id : x) values.push_back(builder.relabel(id, 0));
  std::visit(
      [&](const auto& graph) {
        for (const auto& adder : graph.adders)
          values.push_back(write_adder(builder, values, adder));
      },
      graph_);
  std::vector<CellId> result;
  for (const AdderGraph::Output& output : outputs) {
    CellId y = builder.constant(0);
    if (output.value >= 0) {
      y = builder.shl(values[static_cast<size_t>(output.value)], output.shift);
      if (output.negative) y = builder.sub(builder.constant(0), y);
    }
    result.push_back(builder.relabel(y, fraction + matrix_fraction));
  }
  return result;
}

const SolvedProducts& ProductSolver::solve(const IntegerMatrix& matrix,
                                           const std::vector<Interval>& inputs,
                                           const AdderGraphOptions& options, bool ternary) {
  std::vector<Int128> key = {static_cast<Int128>(options.effort),
                             options.depth_limit,
                             options.shallow ? 1 : 0,
                             ternary ? 1 : 0,
                             matrix.rows,
                             matrix.columns};
  key.insert(key.end(), matrix.entries.begin(), matrix.entries.end());
  for (const Interval& x : inputs) {
    key.push_back(x.low);
    key.push_back(x.high);
  }
  auto known = known_.find(key);
  if (known == known_.end()) {
    known = known_.emplace(std::move(key), SolvedProducts(matrix, inputs, options, ternary)).first;
  }
  return known->second;
}

std::vector<Interval> ranges_of(const ModuleBuilder& builder, const std::vector<CellId>& cells) {
  std::vector<Interval> ranges;
  for (const CellId id : cells) ranges.push_back(builder.cell(id).range);
  return ranges;
}

}  // namespace trigstone
