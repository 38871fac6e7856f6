#include "physics/classical.h"

#include <cmath>

#include "base/error.h"

namespace trigstone {

std::vector<PtEtaPhi> puppi_momenta(std::span<const Token> tokens, const PuppiWeights& puppi) {
  ensure(puppi.pt_gev.size() == tokens.size(), "one PUPPI weight a token");
  std::vector<PtEtaPhi> momenta;
  momenta.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (puppi.pt_gev[i] == 0) continue;
    PtEtaPhi momentum = momentum_of(tokens[i]);
    momentum.pt_gev = puppi.pt_gev[i];
    momenta.push_back(momentum);
  }
  return momenta;
}

ClassicalObjects classical_objects(const Event& event, const ClassicalConfig& config) {
  ClassicalObjects objects;
  objects.vertex = find_vertex(event.tokens, config.vertex);
  objects.puppi = puppi_weights(event.tokens, objects.vertex, config.puppi);
  objects.raw_missing = raw_missing(event.tokens);
  objects.missing = puppi_missing(event.tokens, objects.puppi);
  objects.jets = seeded_cone_jets(puppi_momenta(event.tokens, objects.puppi), config.jets);
  std::vector<PtEtaPhi> counted;
  for (const Jet& jet : objects.jets) {
    if (jet.momentum.pt_gev >= config.ht_jet_pt_min_gev &&
        std::fabs(jet.momentum.eta) <= config.ht_jet_eta_max) {
      counted.push_back(jet.momentum);
    }
  }
  objects.ht = missing_of(counted);
  const auto candidates = [&](TokenKind kind) {
    return find_candidates(event.tokens, objects.puppi, kind, config.candidates);
  };
  objects.photons = candidates(TokenKind::kPhoton);
  objects.electrons = candidates(TokenKind::kElectron);
  objects.muons = candidates(TokenKind::kMuon);
  objects.taus = find_taus(event.tokens, objects.puppi, config.taus);
  return objects;
}

}  // namespace trigstone
