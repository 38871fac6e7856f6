#include "lower/signed_digits.h"

#include <algorithm>

namespace trigstone {

namespace {

// Below this size 3x fits 64 bits.
constexpr int64_t kSmall = int64_t{1} << 60;

int small_count(int64_t value) {
  const auto x = static_cast<uint64_t>(value);
  return std::popcount(x ^ (x * 3));
}

uint64_t size_of(int64_t value) {
  return value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

// The digits at `plus` and `minus` that can leave `value`.
DigitChoices choices_among(uint64_t plus, uint64_t minus, int64_t value, int count) {
  DigitChoices choices;
  choices.count = count;
  const bool small = size_of(value) < static_cast<uint64_t>(kSmall);
  for (uint64_t bits = plus; bits != 0; bits &= bits - 1) {
    const int power = std::countr_zero(bits);
    const int left = small && power < 60
                         ? small_count(value - (int64_t{1} << power))
                         : signed_digit_count(value - (static_cast<__int128>(1) << power));
    if (left < count) choices.plus |= uint64_t{1} << power;
  }
  for (uint64_t bits = minus; bits != 0; bits &= bits - 1) {
    const int power = std::countr_zero(bits);
    const int left = small && power < 60
                         ? small_count(value + (int64_t{1} << power))
                         : signed_digit_count(value + (static_cast<__int128>(1) << power));
    if (left < count) choices.minus |= uint64_t{1} << power;
  }
  return choices;
}

DigitChoices only_digit(int64_t value) {
  const uint64_t size = size_of(value);
  return value < 0 ? DigitChoices{0, size, 1} : DigitChoices{size, 0, 1};
}

}  // namespace

DigitChoices canonical_choices(int64_t value) {
  DigitChoices choices;
  auto rest = static_cast<__int128>(value);
  for (int power = 0; rest != 0; ++power, rest >>= 1) {
    if ((rest & 1) == 0) continue;
    const bool negative = (rest & 3) == 3;
    (negative ? choices.minus : choices.plus) |= uint64_t{1} << power;
    ++choices.count;
    rest += negative ? 1 : -1;
  }
  return choices;
}

DigitChoices every_choice(int64_t value) {
  if (value == 0) return {};
  const int count = signed_digit_count(value);
  if (count == 1) return only_digit(value);
  const uint64_t size = size_of(value);
  const int highest = std::min(64 - std::countl_zero(size), 63);  // one above the leading one
  const uint64_t lowest = size & -size, top = uint64_t{1} << highest;
  const uint64_t all = (top | (top - 1)) & ~(lowest - 1);
  return choices_among(all, all, value, count);
}

DigitChoices fewer_choices(const DigitChoices& before, int64_t rest) {
  if (before.count <= 1) return {};
  if (before.count == 2) return only_digit(rest);
  return choices_among(before.plus, before.minus, rest, before.count - 1);
}

}  // namespace trigstone
