#include "events/toy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "events/detector.h"

namespace trigstone {

namespace {

constexpr double kPi = std::numbers::pi;

double exponential(double mean, Random& random) { return -mean * std::log(1 - random.uniform()); }

// Six in ten particles are charged pions, three photons, one a neutral hadron.
Particle toy_particle(double pt_gev, double eta, double phi, Random& random) {
  const int64_t die = random.integer(0, 9);
  Particle particle;
  particle.pdg = static_cast<int16_t>(die < 3 ? 211 : die < 6 ? -211 : die < 9 ? 22 : 130);
  particle.charge = static_cast<int8_t>(charge_times_three(particle.pdg) / 3);
  particle.particle_class = classify_particle(particle.pdg);
  particle.pt_gev = static_cast<float>(pt_gev);
  particle.eta = static_cast<float>(eta);
  particle.phi = wrap_phi(static_cast<float>(phi));
  return particle;
}

void add_soft(const ToyConfig& config, Random& random, std::vector<Particle>& particles) {
  const int64_t count = random.poisson(2 * config.eta_max * config.particles_per_eta);
  for (int64_t i = 0; i < count; ++i) {
    const double pt_gev = config.soft_pt_min_gev + exponential(config.soft_pt_mean_gev, random);
    const double eta = random.uniform(-config.eta_max, config.eta_max);
    particles.push_back(toy_particle(pt_gev, eta, random.uniform(-kPi, kPi), random));
  }
}

// Shares drawn exponentially and scaled, so that the particles sum to the jet.
void add_jet(const ToyConfig& config, const TruthObject& jet, Random& random,
             std::vector<Particle>& particles) {
  const int64_t count = std::max<int64_t>(random.poisson(config.jet_particles), 1);
  std::vector<double> shares;
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += shares.emplace_back(exponential(1, random));
  for (const double share : shares) {
    const double eta = jet.eta + config.jet_width * random.normal();
    const double phi = jet.phi + config.jet_width * random.normal();
    particles.push_back(toy_particle(jet.pt_gev * share / sum, eta, phi, random));
  }
}

void sort_by_pt(std::vector<Particle>& particles) {
  std::sort(particles.begin(), particles.end(),
            [](const Particle& a, const Particle& b) { return a.pt_gev > b.pt_gev; });
}

}  // namespace

ToyCollision toy_soft(const ToyConfig& config, Random& random) {
  ToyCollision collision;
  add_soft(config, random, collision.particles);
  sort_by_pt(collision.particles);
  return collision;
}

ToyCollision toy_hard(const ToyConfig& config, Random& random) {
  ToyCollision collision;
  add_soft(config, random, collision.particles);
  const double pt_gev = config.jet_pt_min_gev + exponential(config.jet_pt_mean_gev, random);
  const double phi = random.uniform(-kPi, kPi);
  for (const double side : {0.0, kPi}) {
    const auto eta = static_cast<float>(std::clamp(1.5 * random.normal(), -4.0, 4.0));
    const TruthObject jet{0, static_cast<float>(pt_gev), eta,
                          wrap_phi(static_cast<float>(phi + side))};
    collision.truth.partons.push_back({21, jet.pt_gev, jet.eta, jet.phi});
    collision.truth.jets.push_back(jet);
    add_jet(config, jet, random, collision.particles);
  }
  collision.truth.pt_hat_gev = static_cast<float>(pt_gev);
  sort_by_pt(collision.particles);
  return collision;
}

Collisions toy_pileup_library(const ToyConfig& config, int64_t count, uint64_t seed) {
  std::vector<std::vector<Particle>> collisions;
  for (int64_t i = 0; i < count; ++i) {
    Random random(seed, static_cast<uint64_t>(i));
    collisions.push_back(toy_soft(config, random).particles);
  }
  return Collisions::of_particles(collisions, kToyInelasticPb, config.soft_pt_min_gev,
                                  fmt::format("toy of trigstone, {} soft collisions", count));
}

}  // namespace trigstone
