// An adder graph under construction: equal sums are made once, widths are at
// hand.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "lower/adder_graph.h"

namespace trigstone {

// One term of a sum: (negative ? -1 : 1) * value * 2^power.
struct Addend {
  int value = 0, power = 0;
  bool negative = false;
};

class AdderBuilder {
 public:
  explicit AdderBuilder(const std::vector<Interval>& inputs);

  // The sum of two terms, on the grid of the lower one, with this sign where they differ in theirs.
  Addend add(Addend x, Addend y, bool negative);

  int values() const { return static_cast<int>(widths_.size()); }
  int depth(int value) const { return depths_[static_cast<size_t>(value)]; }
  bool is_signed(int value) const { return widths_[static_cast<size_t>(value)].is_signed; }
  // Bits without the sign, and with it.
  int magnitude_bits(int value) const { return widths_[static_cast<size_t>(value)].magnitude; }
  int bits(int value) const { return magnitude_bits(value) + (is_signed(value) ? 1 : 0); }
  // The first bit beyond a term, its sign left out.
  int top(const Addend& x) const { return x.power + magnitude_bits(x.value); }

  AdderGraph graph;

 private:
  struct Width {
    int magnitude = 0;
    bool is_signed = false;
  };
  static Width width_of(Interval range);

  std::vector<Width> widths_;
  std::vector<int> depths_;
  std::unordered_map<uint64_t, int> known_;
};

}  // namespace trigstone
