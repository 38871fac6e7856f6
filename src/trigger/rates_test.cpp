// Rates with every number worked out by hand.
#include "trigger/rates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/testing.h"

namespace trigstone {
namespace {

std::vector<int32_t> all_different(int count) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

TEST(Binomial, IntervalsByHand) {
  // Nothing of n: the upper limit solves (1 - p)^n = 5 %.
  EXPECT_NEAR(binomial_upper_limit(0, 10), 1 - std::pow(0.05, 0.1), 1e-12);
  EXPECT_EQ(binomial_upper_limit(10, 10), 1);
  // One of one: the lower edge solves p = 16 %; the tails hold 16 % each.
  EXPECT_NEAR(binomial_interval(1, 1).low, 0.16, 1e-12);
  EXPECT_EQ(binomial_interval(1, 1).high, 1);
  EXPECT_EQ(binomial_interval(0, 1).low, 0);
  EXPECT_NEAR(binomial_interval(0, 1).high, 1 - 0.16, 1e-12);
  // The definition: at the lower edge, 8 or more of 10 happen with 16 %.
  const double p = binomial_interval(8, 10).low, q = 1 - p;
  const double tail = 45 * std::pow(p, 8) * q * q + 10 * std::pow(p, 9) * q + std::pow(p, 10);
  EXPECT_NEAR(tail, 0.16, 1e-9);
  EXPECT_EQ(binomial_interval(0, 0).high, 1);
}

TEST(RateSample, RateAndErrorByHand) {
  const RateSample sample({1, 1, 2, 4}, all_different(4), "x");
  EXPECT_NEAR(kFilledCrossingsKhz, 31038.96, 1e-6);
  EXPECT_NEAR(sample.effective_crossings(), 64.0 / 22, 1e-12);
  const Rate rate = sample.rate([](size_t i) { return i == 0 || i == 3; });
  ASSERT_TRUE(rate.measured);
  EXPECT_NEAR(rate.khz, kFilledCrossingsKhz * 5 / 8, 1e-6);
  EXPECT_NEAR(rate.error_khz, kFilledCrossingsKhz * std::sqrt(17.0) / 8, 1e-6);
}

TEST(RateSample, APrescaleDividesTheRate) {
  const RateSample sample(std::vector<double>(100, 1), all_different(100), "x");
  std::vector<double> probability(100);
  for (size_t i = 0; i < 40; ++i) probability[i] = 0.1;
  const Rate rate = sample.rate(probability, 0.1);
  ASSERT_TRUE(rate.measured);
  EXPECT_NEAR(rate.khz, kFilledCrossingsKhz * 0.04, 1e-6);
  EXPECT_NEAR(rate.error_khz, kFilledCrossingsKhz * std::sqrt(40 * 0.01) / 100, 1e-6);
}

// Without reuse the bootstrap finds the binomial error.
TEST(RateSample, IndependentCrossingsGiveTheBinomialError) {
  constexpr int kCount = 1000;
  const RateSample sample(std::vector<double>(kCount, 1), all_different(kCount), "x", 2000);
  EXPECT_NEAR(sample.effective_crossings(), kCount, 1e-6);
  const Rate rate = sample.rate([](size_t i) { return i % 10 == 0; });
  const double expected = kFilledCrossingsKhz * std::sqrt(0.1 * 0.9 / kCount);
  EXPECT_NEAR((rate.high_khz - rate.low_khz) / 2, expected, 0.08 * expected);
}

// Every crossing made four times: no more is known, so the band does not shrink.
TEST(RateSample, ReusedCollisionsAreNoNewCrossings) {
  constexpr int kBlocks = 250, kReuse = 4;
  std::vector<int32_t> ids;
  for (int i = 0; i < kBlocks * kReuse; ++i) ids.push_back(i % kBlocks);
  const RateSample sample(std::vector<double>(ids.size(), 1), ids, "x", 2000);
  EXPECT_NEAR(sample.effective_crossings(), kBlocks, 1e-6);
  EXPECT_EQ(sample.blocks(), kBlocks);
  EXPECT_NEAR(sample.smallest_khz(), kFilledCrossingsKhz / kBlocks, 1e-6);
  const Rate rate = sample.rate([&](size_t i) { return ids[i] % 10 == 0; });
  const double expected = kFilledCrossingsKhz * std::sqrt(0.1 * 0.9 / kBlocks);
  EXPECT_NEAR((rate.high_khz - rate.low_khz) / 2, expected, 0.08 * expected);
  EXPECT_LT(rate.error_khz, 0.6 * expected);  // the naive error believes in 1000 crossings
}

TEST(RateSample, UnknownCollisionsAreBlocksOfTheirOwn) {
  const std::vector<int32_t> ids = {-1, -1, 7, 7};
  EXPECT_EQ(RateSample({1, 1, 1, 1}, ids, "x").blocks(), 3);
}

TEST(RateSample, BelowOneEffectiveCrossingThereIsOnlyALimit) {
  std::vector<int32_t> ids;
  for (int i = 0; i < 400; ++i) ids.push_back(i / 4);
  const RateSample sample(std::vector<double>(400, 1), ids, "x");  // 100 effective crossings
  const Rate none = sample.rate([](size_t) { return false; });
  EXPECT_FALSE(none.measured);
  EXPECT_NEAR(none.limit_khz, kFilledCrossingsKhz * (1 - std::pow(0.05, 0.01)), 1e-6);
  const Rate three = sample.rate([](size_t i) { return i < 3; });  // 0.75 effective crossings
  EXPECT_FALSE(three.measured);
  EXPECT_GT(three.limit_khz, none.limit_khz);
  EXPECT_TRUE(sample.rate([](size_t i) { return i < 4; }).measured);
  // Behind a prescale of ten the limit is a tenth.
  EXPECT_NEAR(sample.rate(std::vector<double>(400), 0.1).limit_khz, none.limit_khz / 10, 1e-6);
}

TEST(RateSample, ThresholdsReachTheRateFromBelow) {
  const double each = kFilledCrossingsKhz / 5;
  const RateSample sample(std::vector<double>(5, 1), all_different(5), "x");
  const std::vector<double> scores = {3, 1, 2, 2, -std::numeric_limits<double>::infinity()};
  EXPECT_EQ(sample.threshold_at(scores, 1.5 * each).value, 3);
  // The two of equal score pass together, or not at all.
  EXPECT_EQ(sample.threshold_at(scores, 2.5 * each).value, 3);
  EXPECT_EQ(sample.threshold_at(scores, 3.01 * each).value, 2);
  EXPECT_NEAR(sample.threshold_at(scores, 3.01 * each).khz, 3 * each, 1e-6);
  // Minus infinity never passes, however large the rate; all others do.
  EXPECT_EQ(sample.threshold_at(scores, 100 * each).value, RateSample::kLoosest);
  EXPECT_NEAR(sample.threshold_at(scores, 100 * each).khz, 4 * each, 1e-6);
  const std::vector<double> never(5, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(sample.threshold_at(never, each).value, RateSample::kLoosest);
  EXPECT_EQ(sample.threshold_at(never, each).khz, 0);
  EXPECT_EQ(sample.threshold_at(scores, 0.5 * each).value, std::numeric_limits<double>::infinity());
  EXPECT_EQ(sample.bootstrap_thresholds(scores, 3 * each).size(), 400U);
}

TEST(RateSample, RefusesWhatHasNoRate) {
  const std::vector<int32_t> none, one = {1};
  EXPECT_EQ(message_of([&] { RateSample({}, none, "e.h5"); }),
            "e.h5: error: holds no minimum-bias event, so there is no rate — add some: trigstone "
            "events generate --process minbias ttbar …");
  EXPECT_NE(message_of([&] { RateSample({0}, one, "e.h5"); }).find("have no weight"),
            std::string::npos);
  EXPECT_NE(message_of([&] { RateSample({-1}, one, "e.h5"); }).find("has the weight -1"),
            std::string::npos);
  EXPECT_NE(message_of([&] { RateSample({std::nan("")}, one, "e.h5"); }).find("has the weight nan"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
