// layer_norm over D entries in exact operations and one table.
//   u = D x - sum(x)                      D times the centred value, exact
//   v = sum(u^2) + epsilon D^3            D^3 times (variance + epsilon), epsilon on v's grid
//   y = u * sqrt(D) / sqrt(v) = u * table(v's leading bits) * 2^shift;   y * gain + bias
// Why: the centred value is exact, and rounded only where its squares would not add up to 31 bits,
// the most that one normalisation takes. The table covers two octaves (1/sqrt(2^n) has an
// irrational factor for odd n); y is rounded to four bits more than the result asks for, so that
// the products with gain stay short.
#include <cmath>

#include "base/error.h"
#include "graph/expand.h"

namespace trigstone::detail {

namespace {

// sqrt(entries / v) for unsigned v > 0.
ValueId root_of_inverse(Expansion& e, ValueId v, int64_t entries) {
  const int index_bits = e.options.reciprocal_index_bits;
  const Normalised n = normalise(e, v, index_bits);
  // v = (1 + rest) * 2^power with power = most - shift - fraction = constant - shift. Only the
  // parity of the power enters the table; half of it is a shift.
  const int constant = n.most - e.format(v).fraction_bits();
  const ValueId odd = e.quant(".odd", n.shift, {1, 1, false, Rounding::kTRN, Overflow::kWRAP});
  const ValueId half = e.quant(".half", e.scale(".halved", n.shift, -1),
                               {e.format(n.shift).width_bits, e.format(n.shift).width_bits, false,
                                Rounding::kTRN, Overflow::kSAT});
  const ValueId index = e.add(".index", Op::kAdd, {odd, n.rest});  // in [0, 2)
  const long double middle = std::ldexp(1.0L, -index_bits - 1);
  // shift = 2 half + odd, so v = (1 + rest) * 2^-odd * 2^constant * 2^-2half.
  const int whole = constant >= 0 ? constant / 2 : -((1 - constant) / 2);  // floor(constant / 2)
  const int left = constant - 2 * whole;
  const auto root = [&](long double x) {
    const bool is_odd = x >= 1;
    const long double rest = is_odd ? x - 1 : x;
    const long double scaled = std::ldexp(1 + rest + middle, left - (is_odd ? 1 : 0));
    return std::sqrt(static_cast<long double>(entries) / scaled);
  };
  const int integer_bits = std::ilogb(root(1.0L)) + 1;  // the largest: odd, rest 0
  const ValueId table = e.table(
      ".root", index,
      {e.options.reciprocal_value_bits + 1, integer_bits, false, Rounding::kRND, Overflow::kSAT},
      "sqrt(D / v) of normalised v, x = parity + rest", root);
  return e.scale(".root_scaled", e.add(".root_moved", Op::kShiftLeft, {table, half}), -whole);
}

// u with so few bits that the squares of all entries add up to 31 bits, and never -2^n, whose
// square would need one more.
ValueId short_enough(Expansion& e, ValueId u, int count_bits) {
  constexpr int kMostSumBits = 31;
  const Format& from = e.format(u);
  const int width = std::min(from.width_bits, (kMostSumBits - count_bits) / 2 + 1);
  return e.quant(".centred_short", u,
                 {width, from.integer_bits, true, Rounding::kRND, Overflow::kSAT_SYM});
}

}  // namespace

ValueId expand_layer_norm(Expansion& e, const Node& node, const std::vector<ValueId>& operands,
                          const Format& result) {
  const ValueId x = operands[0];
  const int64_t entries = e.graph.shape(x).back();
  const std::vector<int64_t> axes = {static_cast<int64_t>(e.graph.shape(x).size()) - 1};
  const Attributes row{{"axes", axes}, {"keepdims", int64_t{1}}};
  const Format count = covering({entries, entries}, 0, where_of(node));
  const ValueId times = e.add(".times", Op::kMul, {x, e.constant(".entries", count, entries)});
  const ValueId centred =
      short_enough(e, e.add(".centred", Op::kSub, {times, e.add(".sum", Op::kReduceSum, {x}, row)}),
                   count.width_bits);
  // A square is not negative; inference of a product cannot know.
  const Format& u = e.format(centred);
  const Format square{2 * (u.width_bits - 1), 2 * (u.integer_bits - 1), false, Rounding::kTRN,
                      Overflow::kSAT};
  const ValueId squares =
      e.add(".squares", Op::kReduceSum,
            {e.quant(".square", e.add(".product", Op::kMul, {centred, centred}), square)}, row);
  const long double cubed = std::pow(static_cast<long double>(entries), 3.0L);
  const long double step = std::ldexp(1.0L, -square.fraction_bits());
  const auto epsilon = static_cast<int64_t>(
      std::clamp(std::round(real_attribute(node, "epsilon") * cubed / step), 1.0L, 0x1p31L));
  const Format grid = covering({epsilon, epsilon}, square.fraction_bits(), where_of(node));
  const ValueId spread =
      e.add(".spread", Op::kAdd, {squares, e.constant(".epsilon", grid, epsilon)});
  const ValueId inverse = root_of_inverse(e, spread, entries);
  // |y| <= sqrt(D).
  const int integer_bits = static_cast<int>(std::ceil(std::log2(std::sqrt(entries)))) + 2;
  const int fraction_bits = std::max(result.fraction_bits() + 4, 4);
  ValueId y =
      e.quant(".normal", e.add(".product", Op::kMul, {centred, inverse}),
              {integer_bits + fraction_bits, integer_bits, true, Rounding::kRND, Overflow::kSAT});
  if (operands.size() > 1) y = e.add(".gained", Op::kMul, {y, operands[1]});
  if (operands.size() > 2) y = e.add(".biased", Op::kAdd, {y, operands[2]});
  return y;
}

}  // namespace trigstone::detail
