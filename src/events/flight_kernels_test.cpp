#include "events/flight_kernels.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <bit>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace trigstone {
namespace {

constexpr size_t kCount = 3000;

struct Flights {
  std::vector<float> sinh_eta = zeros(), arc_cm = zeros(), turn = zeros(), diameter_cm = zeros(),
                     phi = zeros();

  static std::vector<float> zeros() { return std::vector<float>(kCount + kFlightPadding); }
  FlightColumns columns() const {
    return {sinh_eta.data(), arc_cm.data(), turn.data(), diameter_cm.data(), phi.data()};
  }
};

// Neutral and charged particles everywhere, curls, and some that fly along the beam or across it.
Flights random_flights() {
  Random random(17);
  const DetectorConfig::Solenoid solenoid;
  Flights flights;
  for (size_t i = 0; i < kCount; ++i) {
    Particle particle;
    particle.pt_gev = static_cast<float>(std::exp(random.uniform(std::log(0.2), std::log(100.0))));
    particle.eta = static_cast<float>(random.uniform(-5, 5));
    if (i % 100 == 0) particle.eta = i % 200 == 0 ? 0.0F : 60.0F;
    particle.charge = static_cast<int8_t>(random.integer(-1, 1));
    const Flight flight = flight_of(particle, std::sinh(particle.eta), solenoid);
    flights.sinh_eta[i] = flight.sinh_eta;
    flights.arc_cm[i] = flight.arc_cm;
    flights.turn[i] = flight.turn;
    flights.diameter_cm[i] = flight.diameter_cm;
    flights.phi[i] = static_cast<float>(random.uniform(-M_PI, M_PI));
  }
  return flights;
}

TowerGrid phase_two_grid() { return {0.0873F, 0.175F, 2.9682F, 5.0F, 68, 12, 72, 36}; }

struct Entries {
  std::vector<float> eta = Flights::zeros(), phi = Flights::zeros(), eta_offset = Flights::zeros(),
                     phi_offset = Flights::zeros();
  std::vector<int32_t> tower = std::vector<int32_t>(kCount + kFlightPadding);

