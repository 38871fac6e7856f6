// Every pair of source and target formats of up to 6 bits, in every mode, for every mantissa.
// Only the difference of the fraction bits enters, and these ranges of I make it run from well
// below to well above both widths, through negative I and I > W.
#include <gtest/gtest.h>

#include <vector>

#include "fixed/quantize.h"
#include "fixed/reference_quantize.h"

namespace trigstone {
namespace {

constexpr int kMaxWidthBits = 6;

std::vector<Format> formats(int low_integer_bits, int high_integer_bits) {
  std::vector<Format> result;
  for (int width = 1; width <= kMaxWidthBits; ++width) {
    for (int integer = low_integer_bits; integer <= high_integer_bits; ++integer) {
      result.push_back({width, integer, true});
      result.push_back({width, integer, false});
    }
  }
  return result;
}

// The number of mantissas of `from` that do not arrive in `to` as the reference says.
int64_t differences(const Format& from, const Format& to) {
  int64_t count = 0;
  for (int64_t m = from.min_mantissa(); m <= from.max_mantissa(); ++m) {
    int64_t numerator = m;
    int64_t denominator = 1;
    reference::scale_by_power_of_two(numerator, denominator,
                                     to.fraction_bits() - from.fraction_bits());
    const int64_t expected = reference::quantize<int64_t>(numerator, denominator, to);
    if (quantize(m, from.fraction_bits(), to) != expected) ++count;
    if (quantize_real(from.to_real(m), to) != expected) ++count;
  }
  return count;
}

class Exhaustive : public testing::TestWithParam<int> {};

TEST_P(Exhaustive, EveryPairOfFormatsUpTo6Bits) {
  const auto rounding = static_cast<Rounding>(GetParam());
  int64_t pairs = 0;
  for (const Format& from : formats(-3, 9)) {
    for (Format to : formats(-2, 7)) {
      to.rounding = rounding;
      for (int overflow = 0; overflow < kOverflowCount; ++overflow) {
        to.overflow = static_cast<Overflow>(overflow);
        ++pairs;
        ASSERT_EQ(differences(from, to), 0) << to_string(from) << " -> " << to_string(to);
      }
    }
  }
  EXPECT_EQ(pairs, (6 * 2 * 13) * (6 * 2 * 10) * kOverflowCount);
}

INSTANTIATE_TEST_SUITE_P(Fixed, Exhaustive, testing::Range(0, kRoundingCount),
                         [](const auto& info) {
                           return std::string(name_of(static_cast<Rounding>(info.param)));
                         });

}  // namespace
}  // namespace trigstone
