#include "physics/word_json.h"

namespace trigstone {

OrderedJson to_json(const TrackWord& word, int sector) {
  const Token token = token_of(word, sector);
  return {{"pt_gev", token.pt_gev}, {"eta", token.eta},     {"phi", token.phi},
          {"charge", token.charge}, {"z0_cm", token.z0_cm}, {"d0_cm", token.dxy_cm},
          {"stubs", token.quality}};
}

OrderedJson to_json(const PuppiWord& word) {
  OrderedJson json = {{"pt_gev", word.pt * kCorrelatorPtStepGev},
                      {"eta", word.eta * kCorrelatorAngleStep},
                      {"phi", word.phi * kCorrelatorAngleStep},
                      {"id", static_cast<int>(word.id)}};
  if (is_charged(word.id)) {
    json["z0_cm"] = word.z0 * kCorrelatorZ0StepCm;
  } else {
    json["weight"] = word.weight / 256.0;
  }
  return json;
}

OrderedJson to_json(const GlobalMomentum& momentum) {
  return {{"pt_gev", momentum.pt * kGlobalPtStepGev},
          {"eta", momentum.eta * kGlobalAngleStep},
          {"phi", momentum.phi * kGlobalAngleStep}};
}

OrderedJson to_json(const GlobalJetWord& word) {
  OrderedJson json = to_json(word.momentum);
  json["z0_cm"] = word.z0 * kGlobalZ0StepCm;
  return json;
}

OrderedJson to_json(const GlobalWideJetWord& word) {
  OrderedJson json = to_json(word.momentum);
  json["mass2_gev2"] = word.mass2 / 4.0;
  return json;
}

OrderedJson to_json(const GlobalSumWord& word) {
  return {{"vector_pt_gev", word.vector_pt * kGlobalPtStepGev},
          {"vector_phi", word.vector_phi * kGlobalAngleStep},
          {"scalar_pt_gev", word.scalar_pt * kGlobalPtStepGev}};
}

OrderedJson to_json(const GlobalTauWord& word) {
  OrderedJson json = to_json(word.momentum);
  json["seed_pt_gev"] = word.seed_pt / 4.0;
  json["charge"] = word.charge;
  json["type"] = word.type;
  json["quality"] = word.quality;
  return json;
}

OrderedJson to_json(const GlobalElectronWord& word) {
  OrderedJson json = to_json(word.momentum);
  json["isolation_gev"] = word.isolation * kGlobalIsolationStepGev;
  json["charge"] = word.charge;
  json["z0_cm"] = word.z0 * kGlobalZ0StepCm;
  return json;
}

OrderedJson to_json(const GlobalPhotonWord& word) {
  OrderedJson json = to_json(word.momentum);
  json["isolation_gev"] = word.isolation * kGlobalIsolationStepGev;
  return json;
}

OrderedJson to_json(const GlobalTrackMuonWord& word) {
  OrderedJson json = to_json(word.momentum);
  json["charge"] = word.charge;
  json["z0_cm"] = word.z0 * kGlobalZ0StepCm;
  json["quality"] = word.quality;
  return json;
}

OrderedJson to_json(const GlobalStandaloneMuonWord& word) {
  OrderedJson json = to_json(word.momentum);
  json["charge"] = word.charge == 0 ? 1 : -1;
  json["z0_cm"] = word.z0 * kMuonZ0StepCm;
  json["d0_cm"] = word.d0 * kMuonD0StepCm;
  json["quality"] = word.quality;
  return json;
}

OrderedJson to_json(const RegionMuonWord& word, const Region& region) {
  const double root_dxy = word.dxy * kCorrelatorDxyStep;
  return {{"pt_gev", word.pt * kCorrelatorPtStepGev},
          {"eta", region.global_eta(word.eta) * kCorrelatorAngleStep},
          {"phi", region.global_phi(word.phi) * kCorrelatorAngleStep},
          {"charge", word.positive ? 1 : -1},
          {"z0_cm", word.z0 * kCorrelatorZ0StepCm},
          {"dxy_cm", root_dxy * root_dxy},
          {"quality", word.quality}};
}

OrderedJson to_json(const GlobalVertexWord& word) {
  return {{"z0_cm", word.z0 * kVertexZ0StepCm},
          {"sum_pt_gev", word.sum_pt * kVertexPtStepGev},
          {"tracks", word.tracks},
          {"tracks_outside", word.tracks_outside}};
}

}  // namespace trigstone