  // The bits of what the first kCount places hold.
  std::vector<uint32_t> bits() const {
    std::vector<uint32_t> all;
    for (const auto* column : {&eta, &phi, &eta_offset, &phi_offset}) {
      for (size_t i = 0; i < kCount; ++i) all.push_back(std::bit_cast<uint32_t>((*column)[i]));
    }
    for (size_t i = 0; i < kCount; ++i) all.push_back(static_cast<uint32_t>(tower[i]));
    return all;
  }
};

Entries enter(const Flights& flights, const FlightStart& start) {
  Entries entries;
  propagate_all(flights.columns(), kCount, start, Cylinder(DetectorConfig::Solenoid()),
                entries.eta.data(), entries.phi.data());
  find_towers(phase_two_grid(), kCount, entries.eta.data(), entries.phi.data(),
              entries.tower.data(), entries.eta_offset.data(), entries.phi_offset.data());
  return entries;
}

// The same in double precision, with the functions of the library.
CalorimeterEntry follow(const Flights& flights, size_t i, const FlightStart& start) {
  const DetectorConfig::Solenoid solenoid;
  const double steepness = flights.sinh_eta[i] * (start.mirrored ? -1.0 : 1.0);
  const double diameter = flights.diameter_cm[i], azimuth = flights.phi[i] + start.rotation;
  const double end_z = std::copysign(solenoid.half_length_cm, steepness);
  const double to_end = (end_z - start.vertex_z_cm) / steepness;
  if (flights.arc_cm[i] < to_end) {
    const double z = start.vertex_z_cm + flights.arc_cm[i] * steepness;
    return {static_cast<float>(std::asinh(z / solenoid.radius_cm)),
            static_cast<float>(azimuth + flights.turn[i])};
  }
  if (diameter == 0) {
    return {static_cast<float>(std::asinh(end_z / to_end)), static_cast<float>(azimuth)};
  }
  const double angle = std::fmod(to_end / std::fabs(diameter), M_PI);
  const double chord = std::fabs(diameter) * std::sin(angle);
  return {static_cast<float>(std::asinh(end_z / chord)),
          static_cast<float>(azimuth + std::copysign(angle, diameter))};
}

TEST(FlightKernels, EveryInstructionSetGivesTheSameBits) {
  const Flights flights = random_flights();
  for (const bool mirrored : {false, true}) {
    const FlightStart start{-7.25F, 1.5F, mirrored};
    const std::vector<uint32_t> best = enter(flights, start).bits();
    const int64_t all = hwy::SupportedTargets();
    int tried = 0;
    for (int64_t rest = all; rest != 0; rest &= rest - 1) {
      hwy::SetSupportedTargetsForTest(rest & -rest);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      EXPECT_EQ(enter(flights, start).bits(), best) << hwy::TargetName(rest & -rest);
      ++tried;
    }
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    EXPECT_GT(tried, 1);
  }
}

TEST(FlightKernels, EntriesAreThoseOfTheFormulas) {
  const Flights flights = random_flights();
  for (const bool mirrored : {false, true}) {
    const FlightStart start{11.5F, -2.0F, mirrored};
    const Entries entries = enter(flights, start);
    int compared = 0;
    for (size_t i = 0; i < kCount; ++i) {
      const CalorimeterEntry expected = follow(flights, i, start);
      if (!(std::fabs(expected.eta) < 8)) {
        EXPECT_GT(std::fabs(entries.eta[i]), 7.9) << i;
        continue;
      }
      // A curl of many turns carries the rounding of its angle, and so does one that ends near the
      // axis: the place at the end plane counts there.
      const double turns =
          300 / std::max(1e-3F, std::fabs(flights.sinh_eta[i] * flights.diameter_cm[i]));
      if (flights.diameter_cm[i] != 0 && turns > 20) continue;
      EXPECT_NEAR(entries.eta[i], expected.eta, 1e-5 * std::cosh(expected.eta)) << i;
      EXPECT_LT(std::fabs(std::remainder(entries.phi[i] - expected.phi, 2 * M_PI)), 2e-5) << i;
      ++compared;
    }
    EXPECT_GT(compared, 2500);
  }
}

// The middle of every tower is found in it, and offsets are what they say.
TEST(FlightKernels, TowersHoldTheirMiddles) {
  const TowerGrid grid = phase_two_grid();
  EXPECT_EQ(grid.towers(), 68 * 72 + 2 * 12 * 36);
  std::vector<float> eta, phi;
  const auto add_row = [&](double middle, int cells) {
    for (int cell = 0; cell < cells; ++cell) {
      eta.push_back(static_cast<float>(middle + 0.01));
      phi.push_back(static_cast<float>(2 * M_PI * ((cell + 0.5) / cells - 0.5) - 0.02));
    }
  };
  for (int row = -34; row < 34; ++row) add_row((row + 0.5) * 0.0873, 72);
  for (const double side : {1.0, -1.0}) {
    for (int row = 0; row < 12; ++row) add_row(side * (2.9682 + (row + 0.5) * 0.175), 36);
  }
  const size_t count = eta.size();
  ASSERT_EQ(count, static_cast<size_t>(grid.towers()));
  std::vector<float> eta_offset(count + kFlightPadding), phi_offset(count + kFlightPadding);
  std::vector<int32_t> tower(count + kFlightPadding);
  eta.resize(count + kFlightPadding);
  phi.resize(count + kFlightPadding);
  find_towers(grid, count, eta.data(), phi.data(), tower.data(), eta_offset.data(),
              phi_offset.data());
  for (size_t i = 0; i < count; ++i) {
    if (std::fabs(eta[i]) >= 5) continue;
    ASSERT_EQ(tower[i], static_cast<int32_t>(i));
    EXPECT_NEAR(eta_offset[i], 0.01, 2e-6);
    EXPECT_NEAR(phi_offset[i], -0.02, 2e-6);
  }
}

TEST(FlightKernels, OutsideIsATowerOfItsOwn) {
  const TowerGrid grid = phase_two_grid();
  std::vector<float> eta(kFlightPadding * 2), phi(kFlightPadding * 2), offset(kFlightPadding * 2);
  std::vector<int32_t> tower(kFlightPadding * 2);
  const float outside[] = {5.0F, -5.0F, 5.01F, 19.0F, -1e30F, INFINITY, NAN};
  std::copy(std::begin(outside), std::end(outside), eta.begin());
  find_towers(grid, std::size(outside), eta.data(), phi.data(), tower.data(), offset.data(),
              offset.data());
  for (size_t i = 0; i < std::size(outside); ++i) EXPECT_EQ(tower[i], grid.towers()) << eta[i];
}

}  // namespace
}  // namespace trigstone
