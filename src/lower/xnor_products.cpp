#include "lower/xnor_products.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <initializer_list>

#include "base/error.h"
#include "fixed/quantize.h"
#include "lower/node_cells.h"
#include "lower/solved_products.h"

namespace trigstone {

namespace {

constexpr int64_t kGroup = 6;  // inputs of a LUT

// The one number that all elements of a constant value are, on a grid.
std::optional<Int128> uniform(const Graph& graph, ConstantData& constants, ValueId id,
                              int fraction_bits) {
  const Node& node = graph.node(id);
  if (node.op != Op::kConstant && node.op != Op::kParam) return std::nullopt;
  const Tensor& data = constants.of(id);
  if (!data.is_fixed() || data.format->fraction_bits() > fraction_bits) return std::nullopt;
  for (const int64_t m : data.mantissas) {
    if (m != data.mantissas.front()) return std::nullopt;
  }
  return align(data.mantissas.front(), data.format->fraction_bits(), fraction_bits);
}

std::optional<TwoValues> pair_of(Int128 a, Int128 b) {
  if (a == b || !fits_64_bits(hull({a, a}, {b, b}))) return std::nullopt;
  return TwoValues{static_cast<int64_t>(std::min(a, b)), static_cast<int64_t>(std::max(a, b))};
}

std::optional<TwoValues> pair_of_table(const std::vector<int64_t>& entries) {
  const auto [low, high] = std::minmax_element(entries.begin(), entries.end());
  const bool two = std::all_of(entries.begin(), entries.end(),
                               [&](int64_t entry) { return entry == *low || entry == *high; });
  return two ? pair_of(*low, *high) : std::nullopt;
}

// A sum, difference or product with one constant.
std::optional<TwoValues> pair_of_arithmetic(const Graph& graph, ConstantData& constants,
                                            const Node& node) {
  const int result = node.type.format->fraction_bits();
  for (size_t i = 0; i < 2; ++i) {
    const ValueId moving = node.operands[i], fixed = node.operands[1 - i];
    const auto values = two_values(graph, constants, moving);
    if (!values) continue;
    const int own = graph.type(moving).format->fraction_bits();
    const int grid = node.op == Op::kMul ? result - own : result;
    const auto number = uniform(graph, constants, fixed, grid);
    if (!number) continue;
    const auto combined = [&](int64_t x) {
      if (node.op == Op::kMul) return x * *number;
      const Int128 a = align(x, own, result);
      if (node.op == Op::kAdd) return a + *number;
      return i == 0 ? a - *number : *number - a;
    };
    return pair_of(combined(values->low), combined(values->high));
  }
  return std::nullopt;
}

// Bit 0 or 1 of a cell that takes two values: the lowest in which they differ.
CellId bit_of(ModuleBuilder& builder, CellId x, TwoValues values) {
  const auto differing = static_cast<uint64_t>(values.low) ^ static_cast<uint64_t>(values.high);
  const int place = std::countr_zero(differing);
  const CellId bit = builder.wrap(builder.shr(builder.relabel(x, 0), place), 1, false);
  return (values.high >> place & 1) != 0 ? bit : builder.logic_not(bit);
}

// Counts, among up to six bits, those that agree with `signs` (bit i set: one that should be 1).
CellId agreements(ModuleBuilder& builder, CellId index, int64_t count, uint64_t signs) {
  std::vector<int64_t> entries;
  const uint64_t mask = (uint64_t{1} << count) - 1;
  for (uint64_t bits = 0; bits <= mask; ++bits) {
    entries.push_back(std::popcount(~(bits ^ signs) & mask));
  }
  return builder.table(index, std::move(entries), 0, 0);
}

class XnorColumns {
 public:
  XnorColumns(ModuleBuilder& builder, const IntegerMatrix& matrix, const std::vector<CellId>& x,
              TwoValues values)
      : builder_(builder), matrix_(matrix), x_(x), values_(values) {
    for (int64_t i = 0; i < matrix.rows; ++i) {
      (is_constant(i) ? constants_ : rows_).push_back(i);
    }
    for (size_t first = 0; first < rows_.size(); first += kGroup) indices_.push_back(index(first));
  }

  CellId column(int64_t j) {
    std::vector<CellId> added, subtracted;
    Int128 offset = 0, weight = 0;
    for (const int64_t i : constants_) {
      offset += Int128{builder_.cell(x_[at(i)]).constant} * matrix_.at(i, j);
    }
    int64_t less = 0;  // what the counts exceed the sum of signed bits by
    for (size_t group = 0; group < indices_.size(); ++group) {
      const size_t first = group * kGroup;
      const auto count = static_cast<int64_t>(std::min<size_t>(kGroup, rows_.size() - first));
      uint64_t signs = 0;
      for (int64_t k = 0; k < count; ++k) {
        const int64_t w = matrix_.at(rows_[first + at(k)], j);
        weight = std::abs(w);
        offset += Int128{values_.low} * w;
        if (w > 0) signs |= uint64_t{1} << k;
      }
      // Of signs and their opposites one table is kept: the one that wants bit 0.
      const bool turned = (signs & 1) == 0;
      const uint64_t mask = (uint64_t{1} << count) - 1;
      const uint64_t wanted = turned ? ~signs & mask : signs;
      const int64_t unwanted = count - std::popcount(wanted);
      less += turned ? -unwanted : unwanted;
      (turned ? subtracted : added).push_back(agreements(builder_, indices_[group], count, wanted));
    }
    const CellId agreed = builder_.sub(sum(std::move(added)), sum(std::move(subtracted)));
    const Int128 step = weight * (Int128{values_.high} - values_.low);
    const CellId scaled = times(agreed, static_cast<int64_t>(step));
    return builder_.add(scaled, builder_.constant(static_cast<int64_t>(offset - step * less)));
  }

