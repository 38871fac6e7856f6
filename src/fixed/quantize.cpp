#include "fixed/quantize.h"

#include <cmath>

#include "base/error.h"

namespace trigstone {

namespace {

Int128 saturate(bool negative, const Format& to) {
  switch (to.overflow) {
    case Overflow::kWRAP:
    case Overflow::kSAT_ZERO:
      return 0;
    case Overflow::kSAT:
      return negative ? to.min_mantissa() : to.max_mantissa();
    case Overflow::kSAT_SYM:
      return negative ? (to.is_signed ? -static_cast<Int128>(to.max_mantissa()) : 0)
                      : to.max_mantissa();
  }
  internal_error("unknown overflow mode");
}

// The low W bits, read as a number of format `to`.
int64_t wrap(unsigned __int128 bits, const Format& to) {
  const auto low = static_cast<uint64_t>(bits);
  if (to.width_bits == 64) return static_cast<int64_t>(low);
  const uint64_t mask = (uint64_t{1} << to.width_bits) - 1;
  const uint64_t field = low & mask;
  const bool negative = to.is_signed && (field >> (to.width_bits - 1)) != 0;
  return static_cast<int64_t>(negative ? field | ~mask : field);
}

// Bits of |x|, 0 for 0.
int magnitude_bits(Int128 x) {
  auto rest = static_cast<unsigned __int128>(x < 0 ? -x : x);
  int bits = 0;
  for (; rest != 0; rest >>= 1) ++bits;
  return bits;
}

}  // namespace

Int128 round_shift(Int128 mantissa, int shift, Rounding rounding) {
  if (shift <= 0) {
    ensure(magnitude_bits(mantissa) - shift <= 126, "round_shift: left shift overflows");
    return mantissa * (static_cast<Int128>(1) << -shift);
  }
  if (shift > 126) {  // |m| < 2^126 is below half a step: only the sign is left to decide
    shift = 127;
    mantissa = mantissa < 0 ? -1 : (mantissa > 0 ? 1 : 0);
    const bool down = mantissa < 0 && rounding == Rounding::kTRN;
    return down ? -1 : 0;
  }
  const Int128 floor = mantissa >> shift;  // arithmetic: towards minus infinity
  const Int128 rest = mantissa - (floor << shift);
  const Int128 half = static_cast<Int128>(1) << (shift - 1);
  const bool tie = rest == half;
  switch (rounding) {
    case Rounding::kTRN:
      return floor;
    case Rounding::kTRN_ZERO:
      return floor + (mantissa < 0 && rest != 0 ? 1 : 0);
    case Rounding::kRND:
      return floor + (rest >= half ? 1 : 0);
    case Rounding::kRND_MIN_INF:
      return floor + (rest > half ? 1 : 0);
    case Rounding::kRND_ZERO:
      return floor + (rest > half || (tie && mantissa < 0) ? 1 : 0);
    case Rounding::kRND_INF:
      return floor + (rest > half || (tie && mantissa > 0) ? 1 : 0);
    case Rounding::kRND_CONV:
      return floor + (rest > half || (tie && (floor & 1) != 0) ? 1 : 0);
  }
  internal_error("unknown rounding mode");
}

int64_t apply_overflow(Int128 mantissa, const Format& to) {
  if (to.overflow == Overflow::kWRAP) return wrap(static_cast<unsigned __int128>(mantissa), to);
  const Int128 low = to.overflow == Overflow::kSAT_SYM && to.is_signed
                         ? -static_cast<Int128>(to.max_mantissa())
                         : to.min_mantissa();
  const bool inside = mantissa >= low && mantissa <= to.max_mantissa();
  return static_cast<int64_t>(inside ? mantissa : saturate(mantissa < low, to));
}

int64_t quantize(Int128 mantissa, int fraction_bits, const Format& to) {
  const int shift = fraction_bits - to.fraction_bits();
  if (shift < 0 && magnitude_bits(mantissa) - shift > 126) {
    // Far outside every format: WRAP keeps only zeros unless low bits remain.
    if (to.overflow != Overflow::kWRAP) return static_cast<int64_t>(saturate(mantissa < 0, to));
    if (-shift >= to.width_bits) return 0;
    return wrap(static_cast<unsigned __int128>(mantissa) << -shift, to);
  }
  return apply_overflow(round_shift(mantissa, shift, to.rounding), to);
}

int64_t quantize_real(double value, const Format& to, int64_t* outside) {
  const auto count = [&] {
    if (outside != nullptr) ++*outside;
  };
  if (std::isnan(value)) {
    count();
    return 0;
  }
  if (std::isinf(value)) {
    count();
    return static_cast<int64_t>(saturate(value < 0, to));
  }
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent
  const auto mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));
  const int64_t result = quantize(mantissa, 53 - exponent, to);
  const double low = to.to_real(to.min_mantissa());
  const double high = to.to_real(to.max_mantissa());
  if (value < low - to.step() || value > high + to.step()) count();
  return result;
}

Int128 align(Int128 mantissa, int from_fraction, int to_fraction) {
  ensure(to_fraction >= from_fraction, "align: the target grid is coarser");
  return round_shift(mantissa, from_fraction - to_fraction, Rounding::kTRN);
}

}  // namespace trigstone
