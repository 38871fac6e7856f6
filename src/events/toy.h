// A toy generator, for tests and for unlimited volume: no library, no generator program.
//
// Soft collisions have charged and neutral hadrons and photons with an exponential pT spectrum,
// flat in eta. Hard ones add two jets back to back with a pT that falls exponentially, each a
// narrow cone of such particles that shares the jet's pT. Multiplicities and means are of the size
// that minimum bias and dijets have at 14 TeV; nothing else is claimed.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "events/collisions.h"

namespace trigstone {

struct ToyConfig {
  double particles_per_eta = 9;  // soft ones, charged and neutral
  double soft_pt_mean_gev = 0.5, soft_pt_min_gev = 0.2;
  double eta_max = 5;
  double jet_pt_min_gev = 25, jet_pt_mean_gev = 45;  // of the leading jet
  double jet_width = 0.1;                            // standard deviation in eta and phi
  int jet_particles = 14;                            // mean
};

// A collision that owns its particles and its truth.
struct ToyCollision {
  std::vector<Particle> particles;  // falling pT
  Truth truth;

  Collision view() const { return {particles, &truth}; }
};

ToyCollision toy_soft(const ToyConfig& config, Random& random);
ToyCollision toy_hard(const ToyConfig& config, Random& random);

// `count` soft collisions as a library for pile-up.
Collisions toy_pileup_library(const ToyConfig& config, int64_t count, uint64_t seed);

// By definition, for weights: no prediction.
inline constexpr double kToyInelasticPb = 79e9, kToyHardPb = 1e6;

}  // namespace trigstone
