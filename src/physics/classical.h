// Everything the classical Level-1 makes of one crossing: what a model must beat.
#pragma once

#include <vector>

#include "events/event.h"
#include "physics/candidates.h"
#include "physics/jets.h"
#include "physics/puppi.h"
#include "physics/sums.h"
#include "physics/taus.h"
#include "physics/vertex.h"

namespace trigstone {

struct ClassicalConfig {
  VertexConfig vertex;
  PuppiConfig puppi;
  SeededConeConfig jets;
  CandidateConfig candidates;
  TauConfig taus;
  // Jets that enter HT and MHT (our assumption; the menu's HT seeds do not state it).
  float ht_jet_pt_min_gev = 30, ht_jet_eta_max = 2.4F;
};

struct ClassicalObjects {
  Vertex vertex;
  PuppiWeights puppi;           // one entry a token of the event
  MissingMomentum raw_missing;  // of all tokens: missing energy and total scalar sum
  MissingMomentum missing;      // of PUPPI momenta
  std::vector<Jet> jets;        // seeded cone of PUPPI momenta, falling pT
  MissingMomentum ht;           // of the jets above: scalar_gev is HT, pt_gev() is MHT
  std::vector<Candidate> photons, electrons, muons;  // falling pT
  std::vector<Tau> taus;                             // falling pT
};

// Pure function of the event's tokens; no result is ever NaN, an empty event gives zeros.
ClassicalObjects classical_objects(const Event& event, const ClassicalConfig& config = {});

// PUPPI momenta of an event, without the tokens that it rejects: the input of jets.
std::vector<PtEtaPhi> puppi_momenta(std::span<const Token> tokens, const PuppiWeights& puppi);

}  // namespace trigstone
