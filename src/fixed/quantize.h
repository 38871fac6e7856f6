// Rounding and overflow: the only definition, every engine is compared with it.
#pragma once

#include <cstdint>

#include "fixed/format.h"

namespace trigstone {

// Rounds m * 2^-fraction_bits to the grid of `to` and applies its overflow mode.
// Exact for every mantissa of up to 126 bits. Returns the mantissa in `to`.
int64_t quantize(Int128 mantissa, int fraction_bits, const Format& to);

// floor/ceil/nearest of mantissa / 2^shift in the given mode; shift may be negative.
Int128 round_shift(Int128 mantissa, int shift, Rounding rounding);

// Brings an exact grid value into the range of `to` by its overflow mode.
int64_t apply_overflow(Int128 mantissa, const Format& to);

// A double is mantissa * 2^exponent exactly, so this rounds exactly too. NaN gives 0; infinities
// saturate (WRAP and SAT_ZERO give 0). Both, and every value whose rounding lies outside the range
// of `to`, add one to `*outside` when given.
int64_t quantize_real(double value, const Format& to, int64_t* outside = nullptr);

// The mantissa of m * 2^-from_fraction in a grid that is at least as fine. Never rounds.
Int128 align(Int128 mantissa, int from_fraction, int to_fraction);

// Number of bits of a two's complement (or unsigned, when low >= 0) number that covers `range`.
int bits_for(Interval range);

}  // namespace trigstone
