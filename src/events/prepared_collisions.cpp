#include "events/prepared_collisions.h"

#include <cmath>

#include "events/tracker.h"

namespace trigstone {

namespace {

constexpr float kPtMaxGev = 1e6F;  // far beyond any beam: a damaged number

bool is_usable(const Particle& particle) {
  return particle.pt_gev > 0 && particle.pt_gev < kPtMaxGev && std::isfinite(particle.phi) &&
         std::isfinite(particle.eta) && std::isfinite(particle.dxy_cm) &&
         std::isfinite(particle.dz_cm) && std::isfinite(particle.path_cm);
}

Calorimeter::LayerKind layer_of(ParticleClass particle_class) {
  const bool ecal =
      particle_class == ParticleClass::kPhoton || particle_class == ParticleClass::kElectron;
  return ecal ? Calorimeter::LayerKind::kEcal : Calorimeter::LayerKind::kHcal;
}

// Whether more may happen than energy in one layer.
bool is_special(const Particle& particle, const DetectorConfig& config) {
  return particle.particle_class == ParticleClass::kMuon ||
         particle.particle_class == ParticleClass::kStrange ||
         (particle.charge != 0 && may_be_track(config.tracker, particle));
}

}  // namespace

int64_t PreparedParticles::add(std::span<const Particle> particles, const DetectorConfig& config) {
  const size_t before = size();
  resize(before);  // without the padding, which comes back at the end
  int64_t bad = 0;
  for (const bool special : {false, true}) {
    if (special) first_special_ = energy_gev_.size();
    for (size_t i = 0; i < particles.size(); ++i) {
      const Particle& particle = particles[i];
      if (particle.particle_class == ParticleClass::kInvisible) continue;
      if (!is_usable(particle)) {
        bad += special ? 0 : 1;
        continue;
      }
      if (is_special(particle, config) == special) append(particle, i, config);
    }
  }
  const size_t after = energy_gev_.size();
  resize(after + kFlightPadding);
  return bad;
}

void PreparedParticles::append(const Particle& particle, size_t place,
                               const DetectorConfig& config) {
  const float sinh_eta = std::sinh(particle.eta);
  const Flight flight = flight_of(particle, sinh_eta, config.solenoid);
  sinh_eta_.push_back(flight.sinh_eta);
  arc_cm_.push_back(flight.arc_cm);
  turn_.push_back(flight.turn);
  diameter_cm_.push_back(flight.diameter_cm);
  phi_.push_back(particle.phi);
  energy_gev_.push_back(particle.pt_gev * std::sqrt(1 + sinh_eta * sinh_eta));
  layer_.push_back(layer_of(particle.particle_class));
  place_.push_back(static_cast<uint32_t>(place));
}

void PreparedParticles::resize(size_t size) {
  for (auto* column : {&sinh_eta_, &arc_cm_, &turn_, &diameter_cm_, &phi_, &energy_gev_}) {
    column->resize(size);
  }
}

void PreparedParticles::clear() {
  resize(0);
  resize(kFlightPadding);
  layer_.clear();
  place_.clear();
  first_special_ = 0;
}

void PreparedParticles::shrink_to_fit() {
  for (auto* column : {&sinh_eta_, &arc_cm_, &turn_, &diameter_cm_, &phi_, &energy_gev_}) {
    column->shrink_to_fit();
  }
  layer_.shrink_to_fit();
  place_.shrink_to_fit();
}

void PreparedParticles::prefetch(size_t begin, size_t end) const {
  constexpr size_t kFloatsALine = 64 / sizeof(float);
  for (const auto* column : {&sinh_eta_, &arc_cm_, &turn_, &diameter_cm_, &phi_, &energy_gev_}) {
    for (size_t i = begin; i < end; i += kFloatsALine) __builtin_prefetch(column->data() + i);
  }
}

PreparedCollisions::PreparedCollisions(const Collisions& library, const DetectorConfig& config)
    : library_(library) {
  offset_.push_back(0);
  for (int64_t i = 0; i < library.size(); ++i) {
    bad_particles_.push_back(particles_.add(library.collision(i).particles, config));
    first_special_.push_back(particles_.first_special());
    offset_.push_back(particles_.size());
  }
  particles_.shrink_to_fit();
}

}  // namespace trigstone
