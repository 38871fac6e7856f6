// Closure of the calorimeter: energy, resolution, place, subtraction of tracks, truth flags.
#include "events/calorimeter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "events/detector.h"
#include "events/event_testing.h"

namespace trigstone {
namespace {

Particle make_particle(int pdg, float pt_gev, float eta, float phi) {
  Particle particle{.pt_gev = pt_gev, .eta = eta, .phi = phi, .pdg = static_cast<int16_t>(pdg)};
  particle.charge = static_cast<int8_t>(charge_times_three(pdg) / 3);
  particle.particle_class = classify_particle(pdg);
  return particle;
}

std::vector<Token> respond(const DetectorConfig& config, const std::vector<Particle>& particles,
                           const Placement& placement, uint64_t seed) {
  Detector detector(config);
  Random random(seed), timing(seed + 1), quality(9);
  const Truth truth;
  detector.add({particles, &truth}, placement, random, timing);
  return detector.read_out(random, quality);
}

DetectorConfig perfect() {
  DetectorConfig config;
  config.calorimeter.ecal_resolution = {{5.0, 0, 0, 0}};
  config.calorimeter.hcal_resolution = {{5.0, 0, 0, 0}};
  config.calorimeter.photon_smearing = 0;
  for (auto& row : config.tracker.pt_resolution) row = {row[0], 0, 0, 0};
  config.tracker.hadron_efficiency = {{2.5, 1.0}};
  return config;
}

TEST(Calorimeter, ResolutionsAreThoseOfTheCard) {
  const Calorimeter calorimeter{DetectorConfig::Calorimeter()};
  EXPECT_NEAR(calorimeter.ecal_sigma_gev(-1.0, 100), std::sqrt(0.81 + 0.0144 * 100 + 0.45 * 0.45),
              1e-12);
  EXPECT_NEAR(calorimeter.ecal_sigma_gev(2.0, 100), std::sqrt(0.49 + 0.0441 * 100), 1e-12);
  EXPECT_NEAR(calorimeter.ecal_sigma_gev(4.0, 100), std::sqrt(64 + 1.98 * 1.98 * 100), 1e-12);
  EXPECT_NEAR(calorimeter.hcal_sigma_gev(0.0, 100), std::sqrt(25.0 + 100), 1e-12);
  EXPECT_NEAR(calorimeter.hcal_sigma_gev(-3.5, 100), std::sqrt(121 + 7.84 * 100), 1e-12);
}

// Many copies of one particle: mean and spread of the energy against the formula.
void check_energy(int pdg, float pt_gev, float eta, double extra) {
  const DetectorConfig config;
  const Calorimeter formulas(config.calorimeter);
  const int trials = 4000;
  double sum = 0, square = 0;
  int found = 0;
  for (int i = 0; i < trials; ++i) {
    for (const Token& token :
         respond(config, {make_particle(pdg, pt_gev, eta, 0.3F)}, {}, 100 + i)) {
      const double energy_gev = token.pt_gev * std::cosh(token.eta);
      ++found;
      sum += energy_gev;
      square += energy_gev * energy_gev;
    }
  }
  ASSERT_EQ(found, trials);
  const double energy_gev = pt_gev * std::cosh(eta), mean = sum / found;
  const double cell = pdg == 22 ? formulas.ecal_sigma_gev(eta, energy_gev)
                                : formulas.hcal_sigma_gev(eta, energy_gev);
  const double sigma = std::hypot(cell, extra * energy_gev);
  EXPECT_NEAR(mean, energy_gev, five_sigma_of_mean(sigma, found));
  // A log-normal of 10 % has a kurtosis of 3.16: its variance is known a little worse.
  EXPECT_NEAR(std::sqrt(square / found - mean * mean), sigma,
              1.1 * 5 * sigma / std::sqrt(2.0 * found));
}

TEST(Calorimeter, PhotonEnergyCloses) {
  check_energy(22, 50, 0.5F, 0.01);
  check_energy(22, 30, 2.0F, 0.01);
}

TEST(Calorimeter, HadronEnergyCloses) {
  check_energy(130, 150, 0.5F, 0);
  check_energy(2112, 100, -2.5F, 0);
}

TEST(Calorimeter, TokensSitWhereTheParticleEntered) {
  for (const float eta : {-4.6F, -2.2F, 0.05F, 1.55F, 3.7F}) {
    for (const float phi : {-3.14F, -1.0F, 0.0F, 2.2F, 3.14F}) {
      const auto tokens = respond(perfect(), {make_particle(22, 40, eta, phi)}, {}, 1);
      ASSERT_EQ(tokens.size(), 1U);
      EXPECT_EQ(tokens[0].token_kind(), TokenKind::kPhoton);
      EXPECT_NEAR(tokens[0].eta, eta, 1e-4);
      EXPECT_NEAR(tokens[0].phi, phi, 1e-5);
      EXPECT_NEAR(tokens[0].pt_gev, 40, 1e-2);
    }
  }
}

TEST(Calorimeter, ATrackExplainsItsEnergy) {
  const auto tokens = respond(perfect(), {make_particle(211, 20, 0.4F, 1)}, {}, 2);
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].token_kind(), TokenKind::kTrack);
}

