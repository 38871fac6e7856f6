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
#include "events/flight_kernels.h"
#include "events/solenoid.h"

namespace trigstone {

// The visible particles of a collision, in columns: first the plain ones, which leave all their
// energy in one layer and no track, then the special ones: a track, or energy in both layers or
// none.
class PreparedParticles {
 public:
  // Appends the particles of one collision; returns the number of bad ones, which are left out: not
  // finite, or beyond 1 PeV.
  int64_t add(std::span<const Particle> particles, const DetectorConfig& config);
  void clear();
  void shrink_to_fit();
  size_t size() const { return energy_gev_.size() - kFlightPadding; }
  // Of the collision that was added last: where its special particles begin.
  size_t first_special() const { return first_special_; }

  FlightColumns flights() const {
    return {sinh_eta_.data(), arc_cm_.data(), turn_.data(), diameter_cm_.data(), phi_.data()};
  }
  const float* energies_gev() const { return energy_gev_.data(); }
  const Calorimeter::LayerKind* layers() const { return layer_.data(); }  // of plain ones
  const uint32_t* places() const { return place_.data(); }                // in the collision
  void prefetch(size_t begin, size_t end) const;

 private:
  void append(const Particle& particle, size_t place, const DetectorConfig& config);
  void resize(size_t size);

  // Each ends with kFlightPadding zeros.
  std::vector<float> sinh_eta_ = padding(), arc_cm_ = padding(), turn_ = padding(),
                     diameter_cm_ = padding(), phi_ = padding(), energy_gev_ = padding();
  std::vector<Calorimeter::LayerKind> layer_;
  std::vector<uint32_t> place_;
  size_t first_special_ = 0;

  static std::vector<float> padding() { return std::vector<float>(kFlightPadding); }
};

// One collision: rows [begin, end) of `prepared`; `particles` are the ones it was prepared from.
struct PreparedCollision {
  const PreparedParticles* prepared = nullptr;
  size_t begin = 0, first_special = 0, end = 0;
  std::span<const Particle> particles;
  int64_t bad_particles = 0;
};

// A library, prepared. It refers to the library, which must outlive it.
class PreparedCollisions {
 public:
  PreparedCollisions(const Collisions& library, const DetectorConfig& config);

  const Collisions& library() const { return library_; }
  PreparedCollision collision(int64_t i) const {
    const auto row = static_cast<size_t>(i);
    return {&particles_,
            offset_[row],
            first_special_[row],
            offset_[row + 1],
            library_.collision(i).particles,
            bad_particles_[row]};
  }
  // Asks for the memory of a collision that is wanted soon: rows are drawn at random from a library
  // that no cache holds.
  void prefetch(int64_t i) const {
    const auto row = static_cast<size_t>(i);
    particles_.prefetch(offset_[row], offset_[row + 1]);
  }

 private:
  const Collisions& library_;
  PreparedParticles particles_;
  std::vector<size_t> offset_, first_special_;
  std::vector<int64_t> bad_particles_;
};

}  // namespace trigstone
