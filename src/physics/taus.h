// Taus: narrow seeded clusters of PUPPI candidates, with isolation.
//
// Simplified: the correlator's own finders are a neural network on such clusters (NNPuppiTau) and a
// table of decay modes (HPS). This one keeps their geometry: a charged seed, a signal cone around
// it, an isolation ring.
#pragma once

#include <span>
#include <vector>

#include "events/event.h"
#include "physics/kinematics.h"
#include "physics/puppi.h"

namespace trigstone {

struct TauConfig {
  float seed_pt_min_gev = 5;    // of the charged seed
  float signal_cone = 0.1F;     // our assumption: a tau of 30 GeV fits
  float isolation_cone = 0.4F;  // the size of the jet the networks look at
  float pt_min_gev = 10;
  float eta_max = 2.4F;
  int max_taus = 12;  // to the Global Trigger
  int prongs_max = 3;
};

struct Tau {
  PtEtaPhi momentum;  // scalar sum of pT in the signal cone; axis weighted with pT
  float seed_pt_gev = 0, seed_z0_cm = 0;
  int charge = 0;  // sum over the signal cone
  int prongs = 0;  // charged candidates in it
  // Sum of pT between the two cones, over that inside.
  float relative_isolation = 0;
};

// By falling pT (equal ones by eta, phi). `puppi` has one entry a token. A candidate belongs to one
// tau only: the one of the harder seed.
std::vector<Tau> find_taus(std::span<const Token> tokens, const PuppiWeights& puppi,
                           const TauConfig& config = {});

}  // namespace trigstone
