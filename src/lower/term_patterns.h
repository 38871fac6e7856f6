// The terms of a sum whose digits are not chosen yet, and the patterns that two of them make.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "fixed/format.h"
#include "lower/pattern_queue.h"
#include "lower/signed_digits.h"

namespace trigstone {

// What one value contributes to one column.
struct Term {
  int column = 0;
  int64_t coefficient = 0;
  DigitChoices choices;
};

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

// Where a pattern can be taken out: powers of the earlier value's digit.
struct Places {
  uint64_t plus = 0, minus = 0;  // by the sign of that digit
  bool none() const { return (plus | minus) == 0; }
  int count() const { return std::popcount(plus) + std::popcount(minus); }
};

inline uint64_t shifted_down(uint64_t bits, int shift) {
  if (shift >= 64 || shift <= -64) return 0;
  return shift >= 0 ? bits >> shift : bits << -shift;
}

// Of x, the term of the earlier value, and y; both the same for a pattern of one value with itself.
inline Places places_of(const Pattern& pattern, const Term& x, const Term& y) {
  Places places = {
      x.choices.plus &
          shifted_down(pattern.subtract ? y.choices.minus : y.choices.plus, pattern.shift),
      x.choices.minus &
          shifted_down(pattern.subtract ? y.choices.plus : y.choices.minus, pattern.shift)};
  if (pattern.a != pattern.b) return places;
  const auto keep = [&](uint64_t& bits, bool negative) {
    for (uint64_t rest = bits; rest != 0; rest &= rest - 1) {
      const int p = std::countr_zero(rest);
      if (!both_leave(x, p, negative, p + pattern.shift, negative != pattern.subtract)) {
        bits &= ~(uint64_t{1} << p);
      }
    }
  };
  keep(places.plus, false);
  keep(places.minus, true);
  return places;
}

// How many times the pattern can be taken out, one after the other, or a little more.
inline int times(const Pattern& pattern, const Term& x, const Term& y) {
  const Places places = places_of(pattern, x, y);
  if (places.none()) return 0;
  const int most =
      pattern.a == pattern.b ? x.choices.count / 2 : std::min(x.choices.count, y.choices.count);
  return most == 1 ? 1 : std::min(places.count(), most);
}

// Adds the patterns of two values' terms in one column, the earlier value's first; a term with
// itself makes the patterns of one value. The numbers are those of times().
// `pair` is empty before and after.
inline void add_patterns(const Term& x, const Term& y, bool same, Tally& pair, Tally& all) {
  const int most = same ? x.choices.count / 2 : std::min(x.choices.count, y.choices.count);
  if (!same && x.choices.count == 1 && y.choices.count == 1) {
    const bool x_negative = x.choices.minus != 0, y_negative = y.choices.minus != 0;
    all.add(std::countr_zero(y.choices.plus | y.choices.minus) -
                std::countr_zero(x.choices.plus | x.choices.minus),
            x_negative != y_negative, 1);
    return;
  }
  each_digit(x.choices, [&](int p, bool p_negative) {
    each_digit(y.choices, [&](int q, bool q_negative) {
      if (same && (q <= p || !both_leave(x, p, p_negative, q, q_negative))) return;
      pair.add(q - p, p_negative != q_negative, 1);
    });
  });
  pair.drain([&](int shift, bool subtract, int n) { all.add(shift, subtract, std::min(n, most)); });
}

}  // namespace trigstone
