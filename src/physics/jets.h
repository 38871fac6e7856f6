// Jets of Level-1: the seeded cone, and anti-kT (FastJet) to compare it with.
#pragma once

#include <span>
#include <vector>

#include "physics/kinematics.h"

namespace trigstone {

struct Jet {
  PtEtaPhi momentum;   // scalar sum of pT; axis: see the two makers
  float mass_gev = 0;  // of the constituents taken massless
  int constituents = 0;
  bool operator==(const Jet&) const = default;
};

struct SeededConeConfig {
  float radius = 0.4F;
  int max_jets = 16;     // of a jet board (CMS correlator layer 2)
  float pt_min_gev = 5;  // jets below are dropped
};

// The hardest momentum left seeds a jet of all that lies within the radius; the axis is their
// pT-weighted mean; repeat. By falling pT. Source: L1SeedConePFJetEmulator.h.
// Entries of zero pT are ignored; equal seeds are ordered by eta, then phi.
std::vector<Jet> seeded_cone_jets(std::span<const PtEtaPhi> momenta,
                                  const SeededConeConfig& config = {});

// Anti-kT of `radius` with E-scheme recombination (Cacciari, Salam, Soyez, arXiv:0802.1189), done
// by FastJet (arXiv:1111.6097). By falling pT, those of at least pt_min_gev. pT, eta, phi and mass
// are those of the sum of the massless constituents.
std::vector<Jet> anti_kt_jets(std::span<const PtEtaPhi> momenta, double radius = 0.4,
                              double pt_min_gev = 5);

}  // namespace trigstone
