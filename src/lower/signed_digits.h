// Canonical signed digits: the shortest sum of signed powers of two that equals an integer.
#pragma once

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

}  // namespace trigstone
