// reduce_mean in exact operations.
//   %1 = reduce_mean(%0, valid)   =>   reduce_sum(%0, valid) * table(reduce_sum(valid)) 1/n
//   %1 = reduce_mean(%0) of 2^k   =>   scale(reduce_sum(%0), -k)
//   %1 = reduce_mean(%0) of n     =>   reduce_sum(%0) * constant 1/n
// Why: the number of valid tokens is a small integer, so its inverse is one short table; it is 0
// for an event without tokens, whose mean is 0 by contract.
#include <bit>
#include <cmath>

#include "graph/expand.h"

namespace trigstone::detail {

namespace {

// 1/n so exact that the error stays below a quarter step of the sum divided by n.
ValueId inverse_constant(Expansion& e, ValueId sum, int64_t n) {
  constexpr int kMostProductBits = 62;
  const int sum_bits = e.format(sum).width_bits;
  const int bits = std::min(sum_bits + 2, kMostProductBits - sum_bits);
  const int fraction_bits = bits - 1 + std::bit_width(static_cast<uint64_t>(n));
  const Format format{bits + 1, bits + 1 - fraction_bits, false, Rounding::kRND, Overflow::kSAT};
  return e.constant(".inverse", format, quantize(1.0L / static_cast<long double>(n), format));
}

}  // namespace

ValueId expand_mean(Expansion& e, const Node& node, const std::vector<ValueId>& operands,
                    const std::vector<int64_t>& axes, const Format& result) {
  const int64_t keepdims = int_attribute(node, "keepdims", 0);
  const ValueId sum =
      e.add(".sum", Op::kReduceSum, operands, {{"axes", axes}, {"keepdims", keepdims}});
  int64_t n = 1;
  for (const int64_t axis : axes) n *= e.graph.shape(operands[0])[static_cast<size_t>(axis)];
  if (operands.size() > 1) {
    const ValueId count =
        e.add(".count", Op::kReduceSum, {operands[1]}, {{"axes", std::vector<int64_t>{0}}});
    const int bits = std::max(e.options.reciprocal_value_bits, result.width_bits + 2);
    const Format inverse{bits + 1, 1, false, Rounding::kRND, Overflow::kSAT};
    const ValueId table = e.table(".inverse", count, inverse, "1 / x, 0 for 0",
                                  [](long double x) { return x == 0 ? 0.0L : 1 / x; });
    return e.add(".mean", Op::kMul, {sum, table});
  }
  const auto whole = static_cast<uint64_t>(n);
  if (std::has_single_bit(whole)) return e.scale(".mean", sum, -std::countr_zero(whole));
  return e.add(".mean", Op::kMul, {sum, inverse_constant(e, sum, n)});
}

}  // namespace trigstone::detail