 private:
  static size_t at(int64_t i) { return static_cast<size_t>(i); }
  bool is_constant(int64_t i) const { return builder_.cell(x_[at(i)]).op == NetOp::kConst; }

  CellId index(size_t first) {
    const size_t last = std::min(first + kGroup, rows_.size());
    CellId joined = bit_of(builder_, x_[at(rows_[first])], values_);
    for (size_t k = first + 1; k < last; ++k) {
      const CellId bit = bit_of(builder_, x_[at(rows_[k])], values_);
      joined = builder_.add(joined, builder_.shl(bit, static_cast<int>(k - first)));
    }
    return joined;
  }

  CellId sum(std::vector<CellId> terms) {
    if (terms.empty()) return builder_.constant(0);
    return combine_all(builder_, std::move(terms), Combine::kSum);
  }

  CellId times(CellId count, int64_t factor) {
    if (rows_.empty()) return builder_.constant(0);
    const SolvedProducts product({1, 1, {factor}}, {builder_.cell(count).range}, {}, false);
    return product.write(builder_, {count}, 0)[0];
  }

  ModuleBuilder& builder_;
  const IntegerMatrix& matrix_;
  const std::vector<CellId>& x_;
  const TwoValues values_;
  std::vector<int64_t> constants_, rows_;  // rows of the matrix by what their cell is
  std::vector<CellId> indices_;            // of each group of six
};

}  // namespace

std::optional<TwoValues> two_values(const Graph& graph, ConstantData& constants, ValueId id) {
  const Node& node = graph.node(id);
  if (!node.type.is_fixed()) return std::nullopt;
  const Format& format = *node.type.format;
  if (format.width_bits == 1) return TwoValues{format.min_mantissa(), format.max_mantissa()};
  const auto is = [&](std::initializer_list<Op> ops) {
    return std::find(ops.begin(), ops.end(), node.op) != ops.end();
  };
  if (is({Op::kScale, Op::kReshape, Op::kTranspose, Op::kSlice, Op::kGather})) {
    return two_values(graph, constants, node.operands[0]);
  }
  if (node.op == Op::kTable) return pair_of_table(ints_attribute(node, "entries"));
  if (is({Op::kAdd, Op::kSub, Op::kMul})) return pair_of_arithmetic(graph, constants, node);
  if (node.op != Op::kSelect) return std::nullopt;
  const auto a = uniform(graph, constants, node.operands[1], format.fraction_bits());
  const auto b = uniform(graph, constants, node.operands[2], format.fraction_bits());
  return a && b ? pair_of(*a, *b) : std::nullopt;
}

TwoValues xnor_input(const Graph& graph, ConstantData& constants, const Node& node) {
  const Tensor& weights = constants.of(node.operands[1]);
  if (!weights.is_fixed()) {
    throw Error(where_of(node), "its weights are real numbers", "quantise them");
  }
  const int64_t one = std::abs(weights.mantissas.front());
  for (const int64_t w : weights.mantissas) {
    if (std::abs(w) == one && one != 0) continue;
    throw Error(where_of(node),
                fmt::format("xnor needs weights of one magnitude; the mantissas {} and {} are two",
                            weights.mantissas.front(), w),
                fmt::format("quantise its weights to +-1, or --strategy {}=da", node.name));
  }
  const auto values = two_values(graph, constants, node.operands[0]);
  if (values) return *values;
  const Node& operand = graph.node(node.operands[0]);
  throw Error(where_of(node),
              fmt::format("xnor needs an operand of two values; '{}' is {}", operand.name,
                          to_string(*operand.type.format)),
              fmt::format("quantise '{}' to u<1,1>, <1,1> or +-1, or --strategy {}=da",
                          operand.name, node.name));
}

bool fits_xnor(const Graph& graph, const Node& node) {
  if (node.op != Op::kLinear && node.op != Op::kConv) return false;
  ConstantData constants(graph);
  try {
    xnor_input(graph, constants, node);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<CellId> write_xnor_products(ModuleBuilder& builder, const IntegerMatrix& matrix,
                                        const std::vector<CellId>& x, TwoValues values,
                                        int matrix_fraction) {
  if (x.empty()) {
    return std::vector<CellId>(static_cast<size_t>(matrix.columns), builder.constant(0));
  }
  const int fraction = builder.cell(x[0]).fraction_bits + matrix_fraction;
  XnorColumns columns(builder, matrix, x, values);
  std::vector<CellId> result;
  for (int64_t j = 0; j < matrix.columns; ++j) {
    result.push_back(builder.relabel(columns.column(j), fraction));
  }
  return result;
}

}  // namespace trigstone
