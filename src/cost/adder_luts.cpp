#include "cost/adder_luts.h"

#include <algorithm>

#include "fixed/quantize.h"

namespace trigstone {

int64_t binary_adder_luts(Interval a, Interval b, int shift) {
  const auto top = [](Interval x, int low) { return low + bits_for(x) - (x.low < 0 ? 1 : 0); };
  const int low_a = std::max(0, -shift), low_b = std::max(0, shift);
  const bool is_signed = a.low < 0 || b.low < 0;
  return std::max(top(a, low_a), top(b, low_b)) + (is_signed ? 1 : 0) - std::max(low_a, low_b);
}

int64_t negation_luts(Interval x) { return bits_for({-x.high, -x.low}); }

}  // namespace trigstone
