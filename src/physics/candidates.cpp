#include "physics/candidates.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"

namespace trigstone {

namespace {

float cone_sum_gev(std::span<const Token> tokens, const PuppiWeights& puppi, size_t self,
                   const PtEtaPhi& axis, float cone) {
  float sum = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i == self || puppi.pt_gev[i] == 0) continue;
    const PtEtaPhi other = momentum_of(tokens[i]);
    if (delta_r2(other.eta, other.phi, axis.eta, axis.phi) <= cone * cone) sum += puppi.pt_gev[i];
  }
  return sum;
}

}  // namespace

std::vector<Candidate> find_candidates(std::span<const Token> tokens, const PuppiWeights& puppi,
                                       TokenKind kind, const CandidateConfig& config) {
  ensure(puppi.pt_gev.size() == tokens.size(), "one PUPPI weight a token");
  std::vector<Candidate> found;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.is_remainder() || token.token_kind() != kind) continue;
    const PtEtaPhi momentum = momentum_of(token);
    if (momentum.pt_gev == 0 || momentum.pt_gev < config.pt_min_gev) continue;
    if (kind == TokenKind::kPhoton && !(token.depth <= config.photon_depth_max)) continue;
    const float around_gev = cone_sum_gev(tokens, puppi, i, momentum, config.isolation_cone);
    const bool placed = kind != TokenKind::kPhoton && std::isfinite(token.z0_cm);
    found.push_back({momentum, kind, placed ? token.z0_cm : 0, around_gev / momentum.pt_gev,
                     static_cast<int>(i)});
  }
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(b.momentum.pt_gev, a.momentum.eta, a.momentum.phi) <
           std::tie(a.momentum.pt_gev, b.momentum.eta, b.momentum.phi);
  });
  return found;
}

}  // namespace trigstone
