// Digits of values in many columns as bits, one a column: patterns of two such values are counted
// sixty-four columns at a time.
//
//   3 x in column 0, 4 x in column 2:  plane +2^2 = 101, +2^1 = 001, +2^0 = 001, -2^0 = 001
#pragma once

#include <cstdint>
#include <vector>

#include "lower/term_patterns.h"

namespace trigstone {

class BitPlanes {
 public:
  static constexpr int kMostPowers = 32;

  // For digits below 2^powers, powers <= kMostPowers, in this many columns.
  BitPlanes(int columns, int powers);

  bool has(int value) const {
    const auto at = static_cast<size_t>(value);
    return at < values_.size() && values_[at].kept;
  }
  // Gives a value planes, empty ones.
  void begin(int value);
  // Takes some digits of a value in a column away and puts others there; false, and nothing done,
  // when one is too high.
  bool change(int value, int column, const DigitChoices& before, const DigitChoices& after);

  // How many places each pattern of two values has, those of one column that exclude each other
  // included: at least times() of all columns together. Both values have planes.
  void count(int a, int b, Tally& tally) const;
  // The columns where a pattern has one place, and those where it has several, a bit each. Valid
  // until the next call.
  struct Found {
    const std::vector<uint64_t>& once;
    const std::vector<uint64_t>& more;
  };
  Found find(const Pattern& pattern);

 private:
  struct Value {
    bool kept = false;
    uint64_t plus = 0, minus = 0;  // powers of planes that may hold something
    std::vector<uint64_t> words;   // by block of 64 columns, then plus and minus, then power
  };
  void flip(Value& value, int column, const DigitChoices& digits) const;

  size_t powers_, blocks_;
  std::vector<Value> values_;
  std::vector<uint64_t> once_, more_;
};

}  // namespace trigstone
