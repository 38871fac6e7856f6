// Closure of chi^2 and of fake tracks: what comes out has the shapes and rates that were put in.
#include "events/track_quality.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

#include "events/event_testing.h"
#include "events/tracker.h"

namespace trigstone {
namespace {

constexpr int kTrials = 40000;

// chi^2/n of n degrees of freedom has mean 1 and variance 2/n; of residuals s times as wide s^2
// times that.
TEST(TrackQuality, Chi2HasTheMeanAndWidthOfItsDegreesOfFreedom) {
  Random random(1);
  for (const int stubs : {4, 5, 6}) {
    for (const double scale : {1.0, 3.0}) {
      double sums[3] = {}, squares[3] = {};
      for (int i = 0; i < kTrials; ++i) {
        Token track{.quality = static_cast<int8_t>(stubs)};
        measure_chi2(track, random, scale);
        const double values[] = {track.chi2_rphi, track.chi2_rz, track.bend_chi2};
        for (int view = 0; view < 3; ++view) {
          sums[view] += values[view] / kTrials;
          squares[view] += values[view] * values[view] / kTrials;
        }
      }
      for (int view = 0; view < 3; ++view) {
        const double degrees = view == 2 ? stubs : stubs - 2, mean = scale * scale;
        const double sigma = mean * std::sqrt(2 / degrees);
        EXPECT_NEAR(sums[view], mean, five_sigma_of_mean(sigma, kTrials)) << stubs << view;
        // The variance of a variance: kurtosis 12/n of chi^2.
        const double variance = squares[view] - sums[view] * sums[view];
        EXPECT_NEAR(variance, sigma * sigma,
                    5 * sigma * sigma * std::sqrt((2 + 12 / degrees) / kTrials));
      }
    }
  }
}

TEST(TrackQuality, ATrackOfTwoStubsHasNoChi2) {
  Random random(1);
  Token track{.quality = 2};
  measure_chi2(track, random);
  EXPECT_EQ(track, (Token{.quality = 2}));
}

std::vector<Token> fakes_of(size_t real, const DetectorConfig& config, Random& random) {
  std::vector<Token> tracks(real, Token{.quality = 5});
  add_fake_tracks(config, tracks, random);
  return {tracks.begin() + static_cast<std::ptrdiff_t>(real), tracks.end()};
}

TEST(FakeTracks, TheirNumberGrowsWithTheSquareOfTheTracks) {
  const DetectorConfig config;
  Random random(2);
  for (const size_t real : {0U, 1U, 20U, 100U, 250U}) {
    const int crossings = 2000;
    double found = 0;
    for (int i = 0; i < crossings; ++i) {
      found += static_cast<double>(fakes_of(real, config, random).size()) / crossings;
    }
    const double expected = 4e-4 * static_cast<double>(real) * (static_cast<double>(real) - 1);
    EXPECT_NEAR(found, expected, 5 * std::sqrt(std::max(0.0, expected) / crossings)) << real;
  }
}

TEST(FakeTracks, NeverOutnumberTheRealOnes) {
  const DetectorConfig config;
  Random random(3);
  const double found = static_cast<double>(fakes_of(100'000, config, random).size());
  EXPECT_NEAR(found, 100'000, 5 * std::sqrt(100'000));
}

TEST(FakeTracks, CanBeSwitchedOff) {
  DetectorConfig config;
  config.tracker.fakes_per_track_pair = 0;
  Random random(4);
  EXPECT_TRUE(fakes_of(1000, config, random).empty());
}

// pT falls as 1/pT^2: above x lies 2/x of what starts at 2 GeV. eta and z0 are flat.
TEST(FakeTracks, HaveTheStatedSpectra) {
  const DetectorConfig config;
  Random random(5);
  int n = 0, above_4_gev = 0, above_20_gev = 0, forward = 0, far = 0, positive = 0, extra = 0;
  std::set<int8_t> patterns;
  while (n < kTrials) {
    for (const Token& fake : fakes_of(500, config, random)) {
      ++n;
      ASSERT_EQ(fake.is_fake, 1);
      ASSERT_EQ(fake.is_pileup, 1);
      ASSERT_EQ(fake.token_kind(), TokenKind::kTrack);
      ASSERT_GE(fake.pt_gev, 2.0F);
      ASSERT_LE(std::fabs(fake.eta), 2.401F);
      ASSERT_LE(std::fabs(fake.phi), 3.1415927F);
      ASSERT_EQ(std::popcount(static_cast<unsigned>(fake.hit_pattern)), fake.quality);
      ASSERT_GE(fake.quality, kStubsMin);
      above_4_gev += fake.pt_gev > 4;
      above_20_gev += fake.pt_gev > 20;
      forward += std::fabs(fake.eta) > 1.2;
      far += std::fabs(fake.z0_cm) > 7.5;
      positive += fake.charge > 0;
      extra += fake.quality - kStubsMin;
      patterns.insert(fake.hit_pattern);
    }
  }
  const auto expect_share = [n](int count, double share, int trials = 1) {
    const double all = static_cast<double>(n) * trials;
    EXPECT_NEAR(count / all, share, 5 * std::sqrt(share * (1 - share) / all)) << share;
  };
  expect_share(above_4_gev, (0.25 - 0.001) / (0.5 - 0.001));
  expect_share(above_20_gev, (0.05 - 0.001) / (0.5 - 0.001));
  expect_share(forward, 0.5);
  expect_share(far, 0.5);
  expect_share(positive, 0.5);
  expect_share(extra, 0.25, 2);
  EXPECT_EQ(patterns.size(), 15U + 6U + 1U) << "every choice of four, five or six layers";
}

// A cut at n degrees of freedom keeps the share of the chi^2 law; for two it is an exponential.
TEST(FakeTracks, AChi2CutRemovesThemWithTheStatedEfficiency) {
  Random random(6);
  int kept_real = 0, kept_fake = 0;
  for (int i = 0; i < kTrials; ++i) {
    Token real{.quality = 4}, fake{.quality = 4};
    measure_chi2(real, random);
    measure_chi2(fake, random, 3);
    kept_real += real.chi2_rphi < 5;
    kept_fake += fake.chi2_rphi < 5;
  }
  const double real = 1 - std::exp(-5.0), fake = 1 - std::exp(-5.0 / 9);
  EXPECT_NEAR(static_cast<double>(kept_real) / kTrials, real,
              5 * std::sqrt(real * (1 - real) / kTrials));
  EXPECT_NEAR(static_cast<double>(kept_fake) / kTrials, fake,
              5 * std::sqrt(fake * (1 - fake) / kTrials));
}

TEST(FakeTracks, TimingChangesNothingButTheirTime) {
  DetectorConfig config;
  Random off(7), on(7);
  const auto without = fakes_of(500, config, off);
  config.timing = true;
  auto with = fakes_of(500, config, on);
  ASSERT_EQ(with.size(), without.size());
  bool timed = false;
  for (Token& fake : with) {
    timed |= fake.time_ns != 0;
    fake.time_ns = 0;
  }
  EXPECT_TRUE(timed);
  EXPECT_EQ(with, without);
}

}  // namespace
}  // namespace trigstone
