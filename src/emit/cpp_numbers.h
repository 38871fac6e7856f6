// Integers of the generated C++: their types, literals, and the text of quantisers.
#pragma once

#include <string>

#include "fixed/format.h"

namespace trigstone::cpp {

// Of arrays: 16 bits for all that fits, because compilers multiply pairs of those fastest.
enum class Storage { k16, k32, k64 };
Storage storage_for(Interval range);
const char* name_of(Storage storage);  // "std::int16_t"
int bytes_of(Storage storage);

// Of expressions.
enum class Compute { k32, k64, k128 };
Compute compute_for(Interval range);
const char* name_of(Compute type);  // "std::int32_t"; 128 bits are "Wide"
std::string literal(Int128 value, Compute type);
// "(TYPE)(TEXT) * 2^bits", shorter where it can be.
std::string scaled(const std::string& text, int bits, Compute type);

// The numbers an operand may have, brought to a finer grid.
Interval aligned(Interval range, int from_fraction, int to_fraction);

// A function that rounds mantissas of `range` and `fraction_bits` into `format` and brings them to
// the grid of `result_fraction`.
struct Quantiser {
  Compute argument, result;  // types
  std::string body;          // of `result q(argument x)`
};
Quantiser quantiser(Interval range, int fraction_bits, const Format& format, int result_fraction);

// A name for C++: letters, digits and single underscores, no keyword.
std::string cpp_identifier(const std::string& text);

}  // namespace trigstone::cpp
