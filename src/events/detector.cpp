#include "events/detector.h"

#include <cmath>
#include <numbers>

#include "events/solenoid.h"
#include "events/tracker.h"

namespace trigstone {

namespace {

constexpr float kPtMaxGev = 1e6F;  // far beyond any beam: a damaged number

}  // namespace

float wrap_phi(float phi) {
  constexpr float kPi = std::numbers::pi_v<float>;
  if (phi >= -kPi && phi < kPi) return phi;
  const float wrapped = phi - 2 * kPi * std::floor(phi / (2 * kPi) + 0.5F);
  return wrapped >= kPi ? -kPi : wrapped;  // rounding may land on pi itself
}

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
  for (const Particle& particle : collision.particles) {
    if (particle.particle_class == ParticleClass::kInvisible) continue;
    if (!(particle.pt_gev > 0 && particle.pt_gev < kPtMaxGev) || !std::isfinite(particle.phi) ||
        !std::isfinite(particle.eta)) {
      ++bad_particles_;
      continue;
    }
    add_particle(placed(particle, placement), placement, random, timing);
  }
}

void Detector::add_particle(const Particle& particle, const Placement& placement, Random& random,
                            Random& timing) {
  Calorimeter::Deposit deposit;
  deposit.is_pileup = placement.is_pileup;
  const float sinh_eta = std::sinh(particle.eta);
  const float energy_gev = particle.pt_gev * std::sqrt(1 + sinh_eta * sinh_eta);
  bool electron_found = false;
  if (particle.charge != 0) {
    if (auto token = measure_track(config_.tracker, particle, placement.z_cm, random)) {
      token->is_pileup = placement.is_pileup ? 1 : 0;
      if (config_.timing) {
        token->time_ns = placement.t_ns +
                         static_cast<float>(config_.tracker.time_resolution_ns * timing.normal());
      }
      deposit.track_energy_gev = token->pt_gev * std::cosh(token->eta);
      electron_found = token->token_kind() == TokenKind::kElectron;
      tracks_.push_back(*token);
    }
  }
  const auto strange_ecal = static_cast<float>(config_.calorimeter.strange_ecal_fraction);
  switch (particle.particle_class) {
    case ParticleClass::kInvisible:
    case ParticleClass::kMuon:
      return;
    case ParticleClass::kPhoton:
      deposit.ecal_gev = energy_gev;
      break;
    case ParticleClass::kElectron:
      if (electron_found) return;
      deposit.ecal_gev = energy_gev;
      break;
    case ParticleClass::kChargedHadron:
    case ParticleClass::kNeutralHadron:
      deposit.hcal_gev = energy_gev;
      break;
    case ParticleClass::kStrange:
      deposit.ecal_gev = strange_ecal * energy_gev;
      deposit.hcal_gev = (1 - strange_ecal) * energy_gev;
      break;
  }
  calorimeter_.add(propagate(particle, sinh_eta, placement.z_cm, config_.solenoid), deposit);
}

std::vector<Token> Detector::read_out(Random& random) {
  std::vector<Token> tokens;
  tokens.swap(tracks_);
  calorimeter_.read_out(random, tokens);
  return tokens;
}

}  // namespace trigstone
