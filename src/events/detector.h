// The detector response: particles of all collisions of a crossing in, tokens out.
//
// A charged particle above the Level-1 threshold becomes a track token; everything that reaches the
// calorimeter adds to a tower; tower energy that no track explains becomes photon and hadron
// tokens. A reconstructed electron takes its own electromagnetic energy with it. A hadron's track
// of high momentum counts only where the calorimeter saw something: most fakes have nothing there.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "events/calorimeter.h"
#include "events/collisions.h"
#include "events/detector_config.h"
#include "events/event.h"
#include "events/particle.h"
#include "events/prepared_collisions.h"

namespace trigstone {

// Where and how one collision sits in the crossing.
struct Placement {
  float z_cm = 0, t_ns = 0;
  float rotation = 0;     // radians added to every phi
  bool mirrored = false;  // z -> -z about the collision
  bool is_pileup = false;
};

class Detector {
 public:
  explicit Detector(const DetectorConfig& config)
      : config_(config), cylinder_(config.solenoid), calorimeter_(config.calorimeter) {}

  // Adds one collision. `timing` is a stream of its own, so that switching timing on changes no
  // other number. Particles that are not finite, or beyond 1 PeV, are left out and
  // counted.
  void add(const Collision& collision, const Placement& placement, Random& random, Random& timing);
  // The same of a collision that was prepared for this detector.
  void add(const PreparedCollision& collision, const Placement& placement, Random& random,
           Random& timing);
  // The stand-alone muons of the crossing, by falling pT. `random` is a stream of its own, so that
  // they change no other number. Before read_out, which empties the detector.
  std::vector<StandaloneMuon> read_out_muons(Random& random) const;
  // All tokens of the crossing in no order; empties the detector. `quality` is a stream of its own,
  // for chi^2 and fake tracks, so that they change no other number.
  std::vector<Token> read_out(Random& random, Random& quality);

  int64_t bad_particles() const { return bad_particles_; }

 private:
  // What a special particle leaves in the tracker, and in the two layers; false without any energy.
  bool respond(const Particle& particle, float energy_gev, const Placement& placement,
               Random& random, Random& timing, Calorimeter::Deposit& deposit);
  // The track of a particle, when it leaves one.
  const Token* add_track(const Particle& particle, const Placement& placement, Random& random,
                         Random& timing);

  // Whether it may reach the muon system and look like a muon there.
  bool may_be_muon(const Particle& particle) const;

  // Whether the calorimeter saw something where a track of high momentum points to.
  bool is_supported(const Token& track);

  DetectorConfig config_;
  Cylinder cylinder_;
  Calorimeter calorimeter_;
  std::vector<Token> tracks_;
  struct MuonCandidate {
    Particle particle;
    float vertex_z_cm = 0;
    bool is_pileup = false;
  };
  std::vector<MuonCandidate> muon_candidates_;
  PreparedParticles prepared_;  // of the collision at hand
  std::vector<float> entry_eta_, entry_phi_;
  int64_t bad_particles_ = 0;
};

// A particle turned by `placement`.
Particle placed(Particle particle, const Placement& placement);
// The same for a generator object.
TruthObject placed(TruthObject object, const Placement& placement);
// phi brought into [-pi, pi).
inline float wrap_phi(float phi) {
  constexpr float kPi = std::numbers::pi_v<float>;
  if (phi >= -kPi && phi < kPi) return phi;
  const float wrapped = phi - 2 * kPi * std::floor(phi / (2 * kPi) + 0.5F);
  return wrapped >= kPi ? -kPi : wrapped;  // rounding may land on pi itself
}

}  // namespace trigstone
