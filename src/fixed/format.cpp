#include "fixed/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

constexpr std::array kRoundingNames = {
#define X(name) #name,
    TRIGSTONE_ROUNDINGS(X)
#undef X
};
constexpr std::array kOverflowNames = {
#define X(name) #name,
    TRIGSTONE_OVERFLOWS(X)
#undef X
};

Int128 power_of_two(int bits) { return static_cast<Int128>(1) << bits; }

[[noreturn]] void refuse_wide(int bits) {
  throw Error("number format", fmt::format("an exact result needs {} bits or more", bits),
              "quantise its operands to fewer bits and closer fraction bits");
}

// The ends of an interval stay within 126 bits, so that they can be negated and compared.
Int128 within_126_bits(Int128 value, bool overflowed) {
  const Int128 limit = power_of_two(126);
  if (overflowed || value > limit || value < -limit) refuse_wide(127);
  return value;
}

Int128 checked_add(Int128 a, Int128 b) {
  Int128 sum = 0;
  const bool overflowed = __builtin_add_overflow(a, b, &sum);
  return within_126_bits(sum, overflowed);
}

Int128 checked_multiply(Int128 a, Int128 b) {
  Int128 product = 0;
  const bool overflowed = __builtin_mul_overflow(a, b, &product);
  return within_126_bits(product, overflowed);
}

int limit_bits(bool is_signed) { return is_signed ? 64 : 63; }

[[noreturn]] void refuse_exact_result(int bits, bool is_signed, const std::string& where) {
  throw Error(
      where,
      fmt::format("its exact result needs {} bits, more than {}", bits, limit_bits(is_signed)),
      "quantise its operands to fewer bits");
}

std::vector<std::string> split_fields(std::string_view text) {
  std::vector<std::string> fields(1);
  for (const char c : text) {
    if (c == ',') {
      fields.emplace_back();
    } else if (c != ' ') {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

const char* name_of(Rounding rounding) { return kRoundingNames[static_cast<size_t>(rounding)]; }
const char* name_of(Overflow overflow) { return kOverflowNames[static_cast<size_t>(overflow)]; }

Interval hull(Interval a, Interval b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }
Interval operator+(Interval a, Interval b) {
  return {checked_add(a.low, b.low), checked_add(a.high, b.high)};
}
Interval operator-(Interval a, Interval b) {
  return {checked_add(a.low, -b.high), checked_add(a.high, -b.low)};
}

Interval operator*(Interval a, Interval b) {
  const auto [low, high] =
      std::minmax({checked_multiply(a.low, b.low), checked_multiply(a.low, b.high),
                   checked_multiply(a.high, b.low), checked_multiply(a.high, b.high)});
  return {low, high};
}

Interval shift_left(Interval a, int bits) {
  if (a == Interval{0, 0}) return a;
  if (bits > 126) refuse_wide(bits);
  return a * Interval{power_of_two(bits), power_of_two(bits)};
}

int64_t Format::min_mantissa() const {
  return is_signed ? static_cast<int64_t>(-power_of_two(width_bits - 1)) : 0;
}

int64_t Format::max_mantissa() const {
  return static_cast<int64_t>(power_of_two(is_signed ? width_bits - 1 : width_bits) - 1);
}

double Format::step() const { return std::ldexp(1.0, -fraction_bits()); }
double Format::to_real(int64_t mantissa) const {
  return std::ldexp(static_cast<double>(mantissa), -fraction_bits());
}

bool Format::same_numbers(const Format& other) const {
  return width_bits == other.width_bits && integer_bits == other.integer_bits &&
         is_signed == other.is_signed;
}

std::string to_string(const Format& format) {
  std::string text =
      fmt::format("{}<{},{}", format.is_signed ? "" : "u", format.width_bits, format.integer_bits);
  const bool has_overflow = format.overflow != Overflow::kWRAP;
  if (has_overflow || format.rounding != Rounding::kTRN) {
    text += fmt::format(",{}", name_of(format.rounding));
  }
  if (has_overflow) text += fmt::format(",{}", name_of(format.overflow));
  return text + ">";
}

void check_format(const Format& format, const std::string& where) {
  const int limit = limit_bits(format.is_signed);
  if (format.width_bits < 1 || format.width_bits > limit) {
    throw Error(where,
                fmt::format("format {} has {} bits; 1 to {} are possible", to_string(format),
                            format.width_bits, limit),
                "mantissas are 64-bit integers; choose a narrower format");
  }
  if (format.integer_bits < -512 || format.integer_bits > 512) {
    throw Error(
        where, fmt::format("format {} has {} integer bits", to_string(format), format.integer_bits),
        "choose between -512 and 512");
  }
}

Format parse_format(std::string_view text, const std::string& where) {
  const std::string hint = "write <W,I>, u<W,I> or <W,I,RND_CONV,SAT>";
  const auto refuse = [&] {
    return Error(where, fmt::format("'{}' is not a number format", text), hint);
  };
  const size_t open = text.find('<');
  if (open == std::string_view::npos || text.empty() || text.back() != '>') throw refuse();
  const std::string_view prefix = text.substr(0, open);
  Format format;
  format.is_signed = prefix.empty() || prefix == "ap_fixed";
  if (!format.is_signed && prefix != "u" && prefix != "ap_ufixed") throw refuse();
  const auto fields = split_fields(text.substr(open + 1, text.size() - open - 2));
  if (fields.size() < 2 || fields.size() > 4) throw refuse();
  for (const auto& [field, target] :
       {std::pair{&fields[0], &format.width_bits}, std::pair{&fields[1], &format.integer_bits}}) {
    const char* end = field->data() + field->size();
    const auto result = std::from_chars(field->data(), end, *target);
    if (field->empty() || result.ec != std::errc() || result.ptr != end) throw refuse();
  }
  const auto mode = [&](size_t i, const auto& names) -> size_t {
    if (fields.size() <= i) return 0;
    std::string name = fields[i];
    if (name.starts_with("AP_")) name = name.substr(3);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw refuse();
    return static_cast<size_t>(found - names.begin());
  };
  format.rounding = static_cast<Rounding>(mode(2, kRoundingNames));
  format.overflow = static_cast<Overflow>(mode(3, kOverflowNames));
  check_format(format, where);
  return format;
}

int bits_for(Interval range) {
  const bool is_signed = range.low < 0;
  int bits = 1;
  while (bits < 127) {
    const Int128 high = power_of_two(is_signed ? bits - 1 : bits) - 1;
    if (range.high <= high && (!is_signed || range.low >= -high - 1)) break;
    ++bits;
  }
  return bits;
}

Format covering(Interval range, int fraction_bits, const std::string& where) {
  const int bits = bits_for(range);
  Format format{bits, bits - fraction_bits, range.low < 0, Rounding::kTRN, Overflow::kWRAP};
  if (bits > limit_bits(format.is_signed)) refuse_exact_result(bits, format.is_signed, where);
  check_format(format, where);
  return format;
}

Format covering(const Format& a, const Format& b, const std::string& where) {
  const int fraction = std::max(a.fraction_bits(), b.fraction_bits());
  const int shift_a = fraction - a.fraction_bits();
  const int shift_b = fraction - b.fraction_bits();
  const bool is_signed = a.is_signed || b.is_signed;
  const int bits = std::max(a.width_bits + shift_a, b.width_bits + shift_b);
  if (bits > limit_bits(is_signed)) refuse_exact_result(bits, is_signed, where);
  return covering(hull(shift_left(a.range(), shift_a), shift_left(b.range(), shift_b)), fraction,
                  where);
}

}  // namespace trigstone
