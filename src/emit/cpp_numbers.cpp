#include "emit/cpp_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "fixed/quantize.h"
#include "netlist/identifier.h"

namespace trigstone::cpp {

namespace {

constexpr Int128 kOne = 1;

bool fits(Interval range, int bits) {
  return range.low >= -(kOne << (bits - 1)) && range.high < kOne << (bits - 1);
}

// What rounding adds before the shift, as text, and the largest amount it can add.
struct Addend {
  std::string text;
  Int128 low = 0, high = 0;
};

Addend rounding_addend(Rounding rounding, int shift, Compute type) {
  const Int128 half = kOne << (shift - 1), ones = (kOne << shift) - 1;
  const auto number = [&](Int128 x) { return literal(x, type); };
  switch (rounding) {
    case Rounding::kTRN:
      return {};
    case Rounding::kTRN_ZERO:
      return {fmt::format(" + (x < 0 ? {} : 0)", number(ones)), 0, ones};
    case Rounding::kRND:
      return {" + " + number(half), half, half};
    case Rounding::kRND_MIN_INF:
      return {" + " + number(half - 1), half - 1, half - 1};
    case Rounding::kRND_ZERO:  // a tie goes up when negative
      return {fmt::format(" + {} + (x < 0)", number(half - 1)), half - 1, half};
    case Rounding::kRND_INF:  // and down here
      return {fmt::format(" + {} - (x < 0)", number(half)), half - 1, half};
    case Rounding::kRND_CONV:  // up when the floor is odd
      return {fmt::format(" + {} + ((x >> {}) & 1)", number(half - 1), shift), half - 1, half};
  }
  internal_error("unknown rounding mode");
}

// x / 2^shift, rounded: statements that declare `r`, and the interval of r. Beyond 65 bits of shift
// only the sign of a 64-bit number is left.
struct Rounded {
  Compute argument, type;
  std::string text;
  Interval range;
};

Rounded round_right(Interval range, int shift, Rounding rounding) {
  Rounded result;
  result.range = {static_cast<Int128>(round_shift(range.low, shift, rounding)),
                  static_cast<Int128>(round_shift(range.high, shift, rounding))};
  if (shift > 65) {
    result.argument = result.type = compute_for(range);
    const bool floor = rounding == Rounding::kTRN && range.low < 0;
    result.text =
        fmt::format("  const {} r = {};\n", name_of(result.type), floor ? "x < 0 ? -1 : 0" : "0");
    if (!floor) result.text = "  (void)x;\n" + result.text;
    return result;
  }
  const Addend widest = rounding_addend(rounding, shift, Compute::k128);
  const Interval added{range.low + std::min<Int128>(widest.low, 0),
                       range.high + std::max<Int128>(widest.high, 0)};
  result.argument = result.type = compute_for(hull(range, added));
  result.text = fmt::format("  const {} r = (x{}) >> {};\n", name_of(result.type),
                            rounding_addend(rounding, shift, result.type).text, shift);
  return result;
}

// The lowest mantissa that the overflow mode lets through, as fixed/quantize.h defines it.
Int128 lowest(const Format& format) {
  const bool symmetric =
      format.overflow == Overflow::kSAT_SYM && format.is_signed && format.width_bits > 1;
  return symmetric ? -static_cast<Int128>(format.max_mantissa()) : format.min_mantissa();
}

std::string wrap_text(const Format& format) {
  if (format.width_bits == 64) return "(std::int64_t)r";
  if (!format.is_signed) {
    return fmt::format("(std::int64_t)((std::uint64_t)r & {}ULL)",
                       (uint64_t{1} << format.width_bits) - 1);
  }
  const int unused = 64 - format.width_bits;
  return fmt::format("(std::int64_t)((std::uint64_t)r << {}) >> {}", unused, unused);
}

// An expression of r, which is in `range`, brought into the format.
std::string overflow_text(Interval range, const Format& format, Compute type) {
  const Int128 low = lowest(format), high = format.max_mantissa();
  const bool below = range.low<low, above = range.high> high;
  if (!below && !above) return "r";
  const std::string low_text = literal(low, type), high_text = literal(high, type);
  switch (format.overflow) {
    case Overflow::kWRAP:
      return wrap_text(format);
    case Overflow::kSAT_ZERO:
      if (!below) return fmt::format("r > {} ? 0 : r", high_text);
      if (!above) return fmt::format("r < {} ? 0 : r", low_text);
      return fmt::format("r < {} || r > {} ? 0 : r", low_text, high_text);
    case Overflow::kSAT:
    case Overflow::kSAT_SYM:
      if (!below) return fmt::format("r > {0} ? {0} : r", high_text);
      if (!above) return fmt::format("r < {0} ? {0} : r", low_text);
      return fmt::format("r < {0} ? {0} : r > {1} ? {1} : r", low_text, high_text);
  }
  internal_error("unknown overflow mode");
}

// Left by more bits than 126 leave: every number but 0 overflows, or under WRAP keeps low bits.
std::string far_left_text(int shift, const Format& format) {
  if (format.overflow == Overflow::kWRAP) {
    if (shift >= format.width_bits) return "  (void)x;\n  const std::int64_t y = 0;\n";
    return fmt::format(
        "  const std::uint64_t r = (std::uint64_t)x << {};\n"
        "  const std::int64_t y = {};\n",
        shift, wrap_text(format));
  }
  const bool zero = format.overflow == Overflow::kSAT_ZERO;
  return fmt::format("  const std::int64_t y = x == 0 ? 0 : x < 0 ? {} : {};\n",
                     literal(zero ? 0 : lowest(format), Compute::k64),
                     literal(zero ? 0 : format.max_mantissa(), Compute::k64));
}

}  // namespace

Storage storage_for(Interval range) {
  return fits(range, 16) ? Storage::k16 : fits(range, 32) ? Storage::k32 : Storage::k64;
}

const char* name_of(Storage storage) {
  switch (storage) {
    case Storage::k16:
      return "std::int16_t";
    case Storage::k32:
      return "std::int32_t";
    case Storage::k64:
      return "std::int64_t";
  }
  internal_error("unknown storage type");
}

int bytes_of(Storage storage) {
  return storage == Storage::k16 ? 2 : storage == Storage::k32 ? 4 : 8;
}

Compute compute_for(Interval range) {
  return fits(range, 32) ? Compute::k32 : fits(range, 64) ? Compute::k64 : Compute::k128;
}

const char* name_of(Compute type) {
  switch (type) {
    case Compute::k32:
      return "std::int32_t";
    case Compute::k64:
      return "std::int64_t";
    case Compute::k128:
      return "Wide";
  }
  internal_error("unknown type");
}

std::string literal(Int128 value, Compute type) {
  if (value == INT64_MIN) return "(-9223372036854775807LL - 1)";
  if (value == INT32_MIN && type == Compute::k32) return "(-2147483647 - 1)";
  if (fits({value, value}, 64)) {
    return fmt::format("{}{}", static_cast<int64_t>(value), type == Compute::k32 ? "" : "LL");
  }
  const auto bits = static_cast<unsigned __int128>(value);
  return fmt::format("(Wide)((UnsignedWide){}ULL << 64 | {}ULL)", static_cast<uint64_t>(bits >> 64),
                     static_cast<uint64_t>(bits));
}

std::string scaled(const std::string& text, int bits, Compute type) {
  const std::string cast = fmt::format("({}){}", name_of(type), text);
  return bits == 0 ? cast : fmt::format("{} * {}", cast, literal(kOne << bits, type));
}

Interval aligned(Interval range, int from_fraction, int to_fraction) {
  return shift_left(range, to_fraction - from_fraction);
}

Quantiser quantiser(Interval range, int fraction_bits, const Format& format, int result_fraction) {
  const int shift = fraction_bits - format.fraction_bits();
  const Interval result_range =
      aligned(hull(format.range(), {0, 0}), format.fraction_bits(), result_fraction);
  Quantiser made{compute_for(range), compute_for(result_range), ""};
  const int carry = result_fraction - format.fraction_bits();
  const int bits = bits_for(hull(range, {0, 0}));
  if (shift < 0 && bits - shift > 125) {
    made.body = far_left_text(-shift, format);
  } else {
    Rounded rounded;
    if (shift > 0) {
      rounded = round_right(range, shift, format.rounding);
    } else {
      rounded.range = shift_left(range, -shift);
      rounded.argument = made.argument;
      rounded.type = compute_for(rounded.range);
      rounded.text = fmt::format("  const {} r = {};\n", name_of(rounded.type),
                                 scaled("x", -shift, rounded.type));
    }
    made.argument = rounded.argument;
    made.body = rounded.text;
    // Limits may need a wider type than r when they lie beyond its range; those are not compared.
    made.body +=
        fmt::format("  const {} y = ({})({});\n", name_of(made.result), name_of(made.result),
                    overflow_text(rounded.range, format, rounded.type));
  }
  made.body += fmt::format("  return {};\n", scaled("y", carry, made.result));
  return made;
}

std::string cpp_identifier(const std::string& text) {
  static const std::set<std::string> kTaken = {
      "alignas",   "alignof",   "and",       "asm",       "auto",     "bool",     "break",
      "case",      "catch",     "char",      "class",     "concept",  "const",    "consteval",
      "constexpr", "constinit", "continue",  "decltype",  "default",  "delete",   "do",
      "double",    "else",      "enum",      "explicit",  "export",   "extern",   "false",
      "float",     "for",       "friend",    "goto",      "if",       "inline",   "int",
      "long",      "mutable",   "namespace", "new",       "noexcept", "not",      "nullptr",
      "operator",  "or",        "private",   "protected", "public",   "register", "requires",
      "return",    "run",       "short",     "signed",    "sizeof",   "static",   "std",
      "struct",    "switch",    "template",  "this",      "throw",    "true",     "try",
      "typedef",   "typeid",    "typename",  "union",     "unsigned", "using",    "virtual",
      "void",      "volatile",  "while",     "xor",       "Input",    "Output",   "Wide",
      "main",      "bitand",    "bitor",     "compl",     "unix",     "linux"};
  const std::string name = identifier_from(text);
  return kTaken.contains(name) ? name + "_0" : name;
}

}  // namespace trigstone::cpp
