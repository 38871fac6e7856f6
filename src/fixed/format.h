// Fixed-point number formats, the meanings of ap_fixed: <W,I[,ROUNDING[,OVERFLOW]]>, unsigned u<…>.
//
// W bits in all, I of them integer (sign included), F = W - I fraction bits; the value of mantissa
// m is m * 2^-F. I may exceed W or be negative. Mantissas live in int64: W <= 64 signed, <= 63
// unsigned; anything wider is refused by name, never wrapped in silence.
// Source of the modes: AMD UG1399 "Arbitrary Precision Fixed-Point Data Types", IEEE 1666 sc_fixed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trigstone {

using Int128 = __int128;  // every exact scalar intermediate fits, by the 64-bit limit on formats

#define TRIGSTONE_ROUNDINGS(X) \
  X(TRN) X(TRN_ZERO) X(RND) X(RND_ZERO) X(RND_INF) X(RND_MIN_INF) X(RND_CONV)
#define TRIGSTONE_OVERFLOWS(X) X(WRAP) X(SAT) X(SAT_SYM) X(SAT_ZERO)

enum class Rounding : uint8_t {
#define X(name) k##name,
  TRIGSTONE_ROUNDINGS(X)
#undef X
};
enum class Overflow : uint8_t {
#define X(name) k##name,
  TRIGSTONE_OVERFLOWS(X)
#undef X
};
inline constexpr int kRoundingCount = 7;
inline constexpr int kOverflowCount = 4;

const char* name_of(Rounding rounding);  // "RND_CONV"
const char* name_of(Overflow overflow);  // "SAT_SYM"

// Closed range of mantissas. Its arithmetic is exact up to 2^126 in magnitude and throws Error
// beyond.
struct Interval {
  Int128 low = 0, high = 0;
  bool operator==(const Interval&) const = default;
  bool contains(Int128 x) const { return low <= x && x <= high; }
};
Interval hull(Interval a, Interval b);
Interval operator+(Interval a, Interval b);
Interval operator-(Interval a, Interval b);
Interval operator*(Interval a, Interval b);
Interval shift_left(Interval a, int bits);  // a * 2^bits, bits >= 0

struct Format {
  int width_bits = 16;
  int integer_bits = 6;
  bool is_signed = true;
  Rounding rounding = Rounding::kTRN;
  Overflow overflow = Overflow::kWRAP;

  int fraction_bits() const { return width_bits - integer_bits; }
  int64_t min_mantissa() const;
  int64_t max_mantissa() const;
  Interval range() const { return {min_mantissa(), max_mantissa()}; }
  double step() const;  // 2^-F
  double to_real(int64_t mantissa) const;

  bool operator==(const Format&) const = default;
  // Equal values for equal mantissas: the modes do not matter.
  bool same_numbers(const Format& other) const;
};

// "<16,6,RND_CONV,SAT>"; modes are omitted from the right when they are TRN, WRAP.
std::string to_string(const Format& format);
// Reads to_string's form, "ap_fixed<…>" and "ap_ufixed<…>" too. Throws Error at `where`.
Format parse_format(std::string_view text, const std::string& where);
// Throws Error at `where` when W is out of range or |I| > 512.
void check_format(const Format& format, const std::string& where);

// The smallest format with `fraction_bits` that holds every mantissa of `range`.
// Throws Error at `where` when that needs more than 64 bits.
Format covering(Interval range, int fraction_bits, const std::string& where);
// The smallest format that holds every number of both (modes TRN, WRAP).
Format covering(const Format& a, const Format& b, const std::string& where);

}  // namespace trigstone
