#include "physics/global_trigger.h"

#include <algorithm>
#include <cmath>

#include "events/correlator_words.h"
#include "events/muon_system.h"

namespace trigstone {

namespace {

constexpr float kWideRadius = 0.8F;
constexpr double kIsolatedBelow = 0.1, kLooseBelow = 0.3;  // quality bits of taus; our assumption

// The first kGlobalObjects of `objects`, each turned into a word.
template <class Object, class Make>
auto words_of(const std::vector<Object>& objects, Make make) {
  std::vector<decltype(make(objects.front()))> words;
  const size_t count = std::min(objects.size(), kGlobalObjects);
  for (size_t i = 0; i < count; ++i) words.push_back(make(objects[i]));
  return words;
}

GlobalSumWord sum_word(const MissingMomentum& sum) {
  return {true, global_pt(sum.pt_gev()), global_phi(sum.phi()), global_pt(sum.scalar_gev)};
}

GlobalTauWord tau_word(const Tau& tau) {
  GlobalTauWord word;
  word.momentum = global_momentum(tau.momentum);
  word.seed_pt = global_seed_pt(tau.seed_pt_gev);
  word.seed_z0 = global_z0(tau.seed_z0_cm);
  word.charge = tau.charge > 0 ? 1 : 0;
  word.type = static_cast<uint32_t>(std::min(tau.prongs, 3));
  // 0 at an isolation of 1 or more, all ones when alone.
  word.quality = static_cast<uint32_t>(
      std::lround(1023 * std::clamp(1 - double{tau.relative_isolation}, 0.0, 1.0)));
  word.id0 = tau.relative_isolation < kIsolatedBelow ? 2 : tau.relative_isolation < kLooseBelow;
  return word;
}

// Charged tokens of the vertex.
GlobalVertexWord vertex_word(const Event& event, const ClassicalObjects& objects) {
  GlobalVertexWord word;
  word.valid = objects.vertex.pt_gev > 0;
  word.z0 = vertex_z0(objects.vertex.z_cm);
  word.sum_pt = vertex_sum_pt(objects.vertex.pt_gev);
  uint32_t inside = 0, outside = 0;
  for (size_t i = 0; i < event.tokens.size(); ++i) {
    if (!has_track(event.tokens[i])) continue;
    ++(objects.puppi.weight[i] > 0 ? inside : outside);
  }
  word.tracks = std::min<uint32_t>(inside, 255);
  word.tracks_outside = std::min<uint32_t>(outside, 1023);
  return word;
}

}  // namespace

GlobalMomentum global_momentum(const PtEtaPhi& momentum) {
  // Quarters of a GeV are 8 steps of 1/32; 16 bits of those hold half the correlator's range.
  const uint32_t pt = std::min<uint32_t>(correlator_pt(momentum.pt_gev) * 8, 65535);
  return {true, pt, global_phi_of_correlator(correlator_phi(momentum.phi)),
          global_eta_of_correlator(correlator_angle(momentum.eta))};
}

GlobalTriggerWords global_trigger_words(const Event& event, const ClassicalObjects& objects) {
  const auto token_of = [&](const Candidate& candidate) -> const Token& {
    return event.tokens[static_cast<size_t>(candidate.token)];
  };
  const auto isolation_gev = [](const Candidate& candidate) {
    return candidate.relative_isolation * candidate.momentum.pt_gev;
  };
  GlobalTriggerWords words;
  words.jets = words_of(objects.jets, [&](const Jet& jet) {
    return GlobalJetWord{global_momentum(jet.momentum), global_z0(objects.vertex.z_cm), {}};
  });
  SeededConeConfig wide;
  wide.radius = kWideRadius;
  words.wide_jets = words_of(
      seeded_cone_jets(puppi_momenta(event.tokens, objects.puppi), wide), [&](const Jet& jet) {
        return GlobalWideJetWord{global_momentum(jet.momentum), global_z0(objects.vertex.z_cm), 0,
                                 global_mass2(jet.mass_gev)};
      });
  words.sums = {sum_word(objects.missing), sum_word(objects.ht)};
  words.taus = words_of(objects.taus, tau_word);
  words.electrons = words_of(objects.electrons, [&](const Candidate& electron) {
    const uint32_t charge = token_of(electron).charge > 0 ? 1 : 0;
    return GlobalElectronWord{global_momentum(electron.momentum), 1,
                              global_isolation(isolation_gev(electron)), charge,
                              global_z0(electron.z0_cm)};
  });
  words.photons = words_of(objects.photons, [&](const Candidate& photon) {
    return GlobalPhotonWord{global_momentum(photon.momentum), 1,
                            global_isolation(isolation_gev(photon))};
  });
  words.muons = words_of(objects.muons, [&](const Candidate& muon) {
    GlobalTrackMuonWord word;
    word.momentum = global_momentum(muon.momentum);
    word.z0 = global_z0(muon.z0_cm);
    word.charge = token_of(muon).charge > 0 ? 1 : 0;
    word.quality = static_cast<uint32_t>(token_of(muon).quality) & 0xffU;
    return word;
  });
  std::vector<StandaloneMuon> standalone = event.standalone_muons;
  std::erase_if(standalone, [](const auto& muon) { return momentum_of(muon).pt_gev == 0; });
  sort_muons(standalone);  // a file made elsewhere may have another order
  words.standalone_muons = words_of(standalone, standalone_muon_word);
  words.vertices = {vertex_word(event, objects)};
  return words;
}

}  // namespace trigstone
