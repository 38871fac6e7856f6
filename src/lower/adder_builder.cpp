#include "lower/adder_builder.h"

#include <algorithm>

#include "fixed/quantize.h"

namespace trigstone {

AdderBuilder::AdderBuilder(const std::vector<Interval>& inputs) {
  graph.inputs = inputs;
  for (const Interval& range : inputs) {
    widths_.push_back(width_of(range));
    depths_.push_back(0);
  }
}

AdderBuilder::Width AdderBuilder::width_of(Interval range) {
  const bool is_signed = range.low < 0;
  return {bits_for(range) - (is_signed ? 1 : 0), is_signed};
}

Addend AdderBuilder::add(Addend x, Addend y, bool negative) {
  const bool subtract = x.negative != y.negative;
  // Equal sums are found in whatever order their terms come: the lower term first, unless the sign
  // asks for the other.
  const auto order = [](const Addend& t) { return std::pair(t.power, t.value); };
  if (order(y) < order(x)) std::swap(x, y);
  if (subtract && x.negative != negative) std::swap(x, y);
  const int shift = y.power - x.power;
  const Addend sum = {0, std::min(x.power, y.power), x.negative};
  // Values below 2^28, shifts below 2^7.
  const uint64_t key = static_cast<uint64_t>(x.value) << 36 | static_cast<uint64_t>(y.value) << 8 |
                       static_cast<uint64_t>(shift + 64) << 1 | (subtract ? 1U : 0U);
  const auto [known, fresh] = known_.try_emplace(key, values());
  if (!fresh) return {known->second, sum.power, sum.negative};
  const Interval a = shift_left(graph.range_of(x.value), std::max(0, -shift));
  const Interval b = shift_left(graph.range_of(y.value), std::max(0, shift));
  AdderGraph::Adder adder;
  adder.a = x.value;
  adder.b = y.value;
  adder.shift = shift;
  adder.subtract = subtract;
  adder.range = subtract ? a - b : a + b;
  adder.depth = 1 + std::max(depth(x.value), depth(y.value));
  graph.adders.push_back(adder);
  widths_.push_back(width_of(adder.range));
  depths_.push_back(adder.depth);
  return {known->second, sum.power, sum.negative};
}

}  // namespace trigstone
