#include "physics/candidates.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"

namespace trigstone {

namespace {

// What PUPPI keeps of a crossing.
struct Kept {
  PtEtaPhi momentum;
  size_t token;
};
std::vector<Kept> kept_by(std::span<const Token> tokens, const PuppiWeights& puppi) {
  std::vector<Kept> kept;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (puppi.pt_gev[i] == 0) continue;
    PtEtaPhi momentum = momentum_of(tokens[i]);
    momentum.pt_gev = puppi.pt_gev[i];
    kept.push_back({momentum, i});
  }
  return kept;
}

float cone_sum_gev(const std::vector<Kept>& kept, size_t self, const PtEtaPhi& axis, float cone) {
  float sum = 0;
  for (const Kept& other : kept) {
    if (other.token == self) continue;
    if (delta_r2(other.momentum.eta, other.momentum.phi, axis.eta, axis.phi) <= cone * cone) {
      sum += other.momentum.pt_gev;
    }
  }
  return sum;
}

}  // namespace

std::vector<Candidate> find_candidates(std::span<const Token> tokens, const PuppiWeights& puppi,
                                       TokenKind kind, const CandidateConfig& config) {
  ensure(puppi.pt_gev.size() == tokens.size(), "one PUPPI weight a token");
  std::vector<Candidate> found;
  std::vector<Kept> kept;  // made when the first candidate asks
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.is_remainder() || token.token_kind() != kind) continue;
    const PtEtaPhi momentum = momentum_of(token);
    if (momentum.pt_gev == 0 || momentum.pt_gev < config.pt_min_gev) continue;
    if (kind == TokenKind::kPhoton && !(token.depth <= config.photon_depth_max)) continue;
    if (kept.empty()) kept = kept_by(tokens, puppi);
    const float around_gev = cone_sum_gev(kept, i, momentum, config.isolation_cone);
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
