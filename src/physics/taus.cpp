#include "physics/taus.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"

namespace trigstone {

namespace {

struct Piece {
  PtEtaPhi momentum;
  size_t token = 0;
  bool used = false;
};

std::vector<Piece> pieces_of(std::span<const Token> tokens, const PuppiWeights& puppi) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (puppi.pt_gev[i] == 0) continue;
    PtEtaPhi momentum = momentum_of(tokens[i]);
    momentum.pt_gev = puppi.pt_gev[i];
    pieces.push_back({momentum, i});
  }
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return std::tie(b.momentum.pt_gev, a.momentum.eta, a.momentum.phi) <
           std::tie(a.momentum.pt_gev, b.momentum.eta, b.momentum.phi);
  });
  return pieces;
}

float distance2(const PtEtaPhi& a, const PtEtaPhi& b) {
  return delta_r2(a.eta, a.phi, b.eta, b.phi);
}

Tau grow(const Piece& seed, std::vector<Piece>& pieces, std::span<const Token> tokens,
         const TauConfig& config) {
  Tau tau;
  const Token& track = tokens[seed.token];
  tau.seed_pt_gev = seed.momentum.pt_gev;
  tau.seed_z0_cm = std::isfinite(track.z0_cm) ? track.z0_cm : 0;
  const PtEtaPhi axis = seed.momentum;
  float around_gev = 0, eta_moment = 0, phi_moment = 0, pt_gev = 0;
  for (Piece& piece : pieces) {
    const float distance = distance2(piece.momentum, axis);
    if (piece.used || distance > config.isolation_cone * config.isolation_cone) continue;
    if (distance > config.signal_cone * config.signal_cone) {
      around_gev += piece.momentum.pt_gev;
      continue;
    }
    piece.used = true;
    pt_gev += piece.momentum.pt_gev;
    eta_moment += piece.momentum.pt_gev * (piece.momentum.eta - axis.eta);
    phi_moment += piece.momentum.pt_gev *
                  std::remainder(piece.momentum.phi - axis.phi, 2 * std::numbers::pi_v<float>);
    if (!has_track(tokens[piece.token])) continue;
    ++tau.prongs;
    tau.charge += tokens[piece.token].charge;
  }
  tau.momentum = {pt_gev, axis.eta + eta_moment / pt_gev,
                  std::remainder(axis.phi + phi_moment / pt_gev, 2 * std::numbers::pi_v<float>)};
  tau.relative_isolation = around_gev / pt_gev;
  return tau;
}

}  // namespace

std::vector<Tau> find_taus(std::span<const Token> tokens, const PuppiWeights& puppi,
                           const TauConfig& config) {
  ensure(puppi.pt_gev.size() == tokens.size(), "one PUPPI weight a token");
  std::vector<Piece> pieces = pieces_of(tokens, puppi);
  std::vector<Tau> taus;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece seed = pieces[i];
    if (seed.momentum.pt_gev < config.seed_pt_min_gev) break;
    if (seed.used || tokens[seed.token].token_kind() != TokenKind::kTrack ||
        std::fabs(seed.momentum.eta) > config.eta_max) {
      continue;
    }
    const Tau tau = grow(seed, pieces, tokens, config);
    if (tau.momentum.pt_gev >= config.pt_min_gev && tau.prongs <= config.prongs_max) {
      taus.push_back(tau);
    }
  }
  std::sort(taus.begin(), taus.end(), [](const Tau& a, const Tau& b) {
    return std::tie(b.momentum.pt_gev, a.momentum.eta, a.momentum.phi) <
           std::tie(a.momentum.pt_gev, b.momentum.eta, b.momentum.phi);
  });
  if (taus.size() > static_cast<size_t>(config.max_taus)) {
    taus.resize(static_cast<size_t>(config.max_taus));
  }
  return taus;
}

}  // namespace trigstone
