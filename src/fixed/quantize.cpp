#include "fixed/quantize.h"

#include <bit>
#include <cmath>

#include "base/error.h"

namespace trigstone {

namespace {

// The lowest mantissa that the overflow mode lets through.
int64_t lowest(const Format& to) {
  // A one-bit signed number keeps its -1 under SAT_SYM, as ap_fixed does: it has no +1.
  const bool symmetric = to.overflow == Overflow::kSAT_SYM && to.is_signed && to.width_bits > 1;
  return symmetric ? -to.max_mantissa() : to.min_mantissa();
}

int64_t saturate(bool negative, const Format& to) {
  switch (to.overflow) {
    case Overflow::kWRAP:
    case Overflow::kSAT_ZERO:
      return 0;
    case Overflow::kSAT:
    case Overflow::kSAT_SYM:
      return negative ? lowest(to) : to.max_mantissa();
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
  const auto bits = static_cast<unsigned __int128>(x);
  const unsigned __int128 magnitude = x < 0 ? -bits : bits;
  const auto high = static_cast<uint64_t>(magnitude >> 64);
  return high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<uint64_t>(magnitude));
}

// mantissa / 2^shift needs more than the 126 bits that Int128 sums leave us.
bool exceeds_int128(Int128 mantissa, int shift) {
  return shift < 0 && magnitude_bits(mantissa) - shift > 126;
}

}  // namespace

Int128 round_shift(Int128 mantissa, int shift, Rounding rounding) {
  if (mantissa == 0) return 0;
  if (shift <= 0) {
    ensure(!exceeds_int128(mantissa, shift), "round_shift: left shift overflows");
    return mantissa * (static_cast<Int128>(1) << -shift);
  }
  if (shift > 126) {  // |m| < 2^126 is below half a step: only the sign is left to decide
    return mantissa < 0 && rounding == Rounding::kTRN ? -1 : 0;
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
  const int64_t low = lowest(to);
  const bool inside = mantissa >= low && mantissa <= to.max_mantissa();
  return inside ? static_cast<int64_t>(mantissa) : saturate(mantissa < low, to);
}

int64_t quantize(Int128 mantissa, int fraction_bits, const Format& to) {
  if (mantissa == 0) return 0;
  const int shift = fraction_bits - to.fraction_bits();
  if (exceeds_int128(mantissa, shift)) {
    // Far outside every format: under WRAP only the low bits count.
    if (to.overflow != Overflow::kWRAP) return saturate(mantissa < 0, to);
    if (-shift >= to.width_bits) return 0;
    return wrap(static_cast<unsigned __int128>(mantissa) << -shift, to);
  }
  return apply_overflow(round_shift(mantissa, shift, to.rounding), to);
}

int64_t quantize_real(double value, const Format& to, int64_t* outside) {
  const auto count = [&] {
    if (outside != nullptr) ++*outside;
  };
  if (!std::isfinite(value)) {
    count();
    return std::isnan(value) ? 0 : saturate(value < 0, to);
  }
  if (value == 0) return 0;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent
  const auto mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));
  const int fraction_bits = 53 - exponent;
  const int shift = fraction_bits - to.fraction_bits();
  const bool fits = !exceeds_int128(mantissa, shift) &&
                    to.range().contains(round_shift(mantissa, shift, to.rounding));
  if (!fits) count();
  return quantize(mantissa, fraction_bits, to);
}

Int128 align(Int128 mantissa, int from_fraction, int to_fraction) {
  ensure(to_fraction >= from_fraction, "align: the target grid is coarser");
  return round_shift(mantissa, from_fraction - to_fraction, Rounding::kTRN);
}

}  // namespace trigstone
