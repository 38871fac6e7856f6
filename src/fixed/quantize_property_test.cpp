// Random formats of up to 64 bits in every mode, against arbitrary-precision integers.
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "fixed/quantize.h"
#include "fixed/reference_quantize.h"

namespace trigstone {
namespace {

using Big = boost::multiprecision::cpp_int;

Big big(Int128 value) { return Big(value); }

// Formats near each other matter most: there rounding and overflow both act.
Format any_format(Random& random, int near_integer_bits) {
  Format format;
  format.is_signed = random.chance(0.5);
  format.width_bits = static_cast<int>(random.integer(1, format.is_signed ? 64 : 63));
  format.integer_bits = static_cast<int>(near_integer_bits + random.integer(-70, 70));
  return format;
}

// The ends of the range and their neighbours come often, ties of any depth as well.
Int128 any_mantissa(Random& random, Interval range) {
  const auto near = [&] { return static_cast<Int128>(random.integer(0, 3)); };
  Int128 value = 0;
  switch (random.integer(0, 4)) {
    case 0:
      value = range.low + near();
      break;
    case 1:
      value = range.high - near();
      break;
    case 2:
      value = (static_cast<Int128>(random.integer(-5, 5)) << random.integer(0, 60)) + near() - 1;
      break;
    case 3:
      value = static_cast<Int128>(random.bits() >> random.integer(0, 63)) *
              (random.chance(0.5) ? 1 : -1);
      break;
    default:
      value = (static_cast<Int128>(random.bits()) << 60 | random.bits()) >> random.integer(0, 120);
      value *= random.chance(0.5) ? 1 : -1;
  }
  return range.contains(value) ? value : range.low + near() % (range.high - range.low + 1);
}

int64_t expected(Int128 mantissa, int fraction_bits, const Format& to) {
  Big numerator = big(mantissa);
  Big denominator = 1;
  reference::scale_by_power_of_two(numerator, denominator, to.fraction_bits() - fraction_bits);
  return static_cast<int64_t>(reference::quantize<Big>(numerator, denominator, to));
}

// Calls check(to) for every rounding and overflow mode.
template <class Check>
void for_all_modes(Format to, Check check) {
  for (int r = 0; r < kRoundingCount; ++r) {
    for (int o = 0; o < kOverflowCount; ++o) {
      to.rounding = static_cast<Rounding>(r);
      to.overflow = static_cast<Overflow>(o);
      check(to);
    }
  }
}

TEST(QuantizeProperty, AgreesWithArbitraryPrecisionForFormatsUpTo64Bits) {
  Random random(11);
  for (int i = 0; i < 20000; ++i) {
    const Format from = any_format(random, 0);
    const Int128 mantissa = any_mantissa(random, from.range());
    for_all_modes(any_format(random, from.integer_bits), [&](const Format& to) {
      ASSERT_EQ(quantize(mantissa, from.fraction_bits(), to),
                expected(mantissa, from.fraction_bits(), to))
          << static_cast<int64_t>(mantissa) << " in " << to_string(from) << " -> " << to_string(to);
    });
  }
}

TEST(QuantizeProperty, AgreesForExactResultsOf126Bits) {
  const Int128 limit = (static_cast<Int128>(1) << 126) - 1;
  Random random(12);
  for (int i = 0; i < 2000; ++i) {
    const Int128 mantissa = any_mantissa(random, {-limit, limit});
    const auto fraction_bits = static_cast<int>(random.integer(-200, 200));
    for_all_modes(any_format(random, 0), [&](const Format& to) {
      ASSERT_EQ(quantize(mantissa, fraction_bits, to), expected(mantissa, fraction_bits, to))
          << big(mantissa) << " * 2^" << -fraction_bits << " -> " << to_string(to);
    });
  }
}

TEST(QuantizeProperty, AgreesAtTheFarEndsOfIntegerBits) {
  for (const int integer_bits : {-512, -300, 300, 512}) {
    for (const int64_t mantissa : {INT64_MIN, int64_t{-1}, int64_t{0}, int64_t{1}, INT64_MAX}) {
      for_all_modes(Format{64, integer_bits}, [&](const Format& to) {
        for (const int fraction_bits : {-512, 0, 512}) {
          EXPECT_EQ(quantize(mantissa, fraction_bits, to), expected(mantissa, fraction_bits, to))
              << mantissa << " * 2^" << -fraction_bits << " -> " << to_string(to);
        }
      });
    }
  }
}

// A double as a fraction with a power of two below, read from its bits.
int64_t expected_of_real(double value, const Format& to) {
  int exponent = 0;
  const auto mantissa = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
  return expected(mantissa, 53 - exponent, to);
}

TEST(QuantizeProperty, RoundsDoublesExactly) {
  Random random(13);
  const double tiny = std::numeric_limits<double>::denorm_min();
  const double huge = std::numeric_limits<double>::max();
  for (int i = 0; i < 2000; ++i) {
    const Format grid = any_format(random, 0);
    double value = std::ldexp(random.uniform(-1, 1), static_cast<int>(random.integer(-80, 80)));
    if (i % 4 == 1) value = grid.to_real(random.integer(-9, 9)) / 2;  // ties
    if (i % 97 == 0) value = tiny * static_cast<double>(random.integer(-3, 3));
    if (i % 89 == 0) value = random.chance(0.5) ? huge : -huge;
    for_all_modes(grid, [&](const Format& to) {
      ASSERT_EQ(quantize_real(value, to), expected_of_real(value, to))
          << value << " -> " << to_string(to);
    });
  }
}

}  // namespace
}  // namespace trigstone
