// Photons, electrons and muons with their isolation.
#pragma once

#include <span>
#include <vector>

#include "events/event.h"
#include "physics/kinematics.h"
#include "physics/puppi.h"

namespace trigstone {

struct Candidate {
  PtEtaPhi momentum;
  TokenKind kind = TokenKind::kPhoton;
  float z0_cm = 0;  // 0 for photons
  // Sum of the PUPPI pT of all other tokens within the cone, over the candidate's pT.
  float relative_isolation = 0;
  int token = 0;  // its place in the event
};

struct CandidateConfig {
  float pt_min_gev = 2;
  float isolation_cone = 0.3F;  // CMS_PhaseII_200PU_v04.tcl, isolation of e, mu, gamma
  // Largest hadronic share of the tower of a photon. Our assumption: a 30 GeV photon at 200
  // collisions shares its tower with a few GeV of hadrons.
  float photon_depth_max = 0.25F;
};

// Candidates of one kind (photon, electron or muon) by falling pT; equal ones by eta, phi.
// `puppi` has one entry a token.
std::vector<Candidate> find_candidates(std::span<const Token> tokens, const PuppiWeights& puppi,
                                       TokenKind kind, const CandidateConfig& config = {});

}  // namespace trigstone
