// Closure of the muon system bin by bin: acceptance, efficiency, resolution and charge that were
// put in come out, of muons from the beam line and of muons made metres away.
#include "events/muon_system.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "events/crossing.h"
#include "events/event_testing.h"
#include "events/solenoid.h"

namespace trigstone {
namespace {

constexpr int kTrials = 4000;

Particle muon(double pt_gev, double eta, int charge = -1, double phi = 0.3) {
  return {.pt_gev = static_cast<float>(pt_gev),
          .eta = static_cast<float>(eta),
          .phi = static_cast<float>(phi),
          .pdg = static_cast<int16_t>(-13 * charge),
          .charge = static_cast<int8_t>(charge),
          .particle_class = ParticleClass::kMuon};
}

// One that is made at (x, y, z), with its momentum there.
Particle made_at(double x, double y, double z, Particle particle) {
  const double along_x = std::cos(particle.phi), along_y = std::sin(particle.phi);
  particle.path_cm = static_cast<float>(x * along_x + y * along_y);
  particle.dxy_cm = static_cast<float>(x * along_y - y * along_x);
  particle.dz_cm = static_cast<float>(z - particle.path_cm * std::sinh(particle.eta));
  return particle;
}

struct Moments {
  double count = 0, sum = 0, square = 0;

  void add(double value) {
    ++count;
    sum += value;
    square += value * value;
  }
};
void expect_moments(const Moments& found, double mean, double sigma, const std::string& where) {
  const double middle = found.sum / found.count;
  EXPECT_NEAR(middle, mean, five_sigma_of_mean(sigma, found.count)) << where;
  EXPECT_NEAR(std::sqrt(found.square / found.count - middle * middle), sigma,
              5 * sigma / std::sqrt(2 * found.count))
      << where;
}
void expect_share(double count, double share, double trials, const std::string& where) {
  EXPECT_NEAR(count, share * trials, 5 * std::sqrt(share * (1 - share) * trials) + 1e-9) << where;
}

// Everything that a muon's measurement is made of, against what went in.
void check_closure(const DetectorConfig& config, const Particle& particle, double vertex_z_cm,
                   double efficiency, const std::array<double, 3>& curvature_band) {
  const std::string where = fmt::format("eta {} pT {} dxy {} path {}", particle.eta,
                                        particle.pt_gev, particle.dxy_cm, particle.path_cm);
  const Particle seen = at_perigee(particle, config.solenoid);
  const auto station = muon_station_eta(config.muons, particle, vertex_z_cm);
  ASSERT_TRUE(station) << where;
  Random random(static_cast<uint64_t>(1000 * (3 + particle.eta) + particle.pt_gev));
  Moments curvature, phi, eta, z0, d0;
  int flipped = 0;
  for (int i = 0; i < kTrials; ++i) {
    const auto found = measure_muon(config, particle, vertex_z_cm, random);
    if (!found) continue;
    EXPECT_EQ(found->is_fake, 0);
    flipped += found->charge == particle.charge ? 0 : 1;
    curvature.add(particle.charge * found->charge * particle.pt_gev / found->pt_gev);
    phi.add(std::remainder(found->phi - seen.phi, 2 * M_PI));
    eta.add(found->eta - seen.eta);
    z0.add(found->z0_cm - seen.dz_cm - vertex_z_cm);
    d0.add(found->d0_cm - seen.dxy_cm);
  }
  expect_share(curvature.count, efficiency, kTrials, where);
  if (efficiency == 0) return;
  const double pt = particle.pt_gev, sigma = std::hypot(curvature_band[1], curvature_band[2] * pt);
  expect_moments(curvature, 1, sigma, where);
  // The charge is mistaken where the smeared curvature is beyond nought.
  expect_share(flipped, 0.5 * std::erfc(1 / (sigma * std::sqrt(2.0))), curvature.count, where);
  expect_moments(phi, 0, std::hypot(0.005, 0.15 / pt), where);
  expect_moments(eta, 0, std::hypot(0.02, 0.05 / pt), where);
  expect_moments(z0, 0, std::hypot(5, 20 / pt), where);
  expect_moments(d0, 0, std::hypot(4, 30 / pt), where);
}

struct Band {
  double eta, efficiency;
  std::array<double, 3> curvature;
};
const std::array kBands = {Band{0.4, 0.95, {0.83, 0.15, 0.001}},
                           Band{-1.0, 0.92, {1.24, 0.20, 0.002}},
                           Band{2.0, 0.94, {2.4, 0.25, 0.002}}};

TEST(MuonClosure, ByEtaAndMomentum) {
  for (const Band& band : kBands) {
    for (const double pt_gev : {5.0, 40.0, 300.0}) {
      for (const int charge : {-1, 1}) {
        check_closure({}, muon(pt_gev, band.eta, charge), 4, band.efficiency, band.curvature);
      }
    }
  }
}

TEST(MuonClosure, MadeMetresAway) {
  const auto& [eta, efficiency, curvature] = kBands[0];
  // Straight outwards, sideways, and back through the whole detector.
  check_closure({}, made_at(200, 50, 30, muon(30, eta, 1, 0.2)), 0, efficiency, curvature);
  check_closure({}, made_at(0, 350, 0, muon(20, 0.1, -1, -0.3)), 0, 0.0, curvature);
  check_closure({}, made_at(0, 150, 0, muon(20, 0.1, -1, 0.9)), 0, efficiency, curvature);
  check_closure({}, made_at(300, 0, 0, muon(50, 0.1, -1, 3.0)), -3, efficiency, curvature);
}

TEST(MuonSystem, ThresholdsAndEdges) {
  const DetectorConfig::Muons config;
  const auto efficiency = [&](double pt_gev, double eta, double d0_cm = 0) {
    return muon_efficiency(config, pt_gev, eta, d0_cm);
  };
  EXPECT_EQ(efficiency(3.49, 0.5), 0);
  EXPECT_EQ(efficiency(3.5, -0.5), 0.95);
  EXPECT_EQ(efficiency(3.0, 0.84), 0.92);
  EXPECT_EQ(efficiency(1.99, 2.0), 0);
  EXPECT_EQ(efficiency(2.0, 2.4), 0.94);
  EXPECT_EQ(efficiency(50, 2.401), 0);
  EXPECT_EQ(efficiency(50, 0, -245.7), 0.95);
  EXPECT_EQ(efficiency(50, 0, 245.8), 0);
  EXPECT_EQ(efficiency(50, NAN), 0);
}

// The stations count, not the direction: along a line from z = 100 cm at eta 2.3 one enters the end
// plane at 500 cm / sinh(2.3), that is at eta asinh(600 / 500 sinh(2.3)) = 2.479.
TEST(MuonSystem, TheAcceptanceIsThatOfTheStations) {
  const DetectorConfig::Muons config;
  const auto station = [&](const Particle& particle, double z_cm = 0) {
    return muon_station_eta(config, particle, z_cm);
  };
  EXPECT_NEAR(station(muon(20, 2.3)).value(), 2.3, 1e-6);
  EXPECT_NEAR(station(muon(20, 2.3), 100).value(), std::asinh(1.2 * std::sinh(2.3)), 1e-6);
  EXPECT_NEAR(station(muon(20, -2.3), 100).value(), std::asinh(-6.0 / 7 * std::sinh(2.3)), 1e-6);
  EXPECT_NEAR(station(muon(20, 0.5), 10).value(), std::asinh(std::sinh(0.5) + 10 / 400.0), 1e-6);
  EXPECT_NEAR(station(muon(20, 0)).value(), 0, 1e-9);
  // From (300, 0, 0) against x: 700 cm to the barrel.
  EXPECT_NEAR(station(made_at(300, 0, 0, muon(20, 0.5, 1, M_PI))).value(),
              std::asinh(700 * std::sinh(0.5) / 400), 1e-5);
  // Across the end plane, by hand: made at (0, 200, 500), 100 cm of z to go, so 100 / sinh(1) to x.
  EXPECT_NEAR(station(made_at(0, 200, 500, muon(20, 1, 1, 0))).value(),
              std::asinh(600 / std::hypot(100 / std::sinh(1), 200)), 1e-5);
  EXPECT_FALSE(station(made_at(0, 400.1, 0, muon(20, 0))));
  EXPECT_FALSE(station(made_at(0, 0, -601, muon(20, 0))));
  EXPECT_TRUE(station(made_at(0, 399, -599, muon(20, 0.1))));
}

TEST(MuonSystem, AFactorByImpactParameter) {
  DetectorConfig config;
  config.muons.displaced_efficiency = {{50, 1}, {150, 0.5}};
  Random random(4);
  for (const auto& [d0_cm, factor] : {std::pair{20, 1.0}, {100, 0.5}, {200, 0.0}}) {
    int found = 0;
    Particle particle = muon(30, 0.3);
    particle.dxy_cm = static_cast<float>(d0_cm);
    for (int i = 0; i < kTrials; ++i) found += measure_muon(config, particle, 0, random) ? 1 : 0;
    expect_share(found, 0.95 * factor, kTrials, fmt::format("d0 {}", d0_cm));
  }
}

TEST(MuonSystem, QualityCountsStations) {
  DetectorConfig config;
  config.muons.station_efficiency = 0.6;
  Random random(5);
  std::map<int, int> qualities;
  double found = 0;
  for (int i = 0; i < kTrials; ++i) {
    const auto one = measure_muon(config, muon(30, 0.3), 0, random);
    if (!one) continue;
    ++found;
    ++qualities[one->quality];
  }
  expect_share(qualities[12], 0.6 * 0.6 * 0.6 * 0.6, found, "four");
  expect_share(qualities[8], 4 * 0.6 * 0.6 * 0.6 * 0.4, found, "three");
  EXPECT_EQ(qualities[4] + qualities[8] + qualities[12], found);
}

TEST(MuonSystem, NothingElseIsSeenUnlessItPunchesThrough) {
  DetectorConfig config;
  const Truth truth;
  std::vector<Particle> particles(2000, muon(20, 0.3));
  for (size_t i = 0; i < particles.size(); ++i) {
    constexpr std::array kOthers = {211, 11, 22, 130, 2212};
    particles[i].pdg = static_cast<int16_t>(kOthers[i % 5]);
    particles[i].charge = static_cast<int8_t>(charge_times_three(particles[i].pdg) / 3);
    particles[i].particle_class = classify_particle(particles[i].pdg);
  }
  const auto muons_of = [&] {
    Detector detector(config);
    Random random(5), timing(6), quality(7), muons(8);
    detector.add({particles, &truth}, Placement{.is_pileup = true}, random, timing);
    const auto found = detector.read_out_muons(muons);
    detector.read_out(random, quality);
    EXPECT_TRUE(detector.read_out_muons(muons).empty());
    return found;
  };
  EXPECT_TRUE(muons_of().empty());
  config.muons.punch_through = 0.1;
  const auto found = muons_of();
  expect_share(static_cast<double>(found.size()), 0.95 * 0.1, 800, "pions and protons");
  for (const StandaloneMuon& one : found) EXPECT_TRUE(one.is_fake == 1 && one.is_pileup == 1);
}

// The two measurements of one muon point to each other, also where the field turns it between the
// beam line and where it was made; beyond the tracker's reach the muon system is alone.
TEST(MuonSystem, TrackerAndMuonSystemAgree) {
  const DetectorConfig config;
  const Truth truth;
  const auto check = [&](const Particle& particle, bool tracked) {
    Detector detector(config);
    Random random(5), timing(6), quality(7), muons(8);
    Moments phi, eta, d0, z0;
    int tracks = 0;
    for (int i = 0; i < 1000; ++i) {
      const std::vector<Particle> one = {particle};
      detector.add({one, &truth}, Placement{.z_cm = 5, .rotation = 2.5F}, random, timing);
      const auto found = detector.read_out_muons(muons);
      const auto tokens = detector.read_out(random, quality);
      tracks += tokens.empty() ? 0 : 1;
      if (found.empty() || tokens.empty()) continue;
      phi.add(std::remainder(found[0].phi - tokens[0].phi, 2 * M_PI));
      eta.add(found[0].eta - tokens[0].eta);
      d0.add(found[0].d0_cm - tokens[0].dxy_cm);
      z0.add(found[0].z0_cm - tokens[0].z0_cm);
    }
    EXPECT_EQ(tracks, tracked ? 1000 : 0) << particle.path_cm;
    if (!tracked) return;
    const double pt = particle.pt_gev;
    const std::string where = fmt::format("path {}", particle.path_cm);
    expect_moments(phi, 0, std::hypot(0.005, 0.15 / pt), where);
    expect_moments(eta, 0, std::hypot(0.02, 0.05 / pt), where);
    expect_moments(d0, 0, std::hypot(4, 30 / pt), where);
    expect_moments(z0, 0, std::hypot(5, 20 / pt), where);
  };
  check(muon(20, 1.1), true);
  check(made_at(45, 8, 20, muon(6, 0.4, 1, 0.2)), true);
  check(made_at(52, 8, 20, muon(6, 0.4, 1, 0.2)), false);  // made beyond the third layer
  check(made_at(0, 30, 0, muon(6, 0.4, 1, 0.2)), false);   // passes the beam line at 29 cm
  check(made_at(250, 100, 20, muon(20, 0.4, 1, 0.2)), false);
}

TEST(MuonSystem, NumbersAreCutWhereTheWordEnds) {
  DetectorConfig config;
  config.muons.curvature_resolution = {{2.4, 1e-9, 0}};
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const auto found = measure_muon(config, muon(5000, 0.2), 0, random);
    if (!found) continue;
    EXPECT_FLOAT_EQ(found->pt_gev, 65535.0F / 32);
    EXPECT_EQ(found->charge, -1);
  }
}

// A crossing's muons have a stream of their own: without any, all tokens stay as they are.
TEST(MuonSystem, ChangesNoToken) {
  const Collisions hard(sample_folder() / "zmumu.h5");
  DetectorConfig deaf;
  deaf.muons.efficiency = {{2.4, 0}};
  CrossingMaker with({}, {20, 3}, &minimum_bias_library());
  CrossingMaker without(deaf, {20, 3}, &minimum_bias_library());
  size_t muons = 0;
  for (int64_t id = 0; id < 20; ++id) {
    Event event = with.signal(id, hard, id);
    muons += event.standalone_muons.size();
    EXPECT_TRUE(std::is_sorted(event.standalone_muons.begin(), event.standalone_muons.end(),
                               [](const auto& a, const auto& b) { return a.pt_gev > b.pt_gev; }));
    event.standalone_muons.clear();
    EXPECT_EQ(event, without.signal(id, hard, id));
  }
  EXPECT_GT(muons, 10U);
}

}  // namespace
}  // namespace trigstone
