// The same stream everywhere: golden first values, and distributions that are what they say.
#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace trigstone {
namespace {

TEST(Random, GivesTheSameStreamForEver) {  // golden, from an implementation in Python integers
  const auto first = [](uint64_t seed, uint64_t stream) {
    Random random(seed, stream);
    return std::vector<uint64_t>{random.bits(), random.bits(), random.bits()};
  };
  using Bits = std::vector<uint64_t>;
  EXPECT_EQ(first(0, 0), (Bits{0x346dbc0b5711d830, 0x6b182a52253dda4a, 0x6e2758640b1bd75b}));
  EXPECT_EQ(first(1, 0), (Bits{0x017daf0019666393, 0xd9e484272f675712, 0x29bd10db6bcd372f}));
  EXPECT_EQ(first(1, 1), (Bits{0xe8d53078c045a3e8, 0x73930879f10854d6, 0xc41bb580acff0bb5}));
  EXPECT_EQ(first(UINT64_MAX, 12345),
            (Bits{0x66e403fd738b1c1d, 0x6c7cce1f62e07741, 0xd2421d51609809ef}));
  Random random(42, 7);
  EXPECT_EQ(random.uniform(), 0x1.8a0e471aab029p-1);
  EXPECT_EQ(random.integer(-1000, 1000), -425);
}

TEST(Random, DependsOnSeedAndStreamOnly) {
  Random a(5, 3);
  Random b(5, 3);
  std::set<uint64_t> first;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
  for (uint64_t seed = 0; seed < 100; ++seed) {
    for (uint64_t stream = 0; stream < 100; ++stream) first.insert(Random(seed, stream).bits());
  }
  EXPECT_EQ(first.size(), 10'000U);
}

TEST(Random, IntegersStayInRangeAndReachBothEnds) {
  Random random(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) ++seen.at(static_cast<size_t>(random.integer(-3, 3) + 3));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);  // five standard deviations
  EXPECT_EQ(random.integer(4, 4), 4);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 100; ++i) {
    const int64_t any = random.integer(INT64_MIN, INT64_MAX);
    low |= any < 0;
    high |= any > 0;
  }
  EXPECT_TRUE(low && high);
}

TEST(Random, RealsHaveTheirMeansAndWidths) {
  Random random(2);
  constexpr int kCount = 200'000;
  double uniform = 0;
  double normal = 0;
  double normal2 = 0;
  int chances = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = random.uniform();
    ASSERT_TRUE(u >= 0 && u < 1);
    uniform += u;
    const double x = random.normal();
    normal += x;
    normal2 += x * x;
    chances += random.chance(0.3) ? 1 : 0;
  }
  EXPECT_NEAR(uniform / kCount, 0.5, 0.005);
  EXPECT_NEAR(normal / kCount, 0.0, 0.015);
  EXPECT_NEAR(normal2 / kCount, 1.0, 0.02);
  EXPECT_NEAR(chances / double{kCount}, 0.3, 0.006);
  const double between = random.uniform(-2, 5);
  EXPECT_TRUE(between >= -2 && between < 5);
}

TEST(Random, PoissonHasMeanAndVarianceOfItsParameter) {
  for (const double mean : {0.0, 0.5, 29.0, 200.0}) {
    Random random(3);
    constexpr int kCount = 20'000;
    double sum = 0;
    double sum2 = 0;
    for (int i = 0; i < kCount; ++i) {
      const auto n = static_cast<double>(random.poisson(mean));
      sum += n;
      sum2 += n * n;
    }
    const double average = sum / kCount;
    EXPECT_NEAR(average, mean, 5 * std::sqrt(mean / kCount));
    EXPECT_NEAR(sum2 / kCount - average * average, mean, 0.06 * mean);
  }
}

}  // namespace
}  // namespace trigstone
