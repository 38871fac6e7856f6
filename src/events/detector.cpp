#include "events/detector.h"

#include <cmath>

#include "events/solenoid.h"
#include "events/tracker.h"

namespace trigstone {

Particle placed(Particle particle, const Placement& placement) {
  particle.phi = wrap_phi(particle.phi + placement.rotation);
  if (placement.mirrored) {
    particle.eta = -particle.eta;
    particle.dz_cm = -particle.dz_cm;
  }
  return particle;
}

TruthObject placed(TruthObject object, const Placement& placement) {
  object.phi = wrap_phi(object.phi + placement.rotation);
  if (placement.mirrored) object.eta = -object.eta;
  return object;
}

void Detector::add(const Collision& collision, const Placement& placement, Random& random,
                   Random& timing) {
  prepared_.clear();
  const int64_t bad = prepare(collision.particles, config_, prepared_);
  add(PreparedCollision{prepared_, collision.particles, bad}, placement, random, timing);
}

void Detector::add(const PreparedCollision& collision, const Placement& placement, Random& random,
                   Random& timing) {
  bad_particles_ += collision.bad_particles;
  for (const PreparedParticle& particle : collision.prepared) {
    Flight flight = particle.flight;
    if (placement.mirrored) flight.sinh_eta = -flight.sinh_eta;
    const float phi = wrap_phi(particle.phi + placement.rotation);
    if (!particle.is_special) {
      calorimeter_.add_alone(propagate(flight, phi, placement.z_cm, cylinder_), particle.layer,
                             particle.energy_gev, placement.is_pileup);
      continue;
    }
    Calorimeter::Deposit deposit;
    if (respond(collision.particles[particle.particle], particle.energy_gev, placement, random,
                timing, deposit)) {
      calorimeter_.add(propagate(flight, phi, placement.z_cm, cylinder_), deposit);
    }
  }
  calorimeter_.settle();
}

bool Detector::respond(const Particle& particle, float energy_gev, const Placement& placement,
                       Random& random, Random& timing, Calorimeter::Deposit& deposit) {
  deposit.is_pileup = placement.is_pileup;
  const Token* track = nullptr;
  if (particle.charge != 0) {
    track = add_track(particle, placement, random, timing);
    if (track != nullptr) deposit.track_energy_gev = track->pt_gev * std::cosh(track->eta);
  }
  const auto strange_ecal = static_cast<float>(config_.calorimeter.strange_ecal_fraction);
  switch (particle.particle_class) {
    case ParticleClass::kInvisible:
    case ParticleClass::kMuon:
      return false;
    case ParticleClass::kElectron:
      deposit.ecal_gev = energy_gev;
      return track == nullptr;
    case ParticleClass::kPhoton:
      deposit.ecal_gev = energy_gev;
      return true;
    case ParticleClass::kChargedHadron:
    case ParticleClass::kNeutralHadron:
      deposit.hcal_gev = energy_gev;
      return true;
    case ParticleClass::kStrange:
      deposit.ecal_gev = strange_ecal * energy_gev;
      deposit.hcal_gev = (1 - strange_ecal) * energy_gev;
      return true;
  }
  return false;
}

const Token* Detector::add_track(const Particle& particle, const Placement& placement,
                                 Random& random, Random& timing) {
  auto token = measure_track(config_.tracker, placed(particle, placement), placement.z_cm, random);
  if (!token) return nullptr;
  token->is_pileup = placement.is_pileup ? 1 : 0;
  if (config_.timing) {
    token->time_ns =
        placement.t_ns + static_cast<float>(config_.tracker.time_resolution_ns * timing.normal());
  }
  tracks_.push_back(*token);
  return &tracks_.back();
}

std::vector<Token> Detector::read_out(Random& random) {
  std::vector<Token> tokens;
  tokens.swap(tracks_);
  calorimeter_.read_out(random, tokens);
  return tokens;
}

}  // namespace trigstone
