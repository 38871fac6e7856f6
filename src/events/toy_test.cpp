// The toy generator against the numbers that it was given.
#include "events/toy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing.h"
#include "events/event_file.h"
#include "events/event_testing.h"
#include "events/generate.h"

namespace trigstone {
namespace {

TEST(Toy, SoftCollisionsHaveTheStatedSpectrum) {
  const ToyConfig config;
  Random random(1);
  double particles = 0, pt_sum = 0, pt_square = 0, charged = 0;
  const int collisions = 400;
  for (int i = 0; i < collisions; ++i) {
    for (const Particle& particle : toy_soft(config, random).particles) {
      particles += 1;
      pt_sum += particle.pt_gev;
      pt_square += particle.pt_gev * particle.pt_gev;
      charged += particle.charge != 0 ? 1 : 0;
      ASSERT_LE(std::fabs(particle.eta), config.eta_max);
    }
  }
  const double expected = 2 * config.eta_max * config.particles_per_eta * collisions;
  EXPECT_NEAR(particles, expected, 5 * std::sqrt(expected));
  // An exponential's standard deviation is its mean.
  const double mean = pt_sum / particles, sigma = config.soft_pt_mean_gev;
  EXPECT_NEAR(mean, config.soft_pt_min_gev + sigma, five_sigma_of_mean(sigma, particles));
  EXPECT_NEAR(std::sqrt(pt_square / particles - mean * mean), sigma,
              5 * sigma * std::sqrt(2 / particles));
  EXPECT_NEAR(charged / particles, 0.6, 5 * std::sqrt(0.24 / particles));
}

TEST(Toy, HardCollisionsHoldTheirJets) {
  const ToyConfig config;
  Random random(2);
  for (int i = 0; i < 200; ++i) {
    const ToyCollision collision = toy_hard(config, random);
    ASSERT_EQ(collision.truth.jets.size(), 2U);
    const TruthObject &a = collision.truth.jets[0], &b = collision.truth.jets[1];
    EXPECT_EQ(a.pt_gev, b.pt_gev);
    EXPECT_GE(a.pt_gev, config.jet_pt_min_gev);
    EXPECT_NEAR(std::fabs(std::remainder(a.phi - b.phi, 2 * M_PI)), M_PI, 1e-5);
    double inside = 0;
    float last = INFINITY;
    for (const Particle& particle : collision.particles) {
      EXPECT_LE(particle.pt_gev, last);
      last = particle.pt_gev;
      const double distance =
          std::hypot(particle.eta - a.eta, std::remainder(particle.phi - a.phi, 2 * M_PI));
      if (distance < 6 * config.jet_width) inside += particle.pt_gev;
    }
    EXPECT_GT(inside, 0.99 * a.pt_gev);
    EXPECT_EQ(collision.truth.missing_x_gev, 0);
  }
}

TEST(Toy, NeedsNoLibrary) {
  const TestFolder folder;
  GenerateOptions options;
  options.processes = {Process::kToy};
  options.events = 60;
  options.crossing = {40, 9};
  options.sample = folder / "nowhere";
  generate_events(options, folder / "e.h5");
  const EventReader reader(folder / "e.h5");
  const auto events = reader.read(0, reader.size());
  ASSERT_EQ(events.size(), 60U);
  double pileup = 0, weight_pb = 0;
  for (const Event& event : events) {
    EXPECT_EQ(event.process, Process::kToy);
    EXPECT_EQ(event.hard_id, event.id);
    EXPECT_GT(event.tokens.size(), 30U);
    pileup += event.pileup;
    weight_pb += event.weight;
  }
  EXPECT_NEAR(pileup / 60, 40, five_sigma_of_mean(std::sqrt(40.0), 60));
  EXPECT_NEAR(weight_pb, kToyHardPb, 1e-3 * kToyHardPb);
  EXPECT_NE(reader.info().generator.find("toy"), std::string::npos);
  EXPECT_NE(reader.info().library.find("2000 soft collisions"), std::string::npos);
  EXPECT_NE(events[0].truth, events[1].truth);
}

}  // namespace
}  // namespace trigstone
