#include "events/prepared_collisions.h"

#include <cmath>

#include "events/tracker.h"

namespace trigstone {

namespace {

constexpr float kPtMaxGev = 1e6F;  // far beyond any beam: a damaged number

bool is_usable(const Particle& particle) {
  return particle.pt_gev > 0 && particle.pt_gev < kPtMaxGev && std::isfinite(particle.phi) &&
         std::isfinite(particle.eta) && std::isfinite(particle.dxy_cm) &&
         std::isfinite(particle.dz_cm);
}

Calorimeter::LayerKind layer_of(ParticleClass particle_class) {
  const bool ecal =
      particle_class == ParticleClass::kPhoton || particle_class == ParticleClass::kElectron;
  return ecal ? Calorimeter::LayerKind::kEcal : Calorimeter::LayerKind::kHcal;
}

}  // namespace

int64_t prepare(std::span<const Particle> particles, const DetectorConfig& config,
                std::vector<PreparedParticle>& prepared) {
  int64_t bad = 0;
  for (size_t i = 0; i < particles.size(); ++i) {
    const Particle& particle = particles[i];
    if (particle.particle_class == ParticleClass::kInvisible) continue;
    if (!is_usable(particle)) {
      ++bad;
      continue;
    }
    const float sinh_eta = std::sinh(particle.eta);
    PreparedParticle one;
    one.flight = flight_of(particle, sinh_eta, config.solenoid);
    one.energy_gev = particle.pt_gev * std::sqrt(1 + sinh_eta * sinh_eta);
    one.phi = particle.phi;
    one.layer = layer_of(particle.particle_class);
    one.is_special = particle.particle_class == ParticleClass::kMuon ||
                     particle.particle_class == ParticleClass::kStrange ||
                     (particle.charge != 0 && may_be_track(config.tracker, particle));
    one.particle = static_cast<uint32_t>(i);
    prepared.push_back(one);
  }
  return bad;
}

PreparedCollisions::PreparedCollisions(const Collisions& library, const DetectorConfig& config)
    : library_(library) {
  offset_.push_back(0);
  for (int64_t i = 0; i < library.size(); ++i) {
    bad_particles_.push_back(prepare(library.collision(i).particles, config, particles_));
    offset_.push_back(particles_.size());
  }
  particles_.shrink_to_fit();
}

}  // namespace trigstone
