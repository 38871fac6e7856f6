// Collisions as the detector wants them: what depends neither on the place of a collision nor on
// its turn is worked out once, when a library is loaded, and not for each of the crossings that use
// it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "events/calorimeter.h"
#include "events/collisions.h"
#include "events/detector_config.h"
#include "events/solenoid.h"

namespace trigstone {

struct PreparedParticle {
  Flight flight;
  float energy_gev = 0, phi = 0;
  Calorimeter::LayerKind layer = Calorimeter::LayerKind::kHcal;
  // Whether more may happen than energy in that layer: a track, or energy in both or none.
  bool is_special = false;
  uint32_t particle = 0;  // its place in the collision
};

// One collision; `particles` are the ones it was prepared from.
struct PreparedCollision {
  std::span<const PreparedParticle> prepared;
  std::span<const Particle> particles;
  int64_t bad_particles = 0;  // not finite, or beyond 1 PeV: left out
};

// Appends the visible particles of `particles` in their order; returns the number of bad ones.
int64_t prepare(std::span<const Particle> particles, const DetectorConfig& config,
                std::vector<PreparedParticle>& prepared);

// A library, prepared. It refers to the library, which must outlive it.
class PreparedCollisions {
 public:
  PreparedCollisions(const Collisions& library, const DetectorConfig& config);

  const Collisions& library() const { return library_; }
  PreparedCollision collision(int64_t i) const {
    const auto row = static_cast<size_t>(i);
    return {std::span(particles_).subspan(offset_[row], offset_[row + 1] - offset_[row]),
            library_.collision(i).particles, bad_particles_[row]};
  }
  // Asks for the memory of a collision that is wanted soon: rows are drawn at random from a library
  // that no cache holds.
  void prefetch(int64_t i) const {
    const auto row = static_cast<size_t>(i);
    constexpr size_t kParticlesALine = 64 / sizeof(PreparedParticle);
    for (size_t p = offset_[row]; p < offset_[row + 1]; p += kParticlesALine) {
      __builtin_prefetch(&particles_[p]);
    }
  }

 private:
  const Collisions& library_;
  std::vector<PreparedParticle> particles_;
  std::vector<size_t> offset_;
  std::vector<int64_t> bad_particles_;
};

}  // namespace trigstone
