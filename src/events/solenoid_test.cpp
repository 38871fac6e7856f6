#include "events/solenoid.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace trigstone {
namespace {

struct Crossing {
  double eta, phi;
};

// Steps through the magnetic field (fourth-order Runge-Kutta on the direction) until the particle
// leaves the cylinder: an independent way to the same place.
Crossing integrate(double pt_gev, double eta, double phi, int charge, double z_cm,
                   const DetectorConfig::Solenoid& solenoid) {
  const double radius_cm = 100 * pt_gev / (0.299792458 * solenoid.field_t);
  const double step_cm = 0.01, turn = -charge * step_cm / radius_cm;  // of the direction, per step
  double x = 0, y = 0, direction = phi;
  while (std::hypot(x, y) < solenoid.radius_cm && std::fabs(z_cm) < solenoid.half_length_cm) {
    const double middle = direction + turn / 2;
    x += step_cm * std::cos(middle);
    y += step_cm * std::sin(middle);
    z_cm += step_cm * std::sinh(eta);
    direction += turn;
  }
  return {std::asinh(z_cm / std::hypot(x, y)), std::atan2(y, x)};
}

double phi_distance(double a, double b) { return std::fabs(std::remainder(a - b, 2 * M_PI)); }

TEST(Solenoid, ANeutralParticleFromTheCentreKeepsItsDirection) {
  const DetectorConfig::Solenoid solenoid;
  for (const float eta : {-4.5F, -2.0F, -0.3F, 0.0F, 1.4F, 3.3F}) {
    Particle photon{.pt_gev = 5, .eta = eta, .phi = 0.7F};
    const CalorimeterEntry entry = propagate(photon, std::sinh(eta), 0, solenoid);
    EXPECT_NEAR(entry.eta, eta, 1e-5);
    EXPECT_EQ(entry.phi, photon.phi);
  }
}

TEST(Solenoid, AShiftedVertexMovesTheImpactPoint) {
  const DetectorConfig::Solenoid solenoid;
  Particle photon{.pt_gev = 5, .eta = 0, .phi = 0};
  EXPECT_NEAR(propagate(photon, 0, 10, solenoid).eta, std::asinh(10 / 129.0), 1e-6);
}

TEST(Solenoid, HelicesAgreeWithSmallSteps) {
  const DetectorConfig::Solenoid solenoid;
  Random random(11);
  int checked = 0;
  for (int trial = 0; trial < 200; ++trial) {
    Particle particle;
    particle.pt_gev = static_cast<float>(std::exp(random.uniform(std::log(0.3), std::log(50.0))));
    particle.eta = static_cast<float>(random.uniform(-2.8, 2.8));
    particle.phi = static_cast<float>(random.uniform(-3, 3));
    particle.charge = random.chance(0.5) ? 1 : -1;
    const auto z_cm = static_cast<float>(random.uniform(-15, 15));
    if (std::fabs(particle.eta) < 0.2 && particle.pt_gev < 0.8) continue;  // curls for metres
    const Crossing expected =
        integrate(particle.pt_gev, particle.eta, particle.phi, particle.charge, z_cm, solenoid);
    const CalorimeterEntry entry = propagate(particle, std::sinh(particle.eta), z_cm, solenoid);
    // The reference overshoots the border by up to a step of 0.01 cm times sinh(eta); where the
    // curl comes back to the axis that moves eta a lot, so compare the place, in cm.
    const double radius_cm = 300 / std::max(300.0 / 129, std::fabs(std::sinh(expected.eta)));
    EXPECT_LT(phi_distance(entry.phi, expected.phi) * radius_cm, 0.2) << trial;
    EXPECT_LT(std::fabs(entry.eta - expected.eta) / std::cosh(expected.eta) * radius_cm, 0.2)
        << trial << " pt " << particle.pt_gev << " eta " << particle.eta;
    ++checked;
  }
  EXPECT_GT(checked, 150);
}

TEST(Solenoid, APositiveParticleTurnsClockwise) {
  const DetectorConfig::Solenoid solenoid;
  Particle particle{.pt_gev = 3, .eta = 0.4F, .phi = 0, .charge = 1};
  EXPECT_LT(propagate(particle, std::sinh(0.4F), 0, solenoid).phi, -0.05);
  particle.charge = -1;
  EXPECT_GT(propagate(particle, std::sinh(0.4F), 0, solenoid).phi, 0.05);
}

TEST(Solenoid, ACurlThatNeverEndsIsFarOutsideTheAcceptance) {
  const DetectorConfig::Solenoid solenoid;
  const Particle particle{.pt_gev = 0.3F, .eta = 0, .phi = 0, .charge = 1};
  EXPECT_GT(std::fabs(propagate(particle, 0, 0, solenoid).eta), 6);
}

// Steps back along the helix from where a particle was made, until it is closest to the beam line.
TEST(Solenoid, ThePerigeeIsWhereSmallStepsLead) {
  const DetectorConfig::Solenoid solenoid;
  Random random(3);
  for (int trial = 0; trial < 60; ++trial) {
    const double pt_gev = random.uniform(3, 60), eta = random.uniform(-1.5, 1.5);
    double direction = random.uniform(-3, 3), x = random.uniform(-150, 150),
           y = random.uniform(-150, 150), z = random.uniform(-100, 100);
    const int charge = trial % 2 == 0 ? 1 : -1;
    Particle made{.pt_gev = static_cast<float>(pt_gev),
                  .eta = static_cast<float>(eta),
                  .phi = static_cast<float>(direction),
                  .charge = static_cast<int8_t>(charge)};
    const double along = x * std::cos(direction) + y * std::sin(direction);
    made.path_cm = static_cast<float>(along);
    made.dxy_cm = static_cast<float>(x * std::sin(direction) - y * std::cos(direction));
    made.dz_cm = static_cast<float>(z - along * std::sinh(eta));
    const Particle seen = at_perigee(made, solenoid);
    const double radius_cm = 100 * pt_gev / (0.299792458 * solenoid.field_t);
    const double step_cm = 0.002 * (along > 0 ? -1 : 1), turn = -charge * step_cm / radius_cm;
    double arc_cm = 0;
    while ((x * std::cos(direction) + y * std::sin(direction)) * along > 0) {
      x += step_cm * std::cos(direction + turn / 2);
      y += step_cm * std::sin(direction + turn / 2);
      z += step_cm * std::sinh(eta);
      direction += turn;
      arc_cm -= step_cm;
    }
    EXPECT_LT(phi_distance(seen.phi, direction), 1e-4) << trial;
    EXPECT_NEAR(seen.dxy_cm, x * std::sin(direction) - y * std::cos(direction), 0.01) << trial;
    EXPECT_NEAR(seen.dz_cm, z, 0.02) << trial;
    EXPECT_NEAR(seen.path_cm, arc_cm, 0.02) << trial;
  }
}

TEST(Solenoid, WhatComesFromTheBeamLineStaysAsItIs) {
  const Particle made{
      .pt_gev = 3, .eta = 0.5F, .phi = 1.1F, .dxy_cm = 0.3F, .dz_cm = 0.1F, .charge = 1};
  const Particle seen = at_perigee(made, {});
  EXPECT_TRUE(seen.phi == made.phi && seen.dxy_cm == made.dxy_cm && seen.dz_cm == made.dz_cm);
  Particle neutral = made;
  neutral.charge = 0;
  neutral.path_cm = 20;
  EXPECT_EQ(at_perigee(neutral, {}).phi, made.phi);
  // Without a field the straight line holds, however far away.
  Particle far = made;
  far.path_cm = 300;
  EXPECT_EQ(at_perigee(far, {.field_t = 0}).dxy_cm, made.dxy_cm);
}

}  // namespace
}  // namespace trigstone
