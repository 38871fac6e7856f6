// The modes on examples one can check by hand, and doubles that are no numbers.
#include "fixed/quantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "base/error.h"

namespace trigstone {
namespace {

TEST(Rounding, MatchesTheTableOfTheManual) {
  // quarters -7/4 … 7/4 to integers
  const std::map<Rounding, std::vector<int>> table = {
      {Rounding::kTRN, {-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1}},
      {Rounding::kTRN_ZERO, {-1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}},
      {Rounding::kRND, {-2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2}},
      {Rounding::kRND_ZERO, {-2, -1, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2}},
      {Rounding::kRND_INF, {-2, -2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2, 2}},
      {Rounding::kRND_MIN_INF, {-2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2}},
      {Rounding::kRND_CONV, {-2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2}}};
  ASSERT_EQ(table.size(), static_cast<size_t>(kRoundingCount));
  for (const auto& [rounding, expected] : table) {
    for (int quarters = -7; quarters <= 7; ++quarters) {
      EXPECT_EQ(static_cast<int>(round_shift(quarters, 2, rounding)),
                expected[static_cast<size_t>(quarters + 7)])
          << quarters << "/4 " << name_of(rounding);
    }
  }
}

TEST(Rounding, OfShiftsBeyondTheMantissaLeavesOnlyTheSign) {
  for (const int shift : {64, 126, 127, 128, 1000}) {
    for (const int64_t m : {INT64_MIN, int64_t{-1}, int64_t{0}, int64_t{1}, INT64_MAX}) {
      for (int r = 0; r < kRoundingCount; ++r) {
        const auto rounding = static_cast<Rounding>(r);
        if (shift == 64 && m == INT64_MIN) continue;  // a tie, tested with the properties
        const bool down = rounding == Rounding::kTRN && m < 0;
        EXPECT_EQ(static_cast<int>(round_shift(m, shift, rounding)), down ? -1 : 0)
            << m << " >> " << shift << " " << name_of(rounding);
      }
    }
  }
}

TEST(Overflow, ActsOnValuesJustOutside) {
  const auto at = [](Overflow overflow, bool is_signed, int value) {
    return apply_overflow(value, Format{4, 4, is_signed, Rounding::kTRN, overflow});
  };
  EXPECT_EQ(at(Overflow::kWRAP, true, 8), -8);
  EXPECT_EQ(at(Overflow::kWRAP, true, -9), 7);
  EXPECT_EQ(at(Overflow::kWRAP, false, 16), 0);
  EXPECT_EQ(at(Overflow::kWRAP, false, -1), 15);
  EXPECT_EQ(at(Overflow::kSAT, true, 8), 7);
  EXPECT_EQ(at(Overflow::kSAT, true, -9), -8);
  EXPECT_EQ(at(Overflow::kSAT, false, 16), 15);
  EXPECT_EQ(at(Overflow::kSAT, false, -1), 0);
  EXPECT_EQ(at(Overflow::kSAT_SYM, true, -8), -7);
  EXPECT_EQ(at(Overflow::kSAT_SYM, true, -7), -7);
  EXPECT_EQ(at(Overflow::kSAT_SYM, true, 8), 7);
  EXPECT_EQ(at(Overflow::kSAT_SYM, false, -1), 0);
  EXPECT_EQ(at(Overflow::kSAT_ZERO, true, 8), 0);
  EXPECT_EQ(at(Overflow::kSAT_ZERO, true, -8), -8);
  EXPECT_EQ(at(Overflow::kSAT_ZERO, true, -9), 0);
  EXPECT_EQ(at(Overflow::kSAT_ZERO, false, -1), 0);
}

TEST(Overflow, LeavesOneBitSignedNumbersTheirMinusOne) {
  const Format bit{1, 1, true, Rounding::kTRN, Overflow::kSAT_SYM};
  EXPECT_EQ(apply_overflow(-1, bit), -1);
  EXPECT_EQ(apply_overflow(-5, bit), -1);
  EXPECT_EQ(apply_overflow(5, bit), 0);
}

TEST(Overflow, IsJudgedAfterRounding) {
  const Format to{4, 4, true, Rounding::kRND, Overflow::kSAT_ZERO};
  EXPECT_EQ(quantize(15, 1, to), 0);    // 7.5 rounds to 8, which is outside
  EXPECT_EQ(quantize(-17, 1, to), -8);  // -8.5 rounds to -8, which is inside
  EXPECT_EQ(quantize(-18, 1, to), 0);
}

TEST(QuantizeReal, TreatsWhatIsNoNumberAsTheHeaderSays) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto run = [](double value, Overflow overflow) {
    int64_t outside = 0;
    const int64_t result =
        quantize_real(value, Format{8, 8, true, Rounding::kRND, overflow}, &outside);
    EXPECT_EQ(outside, 1) << value;
    return result;
  };
  for (int o = 0; o < kOverflowCount; ++o)
    EXPECT_EQ(run(std::nan(""), static_cast<Overflow>(o)), 0);
  EXPECT_EQ(run(inf, Overflow::kSAT), 127);
  EXPECT_EQ(run(-inf, Overflow::kSAT), -128);
  EXPECT_EQ(run(-inf, Overflow::kSAT_SYM), -127);
  EXPECT_EQ(run(inf, Overflow::kSAT_ZERO), 0);
  EXPECT_EQ(run(inf, Overflow::kWRAP), 0);
  EXPECT_EQ(run(1e300, Overflow::kSAT), 127);
  EXPECT_EQ(run(-1e300, Overflow::kWRAP), 0);
}

TEST(QuantizeReal, CountsWhatLandsOutside) {
  const Format to{8, 8, true, Rounding::kRND, Overflow::kSAT};
  const auto outside = [](double value, const Format& format) {
    int64_t count = 0;
    quantize_real(value, format, &count);
    return count;
  };
  EXPECT_EQ(outside(127.0, to), 0);
  EXPECT_EQ(outside(127.25, to), 0);  // rounds to 127
  EXPECT_EQ(outside(127.5, to), 1);   // rounds to 128
  EXPECT_EQ(outside(-128.5, to), 0);
  EXPECT_EQ(outside(-128.75, to), 1);
  EXPECT_EQ(outside(5e-324, to), 0);
  const Format widest{64, 64, true, Rounding::kTRN, Overflow::kSAT};
  EXPECT_EQ(outside(0x1p63, widest), 1);
  EXPECT_EQ(outside(-0x1p63, widest), 0);
}

TEST(QuantizeReal, KeepsZeroOnTheFinestGrids) {
  for (const double zero : {0.0, -0.0}) {
    int64_t outside = 0;
    EXPECT_EQ(quantize_real(zero, Format{64, -512, true, Rounding::kTRN, Overflow::kSAT}, &outside),
              0);
    EXPECT_EQ(outside, 0);
  }
}

TEST(Align, MovesToAFinerGridAndRefusesACoarserOne) {
  EXPECT_EQ(static_cast<int>(align(-5, 3, 5)), -20);
  EXPECT_EQ(static_cast<int>(align(7, -2, -2)), 7);
  EXPECT_EQ(static_cast<int>(align(0, 0, 400)), 0);
  EXPECT_THROW(align(1, 3, 2), InternalError);
  EXPECT_THROW(align(1, 0, 126), InternalError);
}

}  // namespace
}  // namespace trigstone
