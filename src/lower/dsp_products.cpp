#include "lower/dsp_products.h"

#include <algorithm>

#include "fixed/quantize.h"
#include "lower/node_cells.h"

namespace trigstone {

namespace {

constexpr int kWidestOffset = 48;  // of constant terms in a joint sum

int signed_bits(Interval range) { return bits_for(hull(range, {-1, 0})); }

Interval range_of_output(const ModuleBuilder& builder, const IntegerMatrix& matrix,
                         const std::vector<CellId>& x, int64_t column) {
  Interval sum{0, 0};
  for (int64_t i = 0; i < matrix.rows; ++i) {
    const Int128 w = matrix.at(i, column);
    sum = sum + builder.cell(x[static_cast<size_t>(i)]).range * Interval{w, w};
  }
  return sum;
}

CellId sum_of_products(ModuleBuilder& builder, const std::vector<CellId>& x,
                       const std::vector<int64_t>& weights, int longest_chain) {
  std::vector<CellId> added, subtracted;
  CellId offset = builder.constant(0);
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t w = weights[i];
    if (w == 0) continue;
    if (builder.cell(x[i]).op == NetOp::kConst) {
      offset = builder.add(offset, builder.mul(x[i], builder.constant(w)));
      continue;
    }
    const bool shift = (w & -w) == (w < 0 ? -w : w);  // a power of two needs no multiplier
    const CellId factor = builder.constant(shift && w < 0 ? -w : w);
    (shift && w < 0 ? subtracted : added).push_back(dsp_product(builder, x[i], factor));
  }
  if (builder.cell(offset).constant != 0) added.push_back(offset);
  return builder.sub(sum_of_dsp_products(builder, added, longest_chain),
                     sum_of_dsp_products(builder, subtracted, longest_chain));
}

// Weights of two columns in one number each, the second `shift` bits higher; empty when one of them
// leaves the ports of a slice.
std::vector<int64_t> joint_weights(const ModuleBuilder& builder, const IntegerMatrix& matrix,
                                   const std::vector<CellId>& x, int64_t column, int shift) {
  std::vector<int64_t> joint;
  for (int64_t i = 0; i < matrix.rows; ++i) {
    const Int128 w = matrix.at(i, column + 1) * (Int128{1} << shift) + matrix.at(i, column);
    const Cell& factor = builder.cell(x[static_cast<size_t>(i)]);
    const bool fits = factor.op == NetOp::kConst
                          ? signed_bits(factor.range * Interval{w, w}) < kWidestOffset
                          : fits_dsp({w, w}, factor.range);
    if (!fits) return {};
    joint.push_back(static_cast<int64_t>(w));
  }
  return joint;
}

std::vector<int64_t> column_of(const IntegerMatrix& matrix, int64_t column) {
  std::vector<int64_t> weights;
  for (int64_t i = 0; i < matrix.rows; ++i) weights.push_back(matrix.at(i, column));
  return weights;
}

// Drops the spare high bits that intervals of joint sums have.
CellId narrowed(ModuleBuilder& builder, CellId cell, Interval range) {
  return builder.wrap(cell, range.low < 0 ? signed_bits(range) : bits_for(range), range.low < 0);
}

}  // namespace

CellId dsp_product(ModuleBuilder& builder, CellId a, CellId b) {
  const Interval of_a = builder.cell(a).range, of_b = builder.cell(b).range;
  if (fits_dsp(of_a, of_b)) return builder.mul(a, b, true);
  if (signed_bits(of_a) < signed_bits(of_b)) return dsp_product(builder, b, a);
  const int cut = signed_bits(of_b) <= 18 ? 26 : 17;  // unsigned bits beside a sign that is 0
  const CellId low = dsp_product(builder, builder.wrap(a, cut, false), b);
  const CellId high = dsp_product(builder, builder.shr(a, cut), b);
  return builder.add(low, builder.shl(high, cut));
}

CellId sum_of_dsp_products(ModuleBuilder& builder, const std::vector<CellId>& products,
                           int longest_chain) {
  if (products.empty()) return builder.constant(0);
  std::vector<CellId> chains;
  for (size_t i = 0; i < products.size(); ++i) {
    if (i % static_cast<size_t>(longest_chain) == 0) {
      chains.push_back(products[i]);
    } else {
      chains.back() = builder.add(chains.back(), products[i]);
    }
  }
  return combine_all(builder, std::move(chains), Combine::kSum);
}

std::vector<CellId> write_dsp_products(ModuleBuilder& builder, const IntegerMatrix& matrix,
                                       const std::vector<CellId>& x, int matrix_fraction,
                                       int longest_chain) {
  if (x.empty()) {
    return std::vector<CellId>(static_cast<size_t>(matrix.columns), builder.constant(0));
  }
  const int fraction = builder.cell(x[0]).fraction_bits + matrix_fraction;
  std::vector<CellId> plain, result;
  for (const CellId id : x) plain.push_back(builder.relabel(id, 0));
  const auto put = [&](CellId cell) { result.push_back(builder.relabel(cell, fraction)); };
  for (int64_t column = 0; column < matrix.columns; ++column) {
    const bool paired = column + 1 < matrix.columns;
    const Interval low = range_of_output(builder, matrix, plain, column);
    const int shift = signed_bits(low);
    const auto joint = paired && shift < 27 ? joint_weights(builder, matrix, plain, column, shift)
                                            : std::vector<int64_t>{};
    if (joint.empty()) {
      put(narrowed(builder,
                   sum_of_products(builder, plain, column_of(matrix, column), longest_chain), low));
      continue;
    }
    const Interval high = range_of_output(builder, matrix, plain, column + 1);
    const CellId both = sum_of_products(builder, plain, joint, longest_chain);
    const CellId sign = builder.wrap(builder.shr(both, shift - 1), 1, false);
    put(narrowed(builder, builder.wrap(both, shift, true), low));
    put(narrowed(builder, builder.add(builder.shr(both, shift), sign), high));
    ++column;
  }
  return result;
}

}  // namespace trigstone
