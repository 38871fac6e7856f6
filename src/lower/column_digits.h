// The digits of sums, column by column and close together, to count what a value in few columns
// shares with all others: sixty-four distances of powers at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "lower/term_patterns.h"

namespace trigstone {

class ColumnDigits {
 public:
  static constexpr int kPowers = 32;  // digits below 2^32 only

  struct Entry {
    int value = 0;
    uint32_t plus = 0, minus = 0;
  };

  ColumnDigits() = default;
  explicit ColumnDigits(int columns) : columns_(static_cast<size_t>(columns)) {}

  // By ascending values.
  const std::vector<Entry>& column(int at) const { return columns_[static_cast<size_t>(at)]; }
  // A value has these digits from now on, or none.
  void set(int column, int value, const DigitChoices& digits) {
    std::vector<Entry>& entries = columns_[static_cast<size_t>(column)];
    const auto at = std::lower_bound(entries.begin(), entries.end(), value,
                                     [](const Entry& x, int v) { return x.value < v; });
    const bool known = at != entries.end() && at->value == value;
    const Entry entry = {value, static_cast<uint32_t>(digits.plus),
                         static_cast<uint32_t>(digits.minus)};
    if (known && (digits.plus | digits.minus) == 0) {
      entries.erase(at);
    } else if (known) {
      *at = entry;
    } else if ((digits.plus | digits.minus) != 0) {
      entries.insert(at, entry);
    }
  }

 private:
  std::vector<std::vector<Entry>> columns_;
};

// How often each distance of powers was met beside each of many values, with the same sign and with
// the other one. A number is written down the words, one bit in each; the low two, which are all
// that most numbers need, stand close together.
class DistanceCounts {
 public:
  static constexpr int kMost = 63;  // higher numbers count as this one

  void resize(size_t values) {
    low_.resize(values);
    high_.resize(values);
  }
  // The digits of an entry beside one digit. True when the value may not have been met before.
  bool add(const ColumnDigits::Entry& entry, int power, bool negative) {
    const auto aside = [power](uint32_t digits) {
      return static_cast<uint64_t>(digits) << ColumnDigits::kPowers >> power;
    };
    Bits carry = {aside(negative ? entry.minus : entry.plus),
                  aside(negative ? entry.plus : entry.minus)};
    std::array<Bits, 2>& low = low_[static_cast<size_t>(entry.value)];
    const bool first = !low[0].any() && !low[1].any();
    if (!increment(low, carry)) return first;
    std::array<Bits, 4>& high = high_[static_cast<size_t>(entry.value)];
    if (increment(high, carry)) {
      for (Bits& bits : low) bits = {bits.same | carry.same, bits.other | carry.other};
      for (Bits& bits : high) bits = {bits.same | carry.same, bits.other | carry.other};
    }
    return first;
  }
  // A number that no count of the value exceeds: 1, 3, 7 …, or 0.
  int most(int value) const {
    const auto at = static_cast<size_t>(value);
    for (size_t k = 4; k-- > 0 && may_be_high_;) {
      if (high_[at][k].any()) return (8 << k) - 1;
    }
    return low_[at][1].any() ? 3 : low_[at][0].any() ? 1 : 0;
  }
  // Calls use(distance, other sign, count) for those met at least `least` times, two or more, or a
  // little less often.
  template <class F>
  void each(int value, int least, const F& use) const {
    const auto at = static_cast<size_t>(value);
    const std::array<Bits, 6> counts = {low_[at][0],  low_[at][1],  high_[at][0],
                                        high_[at][1], high_[at][2], high_[at][3]};
    Bits often;
    for (auto k = static_cast<size_t>(std::bit_width(static_cast<unsigned>(least))) - 1;
         k < counts.size(); ++k) {
      often = {often.same | counts[k].same, often.other | counts[k].other};
    }
    each(often.same, counts, &Bits::same, [&](int distance, int n) { use(distance, false, n); });
    each(often.other, counts, &Bits::other, [&](int distance, int n) { use(distance, true, n); });
  }
  void clear(int value) {
    low_[static_cast<size_t>(value)] = {};
    if (may_be_high_) high_[static_cast<size_t>(value)] = {};
  }
  // Whether numbers above three may come; must be said before they do.
  void expect(int most) { may_be_high_ = most > 3; }

 private:
  struct Bits {
    uint64_t same = 0, other = 0;
    bool any() const { return (same | other) != 0; }
  };

  // Adds one to the numbers at the bits of `carry`, and leaves there what went beyond: true then.
  template <size_t n>
  static bool increment(std::array<Bits, n>& words, Bits& carry) {
    for (Bits& bits : words) {
      const Bits next = {bits.same & carry.same, bits.other & carry.other};
      bits = {bits.same ^ carry.same, bits.other ^ carry.other};
      carry = next;
      if (!carry.any()) return false;
    }
    return true;
  }
  template <class F>
  static void each(uint64_t distances, const std::array<Bits, 6>& counts, uint64_t Bits::*sign,
                   const F& use) {
    for (; distances != 0; distances &= distances - 1) {
      const int at = std::countr_zero(distances);
      int n = 0;
      for (size_t k = 0; k < counts.size(); ++k) {
        n |= static_cast<int>(counts[k].*sign >> at & 1) << k;
      }
      use(at - ColumnDigits::kPowers, n);
    }
  }

  std::vector<std::array<Bits, 2>> low_;
  std::vector<std::array<Bits, 4>> high_;
  bool may_be_high_ = true;
};

}  // namespace trigstone
