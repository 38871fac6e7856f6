#include "verify/random_format.h"

#include <algorithm>

namespace trigstone {

namespace {

// Binary points drift with every product; beyond these bounds sums of two values would grow past
// what torch (53 bits) and 64-bit mantissas hold.
constexpr int kMostFractionBits = 10, kFewestFractionBits = -5;

}  // namespace

void random_modes(Random& random, Format& format) {
  format.rounding = static_cast<Rounding>(random.integer(0, kRoundingCount - 1));
  format.overflow = static_cast<Overflow>(random.integer(0, kOverflowCount - 1));
}

Format random_format(Random& random, int max_bits) {
  Format format;
  format.width_bits = static_cast<int>(random.chance(0.12) ? 1 : random.integer(2, max_bits));
  const int fraction_bits = static_cast<int>(
      random.chance(0.2) ? random.integer(kFewestFractionBits, kMostFractionBits)
                         : random.integer(0, std::min(format.width_bits, kMostFractionBits)));
  format.integer_bits = format.width_bits - fraction_bits;
  format.is_signed = random.chance(0.6);
  random_modes(random, format);
  return format;
}

Format random_format_near(Random& random, const Format& from, int max_bits) {
  if (random.chance(0.15)) return random_format(random, max_bits);
  Format format;
  format.is_signed = random.chance(0.2) ? !from.is_signed : from.is_signed;
  const int fraction_bits =
      std::clamp(from.fraction_bits() - static_cast<int>(random.integer(-1, 5)),
                 kFewestFractionBits, kMostFractionBits);
  const int top = from.integer_bits - static_cast<int>(random.integer(-1, 3));
  format.width_bits = std::clamp(top + fraction_bits, 1, max_bits);
  format.integer_bits = format.width_bits - fraction_bits;
  random_modes(random, format);
  return format;
}

int64_t random_mantissa(Random& random, const Format& format) {
  const int64_t low = format.min_mantissa(), high = format.max_mantissa();
  switch (random.integer(0, 7)) {
    case 0:
      return low;
    case 1:
      return high;
    case 2:
      return 0;
    case 3:
      return std::clamp<int64_t>(random.integer(-2, 2), low, high);
    default:
      return random.integer(low, high);
  }
}

}  // namespace trigstone
