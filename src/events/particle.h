// Particles as a generator leaves them, and what the detector makes of each species.
#pragma once

#include <cmath>
#include <cstdint>

namespace trigstone {

// How the detector sees a stable particle.
enum class ParticleClass : uint8_t {
  kInvisible,      // neutrinos and anything else that leaves no energy
  kPhoton,         // all energy in the electromagnetic calorimeter
  kElectron,       // track, all energy in the electromagnetic calorimeter
  kMuon,           // track, no calorimeter energy
  kChargedHadron,  // track, all energy in the hadron calorimeter
  kNeutralHadron,  // all energy in the hadron calorimeter
  kStrange,        // K0s and Lambda: shared between the two calorimeters
};

// A stable particle relative to the collision that made it. Its momentum is that at the place where
// it was made. Impact parameters are those of the straight line in that direction: dxy = x sin(phi)
// - y cos(phi), and dz is z at the point closest to the beam line; 0 when neutral. From that point
// it is `path_cm` (transverse, negative when it flies inwards) to the place itself.
struct Particle {
  float pt_gev = 0, eta = 0, phi = 0;
  float dxy_cm = 0, dz_cm = 0;
  float path_cm = 0;  // 0 also where a library does not tell
  int16_t pdg = 0;    // PDG code, 0 when it does not fit 16 bits
  int8_t charge = 0;  // in units of e
  ParticleClass particle_class = ParticleClass::kInvisible;
};

// Distance from the beam line of the place where it was made.
inline float production_radius_cm(const Particle& particle) {
  return std::sqrt(particle.dxy_cm * particle.dxy_cm + particle.path_cm * particle.path_cm);
}

// Electric charge times three, from the digits of the PDG code (PDG review, "Monte Carlo particle
// numbering scheme"). Unknown codes count as neutral.
int charge_times_three(int pdg);

ParticleClass classify_particle(int pdg);

bool is_neutrino(int pdg);

}  // namespace trigstone
