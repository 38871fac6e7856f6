#include "learn/roc.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace trigstone {
namespace {

TEST(Roc, PerfectAndBlindAndReversed) {
  EXPECT_EQ(roc_curve({3, 2, 1, 0}, {1, 1, 0, 0}).area, 1.0);
  EXPECT_EQ(roc_curve({0, 1, 2, 3}, {1, 1, 0, 0}).area, 0.0);
  EXPECT_EQ(roc_curve({1, 1, 1, 1}, {1, 0, 1, 0}).area, 0.5);
}

TEST(Roc, EqualScoresAndWeightsByHand) {
  // Signal 2, 1, 1; background 1 (weight 3), 0 (weight 1). Pairs won: 2 > all: 4; 1 = 1: half of 3
  // twice; 1 > 0 twice: (4 + 3 + 2) / (3 * 4).
  const RocCurve curve = roc_curve({2, 1, 1, 1, 0}, {1, 1, 1, 0, 0}, {1, 1, 1, 3, 1});
  EXPECT_DOUBLE_EQ(curve.area, 9.0 / 12.0);
  EXPECT_DOUBLE_EQ(curve.background_efficiency.back(), 0.75);  // all signal passes with score >= 1
}

TEST(Roc, BandsCoverTheTruthAsOftenAsTheySay) {
  // Scores of two unit Gaussians one apart have the area Phi(1 / sqrt(2)).
  const double truth = 0.5 * std::erfc(-0.5);
  int covered = 0;
  for (uint64_t trial = 0; trial < 60; ++trial) {
    Random random(trial);
    std::vector<double> scores;
    std::vector<uint8_t> labels;
    for (int i = 0; i < 400; ++i) {
      labels.push_back(i % 2);
      scores.push_back(random.normal() + (i % 2));
    }
    const RocCurve curve = roc_curve(scores, labels, {}, {.points = 5, .bootstraps = 100});
    covered += curve.area_low <= truth && truth <= curve.area_high;
  }
  EXPECT_GE(covered, 60 * 0.68 - 3 * std::sqrt(60 * 0.68 * 0.32));
  EXPECT_LE(covered, 60 * 0.68 + 3 * std::sqrt(60 * 0.68 * 0.32));
}

TEST(Roc, RefusesOneClassAndNaN) {
  EXPECT_THROW(roc_curve({1, 2}, {1, 1}), Error);
  EXPECT_THROW(roc_curve({1, NAN}, {1, 0}), Error);
}

}  // namespace
}  // namespace trigstone
