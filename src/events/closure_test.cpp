// Closure of the detector bin by bin: resolution, efficiency and granularity that were put in come
// out. Bounds are five standard deviations of the numbers of trials; seeds are fixed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "events/detector.h"
#include "events/event_testing.h"
#include "events/tracker.h"

namespace trigstone {
namespace {

Particle make_particle(int pdg, double pt_gev, double eta, double phi = 0.3) {
  Particle particle{.pt_gev = static_cast<float>(pt_gev),
                    .eta = static_cast<float>(eta),
                    .phi = static_cast<float>(phi),
                    .pdg = static_cast<int16_t>(pdg)};
  particle.charge = static_cast<int8_t>(charge_times_three(pdg) / 3);
  particle.particle_class = classify_particle(pdg);
  return particle;
}

// Mean and standard deviation of numbers.
struct Moments {
  int count = 0;
  double sum = 0, square = 0;

  void add(double value) {
    ++count;
    sum += value;
    square += value * value;
  }
  double mean() const { return sum / count; }
  double sigma() const { return std::sqrt(square / count - mean() * mean()); }
};

void expect_moments(const Moments& found, double mean, double sigma, const std::string& where) {
  EXPECT_NEAR(found.mean(), mean, five_sigma_of_mean(sigma, found.count)) << where;
  // A log-normal's variance is known a little worse than a normal one's.
  EXPECT_NEAR(found.sigma(), sigma, 1.15 * 5 * sigma / std::sqrt(2.0 * found.count)) << where;
}

// Every range of the table of resolutions, on both sides, at three momenta.
TEST(Closure, TracksByEtaAndMomentum) {
  const DetectorConfig::Tracker config;
  constexpr int kTrials = 2000;
  double low = 0;
  for (const auto& band : config.pt_resolution) {
    const double middle = (low + band[0]) / 2;
    low = band[0];
    for (const double pt_gev : {4.0, 30.0, 150.0}) {
      const double eta = pt_gev == 30 ? -middle : middle;
      Random random(static_cast<uint64_t>(1000 * band[0] + pt_gev));
      Moments pt;
      for (int i = 0; i < kTrials; ++i) {
        const auto token = measure_track(config, make_particle(211, pt_gev, eta), 0, random);
        if (token) pt.add(token->pt_gev);
      }
      const double efficiency = std::fabs(eta) < 1.2 ? 0.97 : 0.87;
      const std::string where = fmt::format("eta {} pT {}", eta, pt_gev);
      EXPECT_NEAR(pt.count, efficiency * kTrials,
                  5 * std::sqrt(efficiency * (1 - efficiency) * kTrials))
          << where;
      expect_moments(pt, pt_gev, pt_gev * track_pt_resolution(config, pt_gev, eta), where);
    }
  }
}

TEST(Closure, MuonsByEta) {
  const DetectorConfig config;
  for (const double eta : {-2.3, -1.7, -0.9, 0.1, 1.1, 2.1}) {
    Detector detector(config);
    Random random(7), timing(8), quality(9);
    const Truth truth;
    Moments pt;
    for (int i = 0; i < 1500; ++i) {
      const std::vector<Particle> muon = {make_particle(13, 40, eta)};
      detector.add({muon, &truth}, Placement{}, random, timing);
      const auto tokens = detector.read_out(random, quality);
      ASSERT_EQ(tokens.size(), 1U);  // all are found, none leaves calorimeter energy
      EXPECT_EQ(tokens[0].token_kind(), TokenKind::kMuon);
      EXPECT_EQ(tokens[0].charge, -1);
      pt.add(tokens[0].pt_gev);
    }
    expect_moments(pt, 40, 40 * track_pt_resolution(config.tracker, 40, eta),
                   fmt::format("eta {}", eta));
  }
}

// Energy of single photons and neutral hadrons in each range of the two tables.
void check_energy(int pdg, double energy_gev, double eta) {
  const DetectorConfig config;
  const Calorimeter formulas(config.calorimeter);
  Detector detector(config);
  Random random(static_cast<uint64_t>(energy_gev) + 17), timing(1), quality(9);
  const Truth truth;
  const Particle particle = make_particle(pdg, energy_gev / std::cosh(eta), eta);
  const std::vector<Particle> one = {particle};
  Moments energy;
  for (int i = 0; i < 1500; ++i) {
    detector.add({one, &truth}, Placement{}, random, timing);
    for (const Token& token : detector.read_out(random, quality)) {
      energy.add(token.pt_gev * std::cosh(token.eta));
    }
  }
  const std::string where = fmt::format("pdg {} energy {} eta {}", pdg, energy_gev, eta);
  ASSERT_EQ(energy.count, 1500) << where;  // far above the thresholds
  const double cell = pdg == 22 ? formulas.ecal_sigma_gev(eta, energy_gev)
                                : formulas.hcal_sigma_gev(eta, energy_gev);
  const double extra = pdg == 22 ? config.calorimeter.photon_smearing * energy_gev : 0;
  expect_moments(energy, energy_gev, std::hypot(cell, extra), where);
}

TEST(Closure, PhotonsByEnergyAndEta) {
  for (const double energy_gev : {20.0, 60.0, 200.0}) {
    for (const double eta : {-0.4, 1.2, 1.65, -2.0, 2.6}) check_energy(22, energy_gev, eta);
  }
  for (const double eta : {-3.4, 4.5}) check_energy(22, 900, eta);
}

TEST(Closure, HadronsByEnergyAndEta) {
  for (const double energy_gev : {100.0, 250.0, 600.0}) {
    for (const double eta : {0.4, -1.3, 2.4}) check_energy(130, energy_gev, eta);
  }
  for (const double eta : {3.4, -4.5}) check_energy(2112, 1500, eta);
}

// One photon in the middle of every tower: as many tokens as towers, each in its own place; and two
// photons in one tower are one token.
TEST(Closure, TheGranularityIsThatOfTheCard) {
  DetectorConfig config;
  config.calorimeter.ecal_resolution = {{5.0, 0, 0, 0}};
  config.calorimeter.photon_smearing = 0;
  const auto& card = config.calorimeter;
  std::vector<Particle> photons;
  const auto add_row = [&](double eta, int cells) {
    for (int cell = 0; cell < cells; ++cell) {
      photons.push_back(make_particle(22, 20, eta, 2 * M_PI * ((cell + 0.5) / cells - 0.5)));
    }
  };
  const int central = 34, forward = 12;  // rows of one side
  for (const double side : {-1.0, 1.0}) {
    for (int i = 0; i < central; ++i) add_row(side * (i + 0.5) * card.eta_step, card.phi_cells);
    for (int i = 0; i < forward; ++i) {
      const double eta = card.forward_eta + (i + 0.5) * card.forward_eta_step;
      if (eta < card.eta_max) add_row(side * eta, card.forward_phi_cells);
    }
  }
  EXPECT_EQ(photons.size(), 2U * (34 * 72 + 12 * 36));
  Detector detector(config);
  Random random(3), timing(4), quality(9);
  const Truth truth;
  detector.add({photons, &truth}, Placement{}, random, timing);
  const auto tokens = detector.read_out(random, quality);
  EXPECT_EQ(tokens.size(), photons.size());
  std::set<std::pair<float, float>> places;
  for (const Token& token : tokens) {
    places.emplace(token.eta, token.phi);
    EXPECT_NEAR(token.pt_gev, 20, 0.01);
  }
  EXPECT_EQ(places.size(), photons.size());
  const std::vector<Particle> pair = {make_particle(22, 20, 0.02, 0.01),
                                      make_particle(22, 30, 0.07, 0.07)};
  detector.add({pair, &truth}, Placement{}, random, timing);
  const auto merged = detector.read_out(random, quality);
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_NEAR(merged[0].pt_gev * std::cosh(merged[0].eta),
              20 * std::cosh(0.02) + 30 * std::cosh(0.07), 0.01);
}

// Pions of 10 GeV made ever farther out, flying on: the same efficiency up to the third layer, then
// none; the hadron calorimeter sees them all.
TEST(Closure, TracksByProductionRadius) {
  const DetectorConfig config;
  const Truth truth;
  constexpr int kTrials = 1000;
  for (const float radius_cm : {0.0F, 1.0F, 20.0F, 52.2F, 52.4F, 90.0F}) {
    Detector detector(config);
    Random random(5), timing(6), quality(9);
    Particle pion = make_particle(211, 10, 0.5);
    pion.path_cm = radius_cm;
    const std::vector<Particle> one = {pion};
    int tracks = 0, seen = 0;
    for (int i = 0; i < kTrials; ++i) {
      detector.add({one, &truth}, Placement{}, random, timing);
      const auto tokens = detector.read_out(random, quality);
      seen += tokens.empty() ? 0 : 1;
      for (const Token& token : tokens) tracks += token.token_kind() == TokenKind::kTrack ? 1 : 0;
    }
    const double expected = radius_cm < 52.3F ? 0.97 : 0;
    EXPECT_NEAR(tracks, expected * kTrials, 5 * std::sqrt(expected * (1 - expected) * kTrials))
        << radius_cm;
    EXPECT_EQ(seen, kTrials) << radius_cm;
  }
}

TEST(Closure, TimingIsOffUnlessAskedFor) {
  DetectorConfig config;
  const Truth truth;
  const std::vector<Particle> pion = {make_particle(211, 20, 0.5)};
  const auto times = [&] {
    Detector detector(config);
    Random random(5), timing(6), quality(9);
    Moments times;
    for (int i = 0; i < 3000; ++i) {
      detector.add({pion, &truth}, Placement{.t_ns = 0.2F}, random, timing);
      for (const Token& token : detector.read_out(random, quality)) {
        if (token.token_kind() == TokenKind::kTrack) times.add(token.time_ns);
      }
    }
    return times;
  };
  const Moments off = times();
  EXPECT_EQ(off.sum, 0);
  config.timing = true;
  expect_moments(times(), 0.2, 0.040, "timing");
}

TEST(BadEvents, ImpossibleParticlesAreCountedAndTheRestIsSeen) {
  Detector detector{DetectorConfig()};
  Random random(5), timing(6), quality(9);
  const Truth truth;
  std::vector<Particle> particles(6, make_particle(211, 10, 0.1));
  particles[0].dz_cm = NAN;
  particles[1].dxy_cm = INFINITY;
  particles[2].pt_gev = 2e6F;
  particles[3].eta = -INFINITY;
  particles[4].phi = NAN;
  detector.add({particles, &truth}, Placement{}, random, timing);
  EXPECT_EQ(detector.bad_particles(), 5);
  for (const Token& token : detector.read_out(random, quality)) {
    EXPECT_TRUE(std::isfinite(token.pt_gev) && std::isfinite(token.z0_cm));
  }
}

TEST(BadEvents, NothingAndAMillionParticlesAreEvents) {
  Detector detector{DetectorConfig()};
  Random random(5), timing(6), quality(9);
  const Truth truth;
  detector.add({{}, &truth}, Placement{}, random, timing);
  EXPECT_TRUE(detector.read_out(random, quality).empty());
  std::vector<Particle> many;
  for (int i = 0; i < 1'000'000; ++i) {
    many.push_back(make_particle(i % 3 == 0   ? 22
                                 : i % 3 == 1 ? 211
                                              : -211,
                                 0.2 + 2.5 * random.uniform(), random.uniform(-5, 5),
                                 random.uniform(-3.1, 3.1)));
  }
  detector.add({many, &truth}, Placement{}, random, timing);
  EXPECT_EQ(detector.bad_particles(), 0);
  EXPECT_GT(detector.read_out(random, quality).size(), 10'000U);
}

}  // namespace
}  // namespace trigstone
