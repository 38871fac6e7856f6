// Exact rational numbers: what thresholds and integer weights are computed in, once, at import.
// Included by few files: the Boost headers are slow to compile.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>

#include "fixed/format.h"
#include "fixed/quantize.h"

namespace trigstone::detail {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

// value * 2^exponent.
inline Rational times_power_of_two(const Rational& value, int exponent) {
  const Integer power = Integer(1) << std::abs(exponent);
  return exponent >= 0 ? Rational(value * power) : Rational(value / power);
}

// A finite double is mantissa * 2^exponent exactly.
inline Rational rational_of(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return times_power_of_two(Rational(static_cast<int64_t>(std::ldexp(fraction, 53))),
                            exponent - 53);
}

// Closed interval of integers near x, floor(x) and whether the rest is 0, below, at or above 1/2.
inline Integer floor_of(const Rational& x) {
  const Integer n = numerator(x), d = denominator(x);
  Integer quotient = n / d;  // towards zero
  if (n < 0 && quotient * d != n) --quotient;
  return quotient;
}

// The mantissa of `value` in `to`, rounded and brought into range by its modes.
inline int64_t quantize(const Rational& value, const Format& to) {
  const Rational scaled = times_power_of_two(value, to.fraction_bits());
  const Integer low = floor_of(scaled);
  // Four times the value keeps what rounding must know: below, at, above one half, or exact.
  const Rational rest = scaled - Rational(low);
  const Rational half(1, 2);
  const int quarter = rest == 0 ? 0 : rest < half ? 1 : rest == half ? 2 : 3;
  const Integer limit = Integer(1) << 120;
  if (low > limit || low < -limit) {
    const Int128 beyond = static_cast<Int128>(1) << 100;
    return apply_overflow(low > 0 ? beyond : -beyond, to);
  }
  const Int128 floor = static_cast<Int128>(low);
  return apply_overflow(round_shift(4 * floor + quarter, 2, to.rounding), to);
}

}  // namespace trigstone::detail
