#include "physics/puppi.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "physics/kinematics.h"

namespace trigstone {

namespace {

// What a neutral token looks at: momenta with min(pT, ptMax)^2 left to the region.
struct Neighbours {
  std::vector<float> pt_gev, eta, phi;

  void add(const PtEtaPhi& momentum) {
    pt_gev.push_back(momentum.pt_gev);
    eta.push_back(momentum.eta);
    phi.push_back(momentum.phi);
  }
  size_t size() const { return pt_gev.size(); }
};

// S of the neutral token at (eta, phi). A token among its own neighbours is at distance 0 exactly
// and is taken out by its index (`self`, or size() when it is not among them).
float neighbour_sum(const Neighbours& all, size_t self, const PtEtaPhi& at,
                    const PuppiRegion& region, float cone) {
  const float cone2 = cone * cone, least2 = region.dr_min * region.dr_min;
  float sum = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const float distance2 = delta_r2(all.eta[i], all.phi[i], at.eta, at.phi);
    const float pt_gev = std::min(all.pt_gev[i], region.pt_max_gev);
    const bool counts = distance2 <= cone2 && i != self;
    sum += counts ? pt_gev * pt_gev / std::max(distance2, least2) : 0.0F;
  }
  return sum;
}

float neutral_weight(float sum, float pt_gev, bool photon, const PuppiRegion& region) {
  const size_t kind = photon ? 1 : 0;
  const float alpha = sum > 0 ? std::log(sum) : -std::numeric_limits<float>::max();
  const float x2 = std::clamp(region.alpha_slope * (alpha - region.alpha_zero), -region.alpha_crop,
                              region.alpha_crop) +
                   region.pt_slope[kind] * (pt_gev - region.pt_zero_gev[kind]) - region.prior[kind];
  return 1 / (1 + std::exp(-x2));
}

}  // namespace

size_t puppi_region(const PuppiConfig& config, float eta) {
  size_t region = 0;
  while (region + 1 < config.regions.size() && std::fabs(eta) >= config.regions[region].eta_max) {
    ++region;
  }
  return region;
}

PuppiWeights puppi_weights(std::span<const Token> tokens, const Vertex& vertex,
                           const PuppiConfig& config) {
  PuppiWeights result{std::vector<float>(tokens.size()), std::vector<float>(tokens.size())};
  struct Neutral {
    size_t token;
    PtEtaPhi momentum;
    size_t region, self;  // self: place among the forward neighbours
  };
  std::vector<Neutral> neutrals;
  neutrals.reserve(tokens.size());
  Neighbours tracks, forward;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const PtEtaPhi momentum = momentum_of(tokens[i]);
    if (momentum.pt_gev == 0 || tokens[i].is_remainder()) continue;
    const size_t region = puppi_region(config, momentum.eta);
    if (!has_track(tokens[i])) {
      neutrals.push_back({i, momentum, region, forward.size()});
      if (!config.regions[region].has_tracks) forward.add(momentum);
      continue;
    }
    const bool from_vertex =
        std::fabs(tokens[i].z0_cm - vertex.z_cm) <= config.regions[region].dz_cm;
    if (from_vertex) tracks.add(momentum);
    if (from_vertex || tokens[i].token_kind() == TokenKind::kMuon) {
      result.weight[i] = 1;
      result.pt_gev[i] = momentum.pt_gev;
    }
  }
  for (const Neutral& neutral : neutrals) {
    const PuppiRegion& region = config.regions[neutral.region];
    const float sum =
        region.has_tracks
            ? neighbour_sum(tracks, tracks.size(), neutral.momentum, region, config.cone)
            : neighbour_sum(forward, neutral.self, neutral.momentum, region, config.cone);
    const bool photon = tokens[neutral.token].token_kind() == TokenKind::kPhoton;
    const float weight = neutral_weight(sum, neutral.momentum.pt_gev, photon, region);
    const float pt_gev = weight * neutral.momentum.pt_gev;
    result.weight[neutral.token] = weight;
    result.pt_gev[neutral.token] = pt_gev >= region.pt_cut_gev ? pt_gev : 0;
  }
  return result;
}

PuppiWeights puppi_weights(std::span<const Token> tokens) {
  return puppi_weights(tokens, find_vertex(tokens));
}

}  // namespace trigstone
