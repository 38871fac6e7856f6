// Momenta and angles that the classical algorithms share.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "events/event.h"

namespace trigstone {

// A massless momentum: pT in GeV, phi in [-pi, pi].
struct PtEtaPhi {
  float pt_gev = 0, eta = 0, phi = 0;
  bool operator==(const PtEtaPhi&) const = default;
};

// phi1 - phi2 without sign, in [0, pi], for angles in [-pi, pi].
inline float absolute_delta_phi(float phi1, float phi2) {
  const float difference = std::fabs(phi1 - phi2);
  return std::min(difference, 2 * std::numbers::pi_v<float> - difference);
}

inline float delta_r2(float eta1, float phi1, float eta2, float phi2) {
  const float delta_eta = eta1 - eta2, delta_phi = absolute_delta_phi(phi1, phi2);
  return delta_eta * delta_eta + delta_phi * delta_phi;
}

// The momentum of a token or a stand-alone muon; zero pT for what no detector sends (not finite,
// not positive, beyond eta 10 or 1 PeV), so that no algorithm below can meet a NaN.
template <class Measured>
PtEtaPhi momentum_of(const Measured& token) {
  constexpr float kEtaMax = 10, kPtMaxGev = 1e6F, kPi = std::numbers::pi_v<float>;
  const bool usable = token.pt_gev > 0 && token.pt_gev < kPtMaxGev &&
                      std::fabs(token.eta) < kEtaMax && std::isfinite(token.phi);
  if (!usable) return {};
  const bool wrapped = std::fabs(token.phi) <= kPi;
  return {token.pt_gev, token.eta, wrapped ? token.phi : std::remainder(token.phi, 2 * kPi)};
}

}  // namespace trigstone
