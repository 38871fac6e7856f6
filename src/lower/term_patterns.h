// The terms of a sum whose digits are not chosen yet, and the patterns that two of them make.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "fixed/format.h"
#include "lower/pattern_counts.h"
#include "lower/signed_digits.h"

namespace trigstone {

struct Term {
  int value = 0;
  int64_t coefficient = 0;
  DigitChoices choices;
};

// Ascending values; terms of coefficient 0 are removed now and then.
using Terms = std::vector<Term>;

inline constexpr int kShifts = 128;  // -64 … 63

// Calls use(power, negative) for every digit of the choices.
template <class F>
void each_digit(const DigitChoices& choices, const F& use) {
  for (uint64_t bits = choices.plus; bits != 0; bits &= bits - 1)
    use(std::countr_zero(bits), false);
  for (uint64_t bits = choices.minus; bits != 0; bits &= bits - 1)
    use(std::countr_zero(bits), true);
}

inline Int128 digit(int power, bool negative) {
  const auto size = static_cast<Int128>(1) << power;
  return negative ? -size : size;
}

// Whether two digits can leave a coefficient one after the other.
inline bool both_leave(const Term& x, int p, bool p_negative, int q, bool q_negative) {
  const Int128 rest = x.coefficient - digit(p, p_negative) - digit(q, q_negative);
  return signed_digit_count(rest) == x.choices.count - 2;
}

// Numbers of occurrences by shift and sign; remembers which it must clear.
class Tally {
 public:
  void add(int shift, bool subtract, int n) {
    const auto at = 2 * static_cast<size_t>(shift + kShifts / 2) + (subtract ? 1 : 0);
    if (counts_[at] == 0) touched_[used_++] = static_cast<uint8_t>(at);
    counts_[at] += n;
  }
  // Calls use(shift, subtract, count) for each and forgets them.
  template <class F>
  void drain(const F& use) {
    for (size_t i = 0; i < used_; ++i) {
      const size_t at = touched_[i];
      use(static_cast<int>(at / 2) - kShifts / 2, (at & 1) != 0, counts_[at]);
      counts_[at] = 0;
    }
    used_ = 0;
  }

 private:
  std::array<int, size_t{2} * kShifts> counts_{};
  std::array<uint8_t, size_t{2} * kShifts> touched_{};
  size_t used_ = 0;
};

// Calls use(shift, subtract, n) for the patterns that x (the earlier value) and
// y make, or x with itself; n is how many can be taken out one after the other,
// or a little more.
// `tally` is empty before and after.
template <class F>
void each_pattern(const Term& x, const Term& y, Tally& tally, const F& use) {
  const bool same = x.value == y.value;
  each_digit(x.choices, [&](int p, bool p_negative) {
    each_digit(y.choices, [&](int q, bool q_negative) {
      if (same && (q <= p || !both_leave(x, p, p_negative, q, q_negative))) return;
      tally.add(q - p, p_negative != q_negative, 1);
    });
  });
  const int most = same ? x.choices.count / 2 : std::min(x.choices.count, y.choices.count);
  tally.drain([&](int shift, bool subtract, int n) { use(shift, subtract, std::min(n, most)); });
}

}  // namespace trigstone
