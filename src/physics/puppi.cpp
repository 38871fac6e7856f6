#include "physics/puppi.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "physics/kinematics.h"

namespace trigstone {

namespace {

// What a neutral token looks at. Sums run over eight lanes at a time without a branch, so that
// compilers use vector registers; the last lanes are filled with momenta of nothing.
class Neighbours {
 public:
  size_t size() const { return size_; }
  void add(const PtEtaPhi& momentum) {
    if (size_ % kLanes == 0) blocks_.emplace_back();
    Block& block = blocks_.back();
    block.pt_gev[size_ % kLanes] = momentum.pt_gev;
    block.eta[size_ % kLanes] = momentum.eta;
    block.phi[size_ % kLanes] = momentum.phi;
    ++size_;
  }

  // S of the neutral token `at`, whose own place among the neighbours (or size()) is `self`.
  float sum(const PtEtaPhi& at, size_t self, const PuppiRegion& region, float cone) const {
    const float cone2 = cone * cone, least2 = region.dr_min * region.dr_min;
    float lanes[kLanes] = {};
    auto place = static_cast<int32_t>(self);
    for (const Block& block : blocks_) {
      for (int32_t l = 0; l < kLanes; ++l) {
        const float distance2 = delta_r2(block.eta[l], block.phi[l], at.eta, at.phi);
        const float pt_gev =
            block.pt_gev[l] < region.pt_max_gev ? block.pt_gev[l] : region.pt_max_gev;
        const float inside = distance2 <= cone2 ? pt_gev * pt_gev : 0.0F;
        const float other = l != place ? inside : 0.0F;
        lanes[l] += other / (distance2 > least2 ? distance2 : least2);
      }
      place -= kLanes;
    }
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    return sum;
  }

 private:
  static constexpr int32_t kLanes = 8;
  struct Block {
    float pt_gev[kLanes] = {}, eta[kLanes] = {}, phi[kLanes] = {};
  };
  std::vector<Block> blocks_;
  size_t size_ = 0;
};

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
  const float distance = std::fabs(eta);
  size_t region = 0;
  for (size_t i = 0; i + 1 < config.regions.size(); ++i) {
    region += distance >= config.regions[i].eta_max ? 1 : 0;
  }
  return region;
}

PuppiWeights puppi_weights(std::span<const Token> tokens, const Vertex& vertex,
                           const PuppiConfig& config) {
  PuppiWeights result{std::vector<float>(tokens.size()), std::vector<float>(tokens.size())};
  struct Neutral {
    size_t token;
    PtEtaPhi momentum;
    size_t region, self;  // self: its place among the forward neighbours
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
    const float sum = region.has_tracks
                          ? tracks.sum(neutral.momentum, tracks.size(), region, config.cone)
                          : forward.sum(neutral.momentum, neutral.self, region, config.cone);
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
