// ModuleBuilder::quantize: the rounding and overflow modes of fixed/quantize out of plain cells.
//
// With a step of 2^shift on the operand's grid, rounding is floor(a / 2^shift) + up, up in {0, 1}:
//   TRN 0 · TRN_ZERO negative & rest · RND half · RND_MIN_INF half & below
//   RND_ZERO half & (below | negative) · RND_INF half & (below | !negative)
//   RND_CONV half & (below | odd)
// where `half` is the bit of half a step, `below` says that a lower bit is set, `rest` that any
// dropped bit is, `odd` is the last bit kept. Intervals show which parts cannot matter.
#include <algorithm>

#include "base/error.h"
#include "fixed/quantize.h"
#include "netlist/netlist.h"

namespace trigstone {

namespace {

// Numbers that the overflow mode lets pass unchanged.
Interval passed_by(const Format& to) {
  Interval range = to.range();
  if (to.overflow == Overflow::kSAT_SYM) range.low = apply_overflow(range.low - 1, to);
  return range;
}

Int128 ceil_shift(Int128 x, int bits) { return -(-x >> bits); }

}  // namespace

CellId ModuleBuilder::round(CellId a, int shift, const Format& to) {
  if (shift == 0) return a;
  const int a_bits = bits_for(range(a));
  if (shift > a_bits) {  // below half a step: only the sign is left
    if (to.rounding != Rounding::kTRN) return constant(0, to.fraction_bits());
    return shift_right_relabelled(a, a_bits, to.fraction_bits());
  }
  const CellId floor = shift_right_relabelled(a, shift, to.fraction_bits());
  const auto bit = [&](int position) { return relabel(wrap(shr(a, position), 1, false), 0); };
  const auto any_below = [&](int position) {  // one of the `position` lowest bits is set
    if (position == 0) return constant(0);
    const CellId low = relabel(wrap(a, position, true), 0);
    return logic_not(equal(low, constant(0)));
  };
  const auto negative = [&] { return less(relabel(a, 0), constant(0)); };
  const auto half_and = [&](CellId condition) { return logic_and(bit(shift - 1), condition); };
  CellId up = constant(0);
  switch (to.rounding) {
    case Rounding::kTRN:
      break;
    case Rounding::kTRN_ZERO:
      up = logic_and(negative(), any_below(shift));
      break;
    case Rounding::kRND:
      up = bit(shift - 1);
      break;
    case Rounding::kRND_MIN_INF:
      up = half_and(any_below(shift - 1));
      break;
    case Rounding::kRND_ZERO:
      up = half_and(logic_or(any_below(shift - 1), negative()));
      break;
    case Rounding::kRND_INF:
      up = half_and(logic_or(any_below(shift - 1), logic_not(negative())));
      break;
    case Rounding::kRND_CONV:
      up = half_and(logic_or(any_below(shift - 1), bit(shift)));
      break;
  }
  return add(floor, relabel(up, to.fraction_bits()));
}

// To a grid finer by 2^shift: exact, but the result may leave the format, and 64 bits with it; so
// the comparisons happen on the coarse grid and only bits that fit are shifted.
CellId ModuleBuilder::quantize_finer(CellId a, int shift, const Format& to) {
  const bool keeps_bits = shift < to.width_bits;
  const CellId fitting = keeps_bits
                             ? shift_left_relabelled(wrap(a, to.width_bits - shift, to.is_signed),
                                                     shift, to.fraction_bits())
                             : constant(0, to.fraction_bits());
  if (to.overflow == Overflow::kWRAP) return fitting;
  const int few = std::min(shift, 126);
  const Interval pass = passed_by(to);
  const auto coarse = [&](Int128 limit) {
    return constant(static_cast<int64_t>(limit), fraction(a));
  };
  const CellId above = less(coarse(pass.high >> few), a);
  const CellId below = less(a, coarse(ceil_shift(pass.low, few)));
  const bool to_zero = to.overflow == Overflow::kSAT_ZERO;
  const auto limit = [&](Int128 value) {
    return constant(to_zero ? 0 : static_cast<int64_t>(value), to.fraction_bits());
  };
  return mux(above, limit(pass.high), mux(below, limit(pass.low), fitting));
}

CellId ModuleBuilder::quantize(CellId a, const Format& to) {
  const int shift = fraction(a) - to.fraction_bits();
  const Interval source = range(a), pass = passed_by(to);
  if (shift < 0) {
    const bool fits = source.low >= ceil_shift(pass.low, std::min(-shift, 126)) &&
                      source.high <= pass.high >> std::min(-shift, 126);
    return fits ? align(a, to.fraction_bits()) : quantize_finer(a, -shift, to);
  }
  // Rounding is monotone, so the ends of the interval tell the interval of the result.
  const Interval rounded = {round_shift(source.low, shift, to.rounding),
                            round_shift(source.high, shift, to.rounding)};
  const CellId x = round(a, shift, to);
  const CellId low_bits = wrap(x, to.width_bits, to.is_signed);
  const bool below = rounded.low<pass.low, above = rounded.high> pass.high;
  if (to.overflow == Overflow::kWRAP || (!below && !above)) return low_bits;
  const CellId low = constant(static_cast<int64_t>(pass.low), to.fraction_bits());
  const CellId high = constant(static_cast<int64_t>(pass.high), to.fraction_bits());
  if (to.overflow == Overflow::kSAT_ZERO) {
    const CellId zero = constant(0, to.fraction_bits());
    const CellId is_above = above ? less(high, x) : constant(0);
    const CellId is_below = below ? less(x, low) : constant(0);
    return mux(logic_or(is_above, is_below), zero, low_bits);
  }
  const CellId capped = above ? min(x, high) : x;
  return wrap(below ? max(capped, low) : capped, to.width_bits, to.is_signed);
}

}  // namespace trigstone
