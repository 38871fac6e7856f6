// Integers as sums of signed powers of two with as few of them as possible.
//
//   7 = 8 - 1;  3 = 4 - 1 = 2 + 1;  11 = 8 + 4 - 1 = 8 + 2 + 1 = 16 - 4 - 1
//
// The canonical form (no two digits adjacent) is one of the shortest; often
// there are others.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace trigstone {

struct SignedDigit {
  int power = 0;
  int sign = 1;  // +1 or -1
};

// Ascending powers, no two adjacent: 7 = 8 - 1 gives {0, -1}, {3, +1}.
inline std::vector<SignedDigit> canonical_signed_digits(int64_t value) {
  std::vector<SignedDigit> digits;
  auto rest = static_cast<__int128>(value);
  for (int power = 0; rest != 0; ++power, rest >>= 1) {
    if ((rest & 1) == 0) continue;
    const int sign = (rest & 3) == 3 ? -1 : 1;
    digits.push_back({power, sign});
    rest -= sign;
  }
  return digits;
}

// How many digits the shortest sums have: the canonical form has one wherever x
// and 3x differ (Reitwiesner, 1960).
inline int signed_digit_count(__int128 value) {
  const auto x = static_cast<unsigned __int128>(value);
  const unsigned __int128 differ = x ^ (x * 3);
  return std::popcount(static_cast<uint64_t>(differ)) +
         std::popcount(static_cast<uint64_t>(differ >> 64));
}

// The digits that may be taken out of a number so that one digit less is left:
// bit p of `plus` stands for +2^p, of `minus` for -2^p.
struct DigitChoices {
  uint64_t plus = 0, minus = 0;
  int count = 0;  // digits of a shortest sum
};

// Of the canonical form alone, or of every shortest sum.
DigitChoices canonical_choices(int64_t value);
DigitChoices every_choice(int64_t value);
// Of what is left of a number with `before` when one of its digits is taken out: those of every
// shortest sum of `rest`, found among `before`.
DigitChoices fewer_choices(const DigitChoices& before, int64_t rest);

}  // namespace trigstone