TEST(Calorimeter, AHadronWithoutATrackIsSeen) {
  DetectorConfig config = perfect();
  config.tracker.hadron_efficiency = {{2.5, 0.0}};
  const auto tokens = respond(config, {make_particle(211, 20, 0.4F, 1)}, {}, 2);
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].token_kind(), TokenKind::kHadron);
  EXPECT_NEAR(tokens[0].pt_gev, 20, 0.01);
  EXPECT_EQ(tokens[0].depth, 1.0F);
}

TEST(Calorimeter, AnElectronTakesItsEnergyAndAMuonLeavesNone) {
  DetectorConfig config = perfect();
  config.tracker.electron_efficiency = {{2.5, 1, 0, 1}};
  const auto electrons = respond(config, {make_particle(11, 30, 0.2F, 1)}, {}, 3);
  ASSERT_EQ(electrons.size(), 1U);
  EXPECT_EQ(electrons[0].token_kind(), TokenKind::kElectron);
  const auto muons = respond(config, {make_particle(13, 30, 0.2F, 1)}, {}, 3);
  ASSERT_EQ(muons.size(), 1U);
  EXPECT_EQ(muons[0].token_kind(), TokenKind::kMuon);
}

TEST(Calorimeter, StrangeParticlesShareTheirEnergy) {
  const auto tokens = respond(perfect(), {make_particle(310, 20, 0.4F, 1)}, {}, 4);
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_NEAR(tokens[0].pt_gev, 6, 0.01);
  EXPECT_NEAR(tokens[1].pt_gev, 14, 0.01);
  EXPECT_NEAR(tokens[0].depth, 0.7, 1e-3);
}

TEST(Calorimeter, TheTruthFlagFollowsTheLargerShare) {
  Detector detector(perfect());
  Random random(5), timing(6), quality(9);
  const Truth truth;
  const std::vector<Particle> hard = {make_particle(22, 10, 0.41F, 1)};
  const std::vector<Particle> soft = {make_particle(22, 15, 0.41F, 1)};
  detector.add({hard, &truth}, {}, random, timing);
  detector.add({soft, &truth}, {.is_pileup = true}, random, timing);
  const auto tokens = detector.read_out(random, quality);
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].is_pileup, 1);
  EXPECT_TRUE(detector.read_out(random, quality).empty()) << "reading out empties the detector";
}

TEST(Detector, BadParticlesAreCountedAndLeftOut) {
  Detector detector{DetectorConfig()};
  Random random(5), timing(6), quality(9);
  const Truth truth;
  std::vector<Particle> particles = {make_particle(22, NAN, 0, 0), make_particle(22, 10, NAN, 0),
                                     make_particle(22, 10, 0, INFINITY),
                                     make_particle(22, -1, 0, 0), make_particle(22, 10, 0, 0)};
  detector.add({particles, &truth}, {}, random, timing);
  EXPECT_EQ(detector.read_out(random, quality).size(), 1U);
  EXPECT_EQ(detector.bad_particles(), 4);
}

TEST(Detector, PlacementTurnsAndMirrors) {
  Particle particle = make_particle(211, 10, 1.2F, 3.0F);
  particle.dz_cm = 0.5F;
  const Particle turned = placed(particle, {.rotation = 1.0F, .mirrored = true});
  EXPECT_FLOAT_EQ(turned.eta, -1.2F);
  EXPECT_FLOAT_EQ(turned.dz_cm, -0.5F);
  EXPECT_NEAR(turned.phi, 4.0 - 2 * M_PI, 1e-6);
  for (int i = -1000; i <= 1000; ++i) {
    const float phi = wrap_phi(0.0123F * static_cast<float>(i));
    EXPECT_GE(phi, -3.1415927F);
    EXPECT_LT(phi, 3.1415927F);
    EXPECT_NEAR(std::remainder(phi - 0.0123 * i, 2 * M_PI), 0, 1e-4);
  }
}

}  // namespace
}  // namespace trigstone
