#include "events/detector.h"

#include <cmath>

#include "events/muon_system.h"
#include "events/solenoid.h"
#include "events/track_quality.h"
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
  const int64_t bad = prepared_.add(collision.particles, config_);
  add(PreparedCollision{&prepared_, 0, prepared_.first_special(), prepared_.size(),
                        collision.particles, bad},
      placement, random, timing);
}

void Detector::add(const PreparedCollision& collision, const Placement& placement, Random& random,
                   Random& timing) {
  bad_particles_ += collision.bad_particles;
  const PreparedParticles& prepared = *collision.prepared;
  const size_t begin = collision.begin, count = collision.end - begin;
  if (entry_eta_.size() < count + kFlightPadding) {
    entry_eta_.resize(count + kFlightPadding);
    entry_phi_.resize(count + kFlightPadding);
  }
  propagate_all(prepared.flights().from(begin), count,
                {placement.z_cm, placement.rotation, placement.mirrored}, cylinder_,
                entry_eta_.data(), entry_phi_.data());
  calorimeter_.enter(count, entry_eta_.data(), entry_phi_.data());
  const size_t plain = collision.first_special - begin;
  calorimeter_.add_alone(plain, prepared.layers() + begin, prepared.energies_gev() + begin,
                         placement.is_pileup);
  for (size_t i = plain; i < count; ++i) {
    Calorimeter::Deposit deposit;
    const Particle& particle = collision.particles[prepared.places()[begin + i]];
    if (respond(particle, prepared.energies_gev()[begin + i], placement, random, timing, deposit)) {
      calorimeter_.add(i, deposit);
    }
  }
}

bool Detector::respond(const Particle& particle, float energy_gev, const Placement& placement,
                       Random& random, Random& timing, Calorimeter::Deposit& deposit) {
  deposit.is_pileup = placement.is_pileup;
  if (may_be_muon(particle)) {
    muon_candidates_.push_back({placed(particle, placement), placement.z_cm, placement.is_pileup});
  }
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
  Particle seen = placed(particle, placement);
  if (seen.path_cm != 0) seen = at_perigee(seen, config_.solenoid);  // most are made at the line
  auto token = measure_track(config_.tracker, seen, placement.z_cm, random);
  const double made_at_cm = production_radius_cm(particle);
  if (!token || made_at_cm > config_.tracker.production_radius_max_cm) return nullptr;
  token->is_pileup = placement.is_pileup ? 1 : 0;
  if (config_.timing) {
    token->time_ns =
        placement.t_ns + static_cast<float>(config_.tracker.time_resolution_ns * timing.normal());
  }
  tracks_.push_back(*token);
  return &tracks_.back();
}

bool Detector::is_supported(const Token& track) {
  const DetectorConfig::Tracker& tracker = config_.tracker;
  if (track.token_kind() != TokenKind::kTrack || track.pt_gev <= tracker.unsupported_pt_max_gev) {
    return true;
  }
  Particle particle;
  particle.pt_gev = track.pt_gev;
  particle.eta = track.eta;
  particle.phi = track.phi;
  particle.charge = track.charge;
  const auto entry = propagate(particle, std::sinh(track.eta), track.z0_cm, config_.solenoid);
  return calorimeter_.around_gev(entry.eta, entry.phi) >= tracker.support_share * track.pt_gev;
}

bool Detector::may_be_muon(const Particle& particle) const {
  const bool hadron = particle.particle_class == ParticleClass::kChargedHadron;
  return particle.particle_class == ParticleClass::kMuon ||
         (hadron && config_.muons.punch_through > 0);
}

std::vector<StandaloneMuon> Detector::read_out_muons(Random& random) const {
  std::vector<StandaloneMuon> muons;
  for (const MuonCandidate& candidate : muon_candidates_) {
    auto muon = measure_muon(config_, candidate.particle, candidate.vertex_z_cm, random);
    if (!muon) continue;
    muon->is_pileup = candidate.is_pileup ? 1 : 0;
    muons.push_back(*muon);
  }
  sort_muons(muons);
  return muons;
}

std::vector<Token> Detector::read_out(Random& random, Random& quality) {
  std::vector<Token> tokens;
  tokens.swap(tracks_);
  muon_candidates_.clear();
  for (Token& track : tokens) measure_chi2(track, quality);
  add_fake_tracks(config_, tokens, quality);
  std::erase_if(tokens, [this](const Token& track) { return !is_supported(track); });
  calorimeter_.read_out(random, tokens);
  return tokens;
}

}  // namespace trigstone
