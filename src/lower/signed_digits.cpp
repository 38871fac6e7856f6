#include "lower/signed_digits.h"

namespace trigstone {

DigitChoices canonical_choices(int64_t value) {
  DigitChoices choices;
  for (const SignedDigit digit : canonical_signed_digits(value)) {
    (digit.sign > 0 ? choices.plus : choices.minus) |= uint64_t{1} << digit.power;
    ++choices.count;
  }
  return choices;
}

DigitChoices every_choice(int64_t value) {
  DigitChoices choices;
  if (value == 0) return choices;
  choices.count = signed_digit_count(value);
  const uint64_t size = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  const int highest = std::min(64 - std::countl_zero(size), 63);  // one above the leading one
  for (int power = std::countr_zero(size); power <= highest; ++power) {
    const auto digit = static_cast<__int128>(1) << power;
    const uint64_t bit = uint64_t{1} << power;
    if (signed_digit_count(value - digit) < choices.count) choices.plus |= bit;
    if (signed_digit_count(value + digit) < choices.count) choices.minus |= bit;
  }
  return choices;
}

}  // namespace trigstone
