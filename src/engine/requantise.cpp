#include "engine/requantise.h"

#include <algorithm>

namespace trigstone::engine {

namespace {

constexpr int kReferenceBits = 100;  // magnitudes beyond this are left to trigstone::quantize

// Numbers of two's complement with `bits` bits.
Interval signed_bits(int bits) {
  const Int128 half = static_cast<Int128>(1) << (bits - 1);
  return {-half, half - 1};
}

int signed_width(Interval range) { return bits_for(hull(range, {-1, 0})); }

// Shifts beyond this change nothing for numbers of `bits` bits (sign included): the quotient is
// below a half, or only its sign is left.
int longest_shift(Rounding rounding, int bits) {
  return rounding == Rounding::kTRN ? std::max(bits - 1, 1) : bits + 1;
}

// Clamps before the shift where that keeps what rounding adds inside a narrower type.
//   31-bit products, to u<8> by 2^23: x + 2^22 needs 33 bits, min(x, 255 * 2^23) + 2^22 only 32
void clamp_first(Interval range, int shift, RequantisePlan& plan) {
  Requantise& q = plan.requantise;
  if (q.limit != Requantise::Limit::kClamp || shift <= 0 || q.shift != shift || shift > 62) return;
  const Int128 low = static_cast<Int128>(q.low) << shift, high = static_cast<Int128>(q.high)
                                                                 << shift;
  if (low > range.high || high < range.low) return;
  const Interval first{std::max(low, range.low), std::min(high, range.high)};
  Interval need = hull(hull(range, {0, 0}), signed_bits(shift + 1));
  need = hull(need, {first.low, first.high + (static_cast<Int128>(1) << shift)});
  need = hull(need, shift_left({q.low, q.high}, q.carry_shift));
  if (width_for(need) >= width_for(plan.need)) return;
  q.clamp_first = true;
  q.first_low = static_cast<int64_t>(first.low);
  q.first_high = static_cast<int64_t>(first.high);
  plan.need = need;
}

}  // namespace

RequantisePlan plan_requantise(Interval range, int in_fraction, const Format& format,
                               int carrier_fraction) {
  RequantisePlan plan;
  Requantise& q = plan.requantise;
  q.format = format;
  q.in_fraction = in_fraction;
  q.rounding = format.rounding;
  q.carry_shift = carrier_fraction - format.fraction_bits();
  plan.need = hull(range, {0, 0});

  const int shift = in_fraction - format.fraction_bits(), bits = signed_width(range);
  Interval rounded{};
  if (shift > 0) {
    q.shift = std::min(shift, longest_shift(format.rounding, bits));
    // Rounding is monotone, so the ends of the range bound the results.
    rounded = {round_shift(range.low, shift, format.rounding),
               round_shift(range.high, shift, format.rounding)};
    // What is added before the shift stays below 2^shift; a shift needs a wider type, too.
    plan.need = hull(plan.need, signed_bits(q.shift + 1));
    if (format.rounding != Rounding::kTRN) {
      plan.need = hull(plan.need, {range.low, range.high + (static_cast<Int128>(1) << q.shift)});
    }
  } else if (bits - shift > kReferenceBits) {
    q.by_reference = true;
  } else {
    q.shift = shift;
    rounded = shift_left(range, -shift);
    plan.need = hull(plan.need, rounded);
  }
  if (!q.by_reference) {
    Interval inside = format.range();
    if (format.overflow == Overflow::kSAT_SYM) inside.low = apply_overflow(inside.low, format);
    q.low = static_cast<int64_t>(inside.low);
    q.high = static_cast<int64_t>(inside.high);
    const bool fits = inside.low <= rounded.low && rounded.high <= inside.high;
    if (!fits) {
      switch (format.overflow) {
        case Overflow::kWRAP:
          q.limit = Requantise::Limit::kWrap;
          break;
        case Overflow::kSAT:
        case Overflow::kSAT_SYM:
          q.limit = Requantise::Limit::kClamp;
          break;
        case Overflow::kSAT_ZERO:
          q.limit = Requantise::Limit::kZero;
          break;
      }
      rounded = inside;
    }
    plan.need = hull(plan.need, hull(rounded, inside));
    plan.need = hull(plan.need, shift_left(rounded, q.carry_shift));
    clamp_first(range, shift, plan);
  }
  if (width_for(plan.need) == Width::k128) q.by_reference = true;
  if (q.by_reference) plan.need = signed_bits(100);
  return plan;
}

FastEpilogue fast_epilogue(const Epilogue& epilogue, size_t o, Interval sum, Lane lane) {
  FastEpilogue fast;
  Int128 low = epilogue.low, high = epilogue.high;
  if (!epilogue.requantise.empty()) {
    const Requantise& q = epilogue.requantise[static_cast<size_t>(epilogue.of_output[o])];
    if (q.by_reference || q.shift < 0 || q.shift > 30 || q.carry_shift != 0) return fast;
    const int32_t half = q.shift > 0 ? int32_t{1} << (q.shift - 1) : 0;
    switch (q.rounding) {
      case Rounding::kTRN:
        break;
      case Rounding::kRND:
        fast.add = half;
        break;
      case Rounding::kRND_MIN_INF:
        fast.add = std::max(half - 1, 0);
        break;
      case Rounding::kTRN_ZERO:
      case Rounding::kRND_ZERO:
      case Rounding::kRND_INF:
      case Rounding::kRND_CONV:
        if (q.shift > 0) return fast;
        break;
    }
    fast.shift = q.shift;
    // Clamps move before the addition and the shift: x <= h  <=>  x + add <= h + add.
    low += fast.add;
    high += fast.add;
    switch (q.limit) {
      case Requantise::Limit::kNone:
        break;
      case Requantise::Limit::kClamp: {
        const Int128 first = static_cast<Int128>(q.low) << q.shift;
        const Int128 last = (static_cast<Int128>(q.high) << q.shift) + ((1 << q.shift) - 1);
        low = std::clamp(low, first, last);
        high = std::clamp(high, first, last);
        break;
      }
      case Requantise::Limit::kWrap:
        // A field as wide as the lane is cut by the store; a narrower one only without a sign.
        if (q.format.width_bits > 16) return fast;
        if (q.format.width_bits != 8 * lane_bytes(lane) && q.format.is_signed) return fast;
        fast.mask = (int32_t{1} << q.format.width_bits) - 1;
        break;
      case Requantise::Limit::kZero:
        return fast;
    }
  }
  if (sum.low < INT32_MIN || sum.high + fast.add > INT32_MAX) return fast;
  const Int128 most = (sum.high + fast.add) >> fast.shift;
  fast.narrow_mask = lane == Lane::kU8 && fast.mask != -1 && (low >> fast.shift) == 0 &&
                     high >= sum.high + fast.add && most <= UINT16_MAX;
  // Narrowing stores saturate by themselves.
  if (fast.mask == -1 && lane_bytes(lane) <= 2) {
    const Interval stored = interval_of(lane);
    if (low == stored.low << fast.shift) low = INT32_MIN;
    if (high == ((stored.high + 1) << fast.shift) - 1) high = INT32_MAX;
  }
  // Sums fit 32 bits, so a bound beyond them never acts.
  fast.low = static_cast<int32_t>(std::clamp<Int128>(low, INT32_MIN, INT32_MAX));
  fast.high = static_cast<int32_t>(std::clamp<Int128>(high, INT32_MIN, INT32_MAX));
  fast.usable = true;
  return fast;
}

FastKind fast_kind(const std::vector<FastEpilogue>& outputs) {
  bool low = false, high = false, mask = false, narrow = true;
  for (const FastEpilogue& fast : outputs) {
    if (!fast.usable) return FastKind::kNone;
    narrow &= fast.narrow_mask && fast.mask == outputs.front().mask;
    low |= fast.low != INT32_MIN;
    high |= fast.high != INT32_MAX;
    mask |= fast.mask != -1;
  }
  if (narrow) return FastKind::kNarrowMask;
  return high ? FastKind::kAll : low || mask ? FastKind::kLowShiftMask : FastKind::kShift;
}

}  // namespace trigstone::engine
