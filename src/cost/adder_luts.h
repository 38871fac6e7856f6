// What one adder of an adder graph costs.
#pragma once

#include <cstdint>

#include "fixed/format.h"

namespace trigstone {

// LUTs of a two-operand adder a + b * 2^shift (negative: a * 2^-shift + b) as da4ml 0.6 counts
// them: from the lowest bit of the higher operand to the highest bit of either; what lies below is
// wires. The costs it prints, which Yosys confirms within 1 %, are sums of this. (The formula of
// its paper, max(bits(a), bits(b) + s) - min(0, s) + 1, adds the wires and a carry.)
int64_t binary_adder_luts(Interval a, Interval b, int shift);

// LUTs of 0 - x: the bits of the result.
int64_t negation_luts(Interval x);

}  // namespace trigstone
