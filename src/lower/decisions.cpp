#include "lower/decisions.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "fixed/quantize.h"
#include "lower/elements.h"

namespace trigstone {

namespace {

// A table over every mantissa of x is smallest up to about this many; a search is beyond.
constexpr Int128 kLargestThresholdTable = 1024;

// Thresholds of one channel, ascending, as mantissas that x's grid can be compared with.
struct Steps {
  std::vector<int64_t> at;
  int fraction_bits = 0;
  int64_t base = 0, direction = 1;

  int64_t result_of(Int128 x, int x_fraction) const {
    const int common = std::max(x_fraction, fraction_bits);
    const Int128 value = align(x, x_fraction, common);
    const auto passed = std::partition_point(
        at.begin(), at.end(), [&](int64_t t) { return align(t, fraction_bits, common) <= value; });
    return base + direction * (passed - at.begin());
  }
};

// One row of the constant. A real threshold is passed by the first number of x's grid above it.
Steps steps_of(const Tensor& thresholds, int64_t row, int x_fraction) {
  const int64_t count = thresholds.shape[1];
  Steps steps;
  if (thresholds.is_fixed()) {
    const auto first = thresholds.mantissas.begin() + row * count;
    steps.at.assign(first, first + count);
    steps.fraction_bits = thresholds.format->fraction_bits();
    return steps;
  }
  constexpr double kBeyondAnyMantissa = 0x1p62;
  for (int64_t i = row * count; i < (row + 1) * count; ++i) {
    const double scaled =
        std::ceil(std::ldexp(thresholds.reals[static_cast<size_t>(i)], x_fraction));
    steps.at.push_back(
        static_cast<int64_t>(std::clamp(scaled, -kBeyondAnyMantissa, kBeyondAnyMantissa)));
  }
  steps.fraction_bits = x_fraction;
  return steps;
}

CellId threshold_table(ModuleBuilder& builder, CellId x, const Steps& steps, int fraction_bits) {
  const Cell cell = builder.cell(x);
  std::vector<int64_t> entries;
  for (Int128 m = cell.range.low; m <= cell.range.high; ++m) {
    entries.push_back(steps.result_of(m, cell.fraction_bits));
  }
  return builder.table(x, std::move(entries), static_cast<int64_t>(cell.range.low), fraction_bits);
}

// Binary search, one bit of the count a comparison, the highest first: the bits so far choose the
// threshold that decides the next one.
CellId threshold_search(ModuleBuilder& builder, CellId x, const Steps& steps, int fraction_bits) {
  const auto count = static_cast<int64_t>(steps.at.size());
  const int bits = bits_for({0, count});
  CellId passed = builder.constant(0);  // of the thresholds, how many 2^bit fit
  for (int bit = bits - 1; bit >= 0; --bit) {
    const int64_t step = int64_t{1} << bit;
    std::vector<int64_t> pivots;  // by the bits found so far; beyond the last step none passes
    std::vector<int64_t> exists;
    const auto prefixes = static_cast<int64_t>(builder.cell(passed).range.high) + 1;
    for (int64_t prefix = 0; prefix < prefixes; ++prefix) {
      const int64_t index = prefix * 2 * step + step - 1;
      exists.push_back(index < count ? 1 : 0);
      pivots.push_back(steps.at[static_cast<size_t>(std::min(index, count - 1))]);
    }
    const CellId pivot = builder.table(passed, pivots, 0, steps.fraction_bits);
    const CellId reached = builder.logic_and(builder.table(passed, exists, 0, 0),
                                             builder.logic_not(builder.less(x, pivot)));
    passed = builder.add(builder.shl(passed, 1), reached);
  }
  const CellId counted = builder.relabel(passed, fraction_bits);
  const CellId base = builder.constant(steps.base, fraction_bits);
  return steps.direction > 0 ? builder.add(base, counted) : builder.sub(base, counted);
}

struct Candidate {
  CellId value, index, valid;
};

// One choice drives the index and the value; the left of equals wins.
Candidate better_of(ModuleBuilder& builder, const Candidate& left, const Candidate& right,
                    bool largest) {
  const CellId beats =
      largest ? builder.less(left.value, right.value) : builder.less(right.value, left.value);
  const CellId takes =
      builder.logic_and(right.valid, builder.logic_or(builder.logic_not(left.valid), beats));
  return {builder.mux(takes, right.value, left.value), builder.mux(takes, right.index, left.index),
          builder.logic_or(left.valid, right.valid)};
}

}  // namespace

std::vector<CellId> lower_thresholds(NodeContext& context, const LocalTensor& x) {
  const Node& node = context.node;
  const Tensor& thresholds = context.constants.of(node.operands[1]);
  const Shape& shape = thresholds.shape;
  const int x_fraction = context.graph.type(node.operands[0]).format->fraction_bits();
  const auto& base = ints_attribute(node, "base");
  const auto& direction = ints_attribute(node, "direction");
  const auto channels = static_cast<int64_t>(
      std::max({static_cast<size_t>(shape[0]), base.size(), direction.size()}));
  const auto pick = [](const auto& list, int64_t c) {
    return list[list.size() == 1 ? 0 : static_cast<size_t>(c)];
  };
  const TokenAxis channel(x.shape, {axis_attribute(context.graph, node)});
  const int fraction_bits = node.type.format->fraction_bits();
  std::vector<CellId> result;
  for (size_t i = 0; i < x.cells.size(); ++i) {
    const int64_t c = channels == 1 ? 0 : channel.token(static_cast<int64_t>(i));
    const int64_t row = shape[0] == 1 ? 0 : c;
    Steps steps = steps_of(thresholds, row, x_fraction);
    steps.base = pick(base, c);
    steps.direction = pick(direction, c);
    const Interval range = context.builder.cell(x.cells[i]).range;
    const bool small = steps.at.empty() || range.high - range.low < kLargestThresholdTable;
    result.push_back(small ? threshold_table(context.builder, x.cells[i], steps, fraction_bits)
                           : threshold_search(context.builder, x.cells[i], steps, fraction_bits));
  }
  return result;
}

std::vector<CellId> lower_arg_extreme(NodeContext& context, const std::vector<LocalTensor>& x) {
  ModuleBuilder& builder = context.builder;
  const bool largest = context.node.op == Op::kArgMax;
  const TokenAxis line(x[0].shape, {axis_attribute(context.graph, context.node)});
  const auto lines = static_cast<int64_t>(x[0].cells.size()) / line.tokens;
  std::vector<CellId> result;
  for (int64_t at = 0; at < lines; ++at) {
    std::vector<Candidate> field;
    for (int64_t i = 0; i < line.tokens; ++i) {
      const CellId valid = x.size() > 1 ? x[1].cells[static_cast<size_t>(i)] : builder.constant(1);
      field.push_back(
          {x[0].cells[static_cast<size_t>(line.whole(at, i))], builder.constant(i), valid});
    }
    while (field.size() > 1) {
      std::vector<Candidate> winners;
      for (size_t i = 0; i + 1 < field.size(); i += 2) {
        winners.push_back(better_of(builder, field[i], field[i + 1], largest));
      }
      if (field.size() % 2 == 1) winners.push_back(field.back());
      field = std::move(winners);
    }
    result.push_back(field[0].index);  // with none valid the first stays: index 0
  }
  return result;
}

std::vector<CellId> lower_trees(NodeContext& context, const LocalTensor& x) {
  ModuleBuilder& builder = context.builder;
  const Node& node = context.node;
  const auto &feature = ints_attribute(node, "feature"), &left = ints_attribute(node, "left"),
             &right = ints_attribute(node, "right"), &target = ints_attribute(node, "target"),
             &leaf = ints_attribute(node, "leaf"), &threshold = ints_attribute(node, "threshold"),
             &base = ints_attribute(node, "base");
  const int x_fraction = context.graph.type(node.operands[0]).format->fraction_bits();
  const int fraction = node.type.format->fraction_bits();
  // What a tree adds to one output: 0 where its leaf is another output's.
  const std::function<CellId(int64_t, int64_t)> reached = [&](int64_t n, int64_t output) {
    const auto at = static_cast<size_t>(n);
    if (feature[at] < 0) return builder.constant(target[at] == output ? leaf[at] : 0, fraction);
    const CellId over = builder.less(builder.constant(threshold[at], x_fraction),
                                     x.cells[static_cast<size_t>(feature[at])]);
    return builder.mux(over, reached(right[at], output), reached(left[at], output));
  };
  std::vector<CellId> result;
  for (int64_t output = 0; output < int_attribute(node, "outputs"); ++output) {
    std::vector<CellId> terms = {builder.constant(base[static_cast<size_t>(output)], fraction)};
    for (const int64_t root : ints_attribute(node, "roots")) {
      terms.push_back(reached(root, output));
    }
    std::erase_if(terms, [&](CellId id) {
      return builder.cell(id).op == NetOp::kConst && builder.cell(id).constant == 0;
    });
    result.push_back(terms.empty() ? builder.constant(0, fraction)
                                   : combine_all(builder, std::move(terms), Combine::kSum));
  }
  return result;
}

}  // namespace trigstone
