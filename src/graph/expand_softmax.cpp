// softmax in exact operations and two tables.
//   m = reduce_max(x, valid); d = quant(m - x) u<8,4>; e = valid ? table(d) exp(-d) : 0
//   w = e * reciprocal(reduce_sum(e)),   reciprocal = leading one, shift, table, shift
// Why: exp of a difference from the maximum needs a table over a short range only, and the sum lies
// between 1 and the number of slots, so its reciprocal needs a table over one octave. The largest
// entry is 1 - 2^-bits instead of 1: the common factor cancels, and all bits of `e` are used.
// An event without a valid token has e = 0 everywhere, hence weights 0 whatever the reciprocal.
#include <cmath>

#include "graph/expand.h"

namespace trigstone::detail {

ValueId expand_softmax(Expansion& e, const Node&, const std::vector<ValueId>& operands,
                       int64_t axis) {
  const ValueId x = operands[0];
  const ExpandOptions& options = e.options;
  const std::vector<int64_t> axes = {axis};
  const std::vector<ValueId>& masked = operands;  // x, valid?
  const ValueId largest =
      e.add(".max", Op::kReduceMax, masked, {{"axes", axes}, {"keepdims", int64_t{1}}});
  const Format index{options.exp_index_bits, options.exp_index_integer_bits, false, Rounding::kRND,
                     Overflow::kSAT};
  const ValueId below = e.quant(".below", e.add(".difference", Op::kSub, {largest, x}), index);
  const Format value{options.exp_value_bits, 0, false, Rounding::kRND, Overflow::kSAT};
  const long double top = 1 - std::ldexp(1.0L, -options.exp_value_bits);
  ValueId weight = e.table(".exp", below, value, "exp(-x) * (1 - 2^-bits)",
                           [&](long double d) { return top * std::exp(-d); });
  if (operands.size() > 1) {
    Shape along(e.graph.shape(x).size() - static_cast<size_t>(axis), 1);
    along[0] = e.graph.shape(operands[1])[0];
    const ValueId valid = along.size() == 1
                              ? operands[1]
                              : e.add(".valid", Op::kReshape, {operands[1]}, {{"shape", along}});
    weight = e.add(".masked", Op::kSelect, {valid, weight, e.constant(".zero", {1, 1, false}, 0)});
  }
  const ValueId sum =
      e.add(".sum", Op::kReduceSum, {weight}, {{"axes", axes}, {"keepdims", int64_t{1}}});
  return e.add(".weights", Op::kMul, {weight, reciprocal(e, sum)});
}

}  // namespace trigstone::detail
