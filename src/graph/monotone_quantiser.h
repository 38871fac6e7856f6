// A quantiser of an integer through exact monotone steps, as the integers at which its result
// changes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/scaled_value.h"

namespace trigstone::detail {

// One channel's function of the integers [first, last] (mantissas of the base).
struct Channel {
  // One number per step of the scaled value: gain and offset (affine), else unused.
  std::vector<Rational> gain, offset;
  Format to;
  std::vector<int64_t> changes;  // ascending; x and x - 1 differ there, once per unit of the result
  int64_t at_first = 0;          // result at the smallest base mantissa
  int direction = 1;             // of the changes
};

// quantise(max(x * factor + offset, 0)) or without the max: exact operations on fixed point.
struct IntegerProduct {
  Grid factor, offset;
  bool relu = false;
};

// Operands of the op `thresholds`.
struct ThresholdTable {
  Tensor steps;  // [channels, steps]
  std::vector<int64_t> base, direction;
};

class MonotoneQuantiser {
 public:
  // `value` maps mantissas of `base` to reals; `formats` quantises them; `shape` is the value's.
  // The results are mantissas of the formats' carrier.
  MonotoneQuantiser(const ScaledValue& value, const Format& base, const FormatMap& formats,
                    const Shape& shape, const std::string& where);

  // Finds all changes. False when some result is not monotone (it wraps) or changes more than
  // `most_changes` times in all.
  bool solve(int64_t most_changes);

  const std::vector<Channel>& channels() const { return channels_; }
  // The axis along which channels lie, -1 when there is one channel, -2 when they are all elements.
  int axis() const { return axis_; }
  const Format& carrier() const { return carrier_; }
  // Mantissas of the carrier for base mantissa m.
  int64_t result(const Channel& channel, int64_t m) const;
  int64_t first() const { return base_.min_mantissa(); }
  int64_t last() const { return base_.max_mantissa(); }

  // After `solve`: the largest number of changes of a channel.
  int64_t most_changes() const;
  // The same function by a product with so short a constant that every integer still gives the same
  // result; nothing when no constant of up to 40 bits does.
  std::optional<IntegerProduct> as_product() const;
  ThresholdTable as_thresholds(const std::string& where) const;

 private:
  bool find_changes(Channel& channel, int64_t low, int64_t at_low, int64_t high, int64_t at_high,
                    int64_t& left) const;

  // The channel's result by `factor` and `offset`, on the grid of `grid` fraction bits, equals the
  // exact one for every integer.
  bool product_is_equal(const Channel& channel, Int128 factor, Int128 offset, int grid,
                        bool relu) const;

  const ScaledValue& value_;
  Format base_, carrier_;
  std::vector<Channel> channels_;
  int axis_ = -1;
};

}  // namespace trigstone::detail
