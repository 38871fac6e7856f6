// Test-only: rounding and overflow once more, written from the definitions in exact rationals and
// sharing nothing with quantize.cpp. `Int` is any integer wide enough for the products below
// (__int128 for small formats, an arbitrary-precision integer for the others).
#pragma once

#include "base/error.h"
#include "fixed/format.h"

namespace trigstone::reference {

// The neighbours of numerator / denominator (denominator > 0) on the integers.
template <class Int>
Int floor_of(const Int& numerator, const Int& denominator) {
  Int quotient = numerator / denominator;  // towards zero
  if (quotient * denominator > numerator) quotient -= 1;
  return quotient;
}

// The integer that `rounding` chooses for numerator / denominator.
template <class Int>
Int round(const Int& numerator, const Int& denominator, Rounding rounding) {
  const Int below = floor_of<Int>(numerator, denominator);
  if (below * denominator == numerator) return below;
  const Int above = below + 1;
  const Int to_zero = numerator < 0 ? above : below;
  const Int from_zero = numerator < 0 ? below : above;
  if (rounding == Rounding::kTRN) return below;
  if (rounding == Rounding::kTRN_ZERO) return to_zero;
  const Int to_below = numerator - below * denominator;
  const Int to_above = above * denominator - numerator;
  if (to_below < to_above) return below;
  if (to_above < to_below) return above;
  switch (rounding) {  // a tie: the seven modes differ only here
    case Rounding::kTRN:
    case Rounding::kTRN_ZERO:
      break;
    case Rounding::kRND:
      return above;
    case Rounding::kRND_MIN_INF:
      return below;
    case Rounding::kRND_ZERO:
      return to_zero;
    case Rounding::kRND_INF:
      return from_zero;
    case Rounding::kRND_CONV:
      return below % 2 == 0 ? below : above;
  }
  internal_error("unknown rounding mode");
}

// The number of `to` that its overflow mode puts in the place of `mantissa`.
template <class Int>
Int overflow(const Int& mantissa, const Format& to) {
  Int count = 1;  // 2^W
  for (int i = 0; i < to.width_bits; ++i) count *= 2;
  const Int low = to.is_signed ? Int(-(count / 2)) : Int(0);
  const Int high = low + count - 1;
  switch (to.overflow) {
    case Overflow::kWRAP:
      return mantissa - count * floor_of<Int>(mantissa - low, count);
    case Overflow::kSAT:
      return mantissa < low ? low : mantissa > high ? high : mantissa;
    case Overflow::kSAT_SYM: {
      // ap_fixed leaves a one-bit signed number its only non-zero value.
      const Int lowest = to.is_signed && to.width_bits > 1 ? Int(low + 1) : low;
      return mantissa < lowest ? lowest : mantissa > high ? high : mantissa;
    }
    case Overflow::kSAT_ZERO:
      return mantissa < low || mantissa > high ? Int(0) : mantissa;
  }
  internal_error("unknown overflow mode");
}

// Rounds numerator / denominator, counted in steps of `to`, into `to`.
template <class Int>
Int quantize(const Int& numerator, const Int& denominator, const Format& to) {
  return overflow<Int>(round<Int>(numerator, denominator, to.rounding), to);
}

// numerator / denominator times 2^shift, as a fraction in place.
template <class Int>
void scale_by_power_of_two(Int& numerator, Int& denominator, int shift) {
  for (; shift > 0; --shift) numerator *= 2;
  for (; shift < 0; ++shift) denominator *= 2;
}

}  // namespace trigstone::reference
