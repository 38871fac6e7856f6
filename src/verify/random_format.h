// Random number formats for tests: odd ones included, wide enough drift excluded.
#pragma once

#include "base/random.h"
#include "fixed/format.h"

namespace trigstone {

// Any format of up to `max_bits` bits: one bit, negative I and I > W included, all modes.
Format random_format(Random& random, int max_bits);

// A format a quantiser of numbers in `from` may round to: some bits cut below and above, so that
// rounding and overflow both happen; at most `max_bits` bits, the binary point kept near zero.
Format random_format_near(Random& random, const Format& from, int max_bits);

// Any of the 7 x 4 modes, uniformly.
void random_modes(Random& random, Format& format);

// A mantissa of `format`: uniform, small, or at the ends of its range.
int64_t random_mantissa(Random& random, const Format& format);

}  // namespace trigstone
