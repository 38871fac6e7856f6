#include "cost/lut_counts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace trigstone {

namespace {

// LUTs a bit of the wider and a row of the narrower factor, by the number of rows from 1 on. The
// steps are real: three rows meet in one level of LUT6, four do not.
constexpr std::array kUnsigned = {0.6,  1.0, 0.97, 2.4,  1.85, 1.52, 1.86, 2.3,
                                  2.07, 2.5, 2.0,  1.94, 2.26, 2.49, 2.5,  2.6};
constexpr std::array kSigned = {0.6,  1.04, 1.6,  2.85, 1.9, 2.4,  2.4, 2.7,
                                2.42, 2.48, 2.54, 2.4,  2.9, 2.95, 3.0, 3.2};

double luts_a_bit(const std::array<double, 16>& by_rows, int rows) {
  return by_rows[static_cast<size_t>(std::clamp(rows, 1, 16)) - 1];
}

constexpr int kBlock = 64;  // entries that one LUT6 holds

}  // namespace

double multiplier_luts(int bits_a, bool signed_a, int bits_b, bool signed_b) {
  const int rows = std::min(bits_a, bits_b), width = std::max(bits_a, bits_b);
  const double share = (signed_a ? 0.5 : 0.0) + (signed_b ? 0.5 : 0.0);
  if (rows == 4) {  // the one number whose edges save much
    return (1 - share) * (12.0 * width - 26) + share * std::max(26.0, 16.0 * width - 47);
  }
  const double each = (1 - share) * luts_a_bit(kUnsigned, rows) + share * luts_a_bit(kSigned, rows);
  return std::max(1.0, each * rows * width);
}

double square_luts(int bits, bool is_signed) {
  const double product = 0.85 * multiplier_luts(bits, is_signed, bits, is_signed);
  const double table = 2.0 * bits * std::max(1.0, std::ldexp(1.0, bits - 6)) + 3;
  return std::min(product, table);
}

double table_luts(const std::vector<int64_t>& entries, int index_bits, int value_bits) {
  double luts = 0;
  for (int bit = 0; bit < value_bits; ++bit) {
    std::set<uint64_t> blocks;
    for (size_t begin = 0; begin < entries.size(); begin += kBlock) {
      const size_t count = std::min<size_t>(kBlock, entries.size() - begin);
      const uint64_t all = ~uint64_t{0} >> (kBlock - count);
      uint64_t pattern = 0;
      for (size_t i = 0; i < count; ++i) {
        pattern |= ((static_cast<uint64_t>(entries[begin + i]) >> bit) & 1) << i;
      }
      if (pattern != 0 && pattern != all) blocks.insert(std::min(pattern, all ^ pattern));
    }
    const auto distinct = static_cast<double>(blocks.size());
    luts += index_bits > 9 ? 1.2 * distinct : distinct;
    if (!blocks.empty() && blocks.size() * kBlock < entries.size()) luts += 1;
  }
  return std::max(1.0, luts);
}

double leading_one_luts(int bits) { return std::max(1.0, 0.117 * std::pow(bits, 1.7)); }

double shift_luts(int bits, int amount_bits, int result_bits) {
  double luts = 0;
  int width = bits;
  for (int bit = 0; bit < amount_bits;) {
    const int chosen = bit == 0 && amount_bits % 2 == 1 ? 1 : 2;  // bits of the amount
    for (int k = 0; k < chosen; ++k, ++bit) width = std::min(result_bits, width + (1 << bit));
    luts += width;
  }
  return luts;
}

}  // namespace trigstone
