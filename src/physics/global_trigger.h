// The classical objects as the words that the Global Trigger receives.
#pragma once

#include <vector>

#include "events/global_trigger_words.h"
#include "physics/classical.h"

namespace trigstone {

inline constexpr size_t kGlobalObjects = 12;  // of each kind (CMSSW L1GTProducer.cc)

// By falling pT, at most kGlobalObjects of each kind; only valid words. Jets carry the vertex's z0
// and no tag scores; wide jets no prong score; tracker muons no d0,
// isolation or beta: what this detector
// or these algorithms do not measure is 0.
struct GlobalTriggerWords {
  std::vector<GlobalJetWord> jets;
  std::vector<GlobalWideJetWord> wide_jets;
  std::vector<GlobalSumWord> sums;  // missing energy, then HT with MHT
  std::vector<GlobalTauWord> taus;
  std::vector<GlobalElectronWord> electrons;
  std::vector<GlobalPhotonWord> photons;
  std::vector<GlobalTrackMuonWord> muons;
  std::vector<GlobalStandaloneMuonWord> standalone_muons;
  std::vector<GlobalVertexWord> vertices;
};
GlobalTriggerWords global_trigger_words(const Event& event, const ClassicalObjects& objects);

// Correlator steps first (quarters of a GeV, pi / 720), then the Global Trigger's, as the firmware
// converts jets.
GlobalMomentum global_momentum(const PtEtaPhi& momentum);

}  // namespace trigstone
