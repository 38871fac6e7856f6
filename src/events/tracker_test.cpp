// Closure of the track response: what comes out has the efficiency and resolution that went in.
#include "events/tracker.h"

#include <gtest/gtest.h>

#include <cmath>

#include "events/event_testing.h"

namespace trigstone {
namespace {

constexpr int kTrials = 20000;

struct Sample {
  int found = 0;
  double mean = 0, sigma = 0;
};

// Mean and standard deviation of a property of the tracks of one particle, many times measured.
template <typename Get>
Sample measure(const Particle& particle, double vertex_z_cm, uint64_t seed, Get get) {
  const DetectorConfig::Tracker config;
  Random random(seed);
  Sample sample;
  double square = 0;
  for (int i = 0; i < kTrials; ++i) {
    const auto token = measure_track(config, particle, vertex_z_cm, random);
    if (!token) continue;
    ++sample.found;
    sample.mean += get(*token);
    square += get(*token) * get(*token);
  }
  sample.mean /= sample.found;
  sample.sigma = std::sqrt(square / sample.found - sample.mean * sample.mean);
  return sample;
}

Particle pion(float pt_gev, float eta) {
  return {.pt_gev = pt_gev,
          .eta = eta,
          .phi = 1,
          .pdg = 211,
          .charge = 1,
          .particle_class = ParticleClass::kChargedHadron};
}

Particle electron(float pt_gev, float eta) {
  return {.pt_gev = pt_gev,
          .eta = eta,
          .phi = 1,
          .pdg = 11,
          .charge = -1,
          .particle_class = ParticleClass::kElectron};
}

TEST(Tracker, MomentumHasTheStatedResolution) {
  const DetectorConfig::Tracker config;
  for (const auto& [pt_gev, eta] :
       {std::pair{5.F, 0.1F}, {10.F, -1.1F}, {80.F, 2.1F}, {200.F, 0.7F}}) {
    const Sample sample = measure(pion(pt_gev, eta), 0, 3, [](const Token& t) { return t.pt_gev; });
    const double sigma = track_pt_resolution(config, pt_gev, eta) * pt_gev;
    EXPECT_NEAR(sample.mean, pt_gev, five_sigma_of_mean(sigma, sample.found)) << pt_gev;
    EXPECT_NEAR(sample.sigma, sigma, 5 * sigma / std::sqrt(2.0 * sample.found)) << pt_gev;
  }
}

TEST(Tracker, ElectronsHaveTheirOwnResolution) {
  const Sample sample = measure(electron(40, 0.5F), 0, 4, [](const Token& t) { return t.pt_gev; });
  const double sigma = 0.028 * 40;
  EXPECT_NEAR(sample.mean, 40, five_sigma_of_mean(sigma, sample.found));
  EXPECT_NEAR(sample.sigma, sigma, 5 * sigma / std::sqrt(2.0 * sample.found));
}

TEST(Tracker, EfficiencyIsThatOfTheCard) {
  const auto check = [](const Particle& particle, double expected) {
    const Sample sample = measure(particle, 0, 5, [](const Token&) { return 1.0; });
    const double sigma = std::sqrt(expected * (1 - expected) / kTrials);
    EXPECT_NEAR(static_cast<double>(sample.found) / kTrials, expected, 5 * sigma) << expected;
  };
  check(pion(10, 0.5F), 0.97);
  check(pion(10, -2.0F), 0.87);
  check(electron(30, 1.0F), 0.97);
  check(electron(30, 2.0F), 0.90);
  check(electron(6, -2.0F), 0.88);
  Particle muon = pion(10, 2.0F);
  muon.particle_class = ParticleClass::kMuon;
  check(muon, 1.0);
}

TEST(Tracker, ImpactParametersAreSmearedAndRoundedToTheTrackWord) {
  const DetectorConfig::Tracker config;
  const double z0_step_cm = 2 * 20.46912512 / 4096, d0_step_cm = 1.0 / 256;
  Particle particle = pion(5, 1);
  particle.dxy_cm = 0.1F;
  particle.dz_cm = 0.2F;
  const Sample z0 = measure(particle, 3, 6, [](const Token& t) { return t.z0_cm; });
  const double sigma_cm =
      std::hypot(track_z0_resolution_cm(config, 5, 1), z0_step_cm / std::sqrt(12));
  EXPECT_NEAR(z0.mean, 3.2, five_sigma_of_mean(sigma_cm, z0.found));
  EXPECT_NEAR(z0.sigma, sigma_cm, 5 * sigma_cm / std::sqrt(2.0 * z0.found));
  const Sample dxy = measure(particle, 3, 7, [](const Token& t) { return t.dxy_cm; });
  const double dxy_sigma_cm = std::hypot(config.dxy_resolution_cm, d0_step_cm / std::sqrt(12));
  EXPECT_NEAR(dxy.mean, 0.1, five_sigma_of_mean(dxy_sigma_cm, dxy.found));
  EXPECT_NEAR(dxy.sigma, dxy_sigma_cm, 5 * dxy_sigma_cm / std::sqrt(2.0 * dxy.found));
  Random random(8);
  for (int i = 0; i < 100; ++i) {
    const auto token = measure_track(config, particle, 3, random);
    if (!token) continue;
    const double steps = token->z0_cm / z0_step_cm - 0.5;
    EXPECT_NEAR(steps, std::round(steps), 1e-3);
  }
}

TEST(Tracker, TheOfflineFormulaIsThatOfTheCard) {
  DetectorConfig::Tracker config;
  config.z0_resolution_scale = 1;
  EXPECT_NEAR(track_z0_resolution_cm(config, 1, 0), std::pow(10, 1.5) * 1e-4, 1e-12);
  EXPECT_NEAR(track_z0_resolution_cm(config, 50, -2), 0.2 * std::pow(10, 2.5) * 1e-4, 1e-12);
}

TEST(Tracker, NothingOutsideTheAcceptance) {
  const DetectorConfig::Tracker config;
  Random random(9);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(measure_track(config, pion(1.3F, 0), 0, random));
    EXPECT_FALSE(measure_track(config, pion(20, 2.41F), 0, random));
    const auto near_threshold = measure_track(config, pion(2.0F, 0), 0, random);
    if (near_threshold) {
      EXPECT_GE(near_threshold->pt_gev, 2.0F);
    }
  }
}

// Within the limits the efficiency is that of the card, beyond there is none, and the random
// numbers go on as if it had been found.
TEST(Tracker, ImpactParametersHaveALimit) {
  const DetectorConfig::Tracker config;
  for (const float dxy_cm : {0.0F, 3.0F, -9.99F, 9.99F, -10.01F, 10.01F, 80.0F}) {
    Particle particle = pion(10, 0.5F);
    particle.dxy_cm = dxy_cm;
    Random random(21), same(21);
    int found = 0;
    for (int i = 0; i < kTrials; ++i) {
      found += measure_track(config, particle, 0, random) ? 1 : 0;
      measure_track(config, pion(10, 0.5F), 0, same);
    }
    const double expected = std::fabs(dxy_cm) < 10 ? 0.97 : 0;
    EXPECT_NEAR(found, expected * kTrials, 5 * std::sqrt(expected * (1 - expected) * kTrials))
        << dxy_cm;
    EXPECT_EQ(random.bits(), same.bits()) << dxy_cm;
  }
}

}  // namespace
}  // namespace trigstone
