#include "physics/puppi_fixed.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "fixed/quantize.h"
#include "physics/kinematics.h"

namespace trigstone {

namespace {

constexpr double kAngleStep = std::numbers::pi / 720, kZ0StepCm = 0.05;
constexpr int32_t kTurn = 1440;  // steps of phi
constexpr int kSumBits = 15, kX2Bits = 6, kAlphaBits = 5, kAlphaSlopeBits = 5, kPtSlopeBits = 6;
constexpr int kPtBits = 2, kWeightBits = 8, kLogTableBits = 10, kPrecisionCut = 5;
constexpr Format kPtFormat{14, 12, false, Rounding::kTRN, Overflow::kSAT};

// A number of the configuration with `fraction_bits` fraction bits, cut off towards minus infinity.
int64_t cut(double value, int fraction_bits) {
  return static_cast<int64_t>(std::floor(std::ldexp(value, fraction_bits)));
}

// A product with `from` fraction bits in `to` of them, cut off.
int64_t cut(int64_t product, int from, int to) {
  return static_cast<int64_t>(round_shift(product, from - to, Rounding::kTRN));
}

struct FixedMomentum {
  int64_t pt = 0;
  int32_t eta = 0, phi = 0;
  bool operator==(const FixedMomentum&) const = default;
};

FixedMomentum digitise(const PtEtaPhi& momentum) {
  const auto steps = [](double angle) {
    return static_cast<int32_t>(std::lround(angle / kAngleStep));
  };
  return {quantize_real(momentum.pt_gev, kPtFormat), steps(momentum.eta), steps(momentum.phi)};
}

int64_t distance2(const FixedMomentum& a, const FixedMomentum& b) {
  const int64_t delta_eta = a.eta - b.eta;
  int64_t delta_phi = std::abs(a.phi - b.phi);
  delta_phi = std::min(delta_phi, kTurn - delta_phi);
  return delta_eta * delta_eta + delta_phi * delta_phi;
}

// log2 of 1..1023 with 5 fraction bits.
const std::array<int64_t, 1 << kLogTableBits>& log_table() {
  static const auto kTable = [] {
    std::array<int64_t, 1 << kLogTableBits> table{};
    for (size_t i = 1; i < table.size(); ++i) {
      table[i] = cut(std::log2(static_cast<double>(i)), kAlphaBits);
    }
    return table;
  }();
  return kTable;
}

// The numbers of a region as firmware holds them; pairs for hadrons and photons.
struct FixedRegion {
  int64_t distance2_max = 0, distance2_min = 0, pt2_max = 0, pt_cut = 0, dz = 0;
  int64_t alpha_slope = 0, alpha_zero = 0, alpha_crop = 0, alpha_offset = 0;
  std::array<int64_t, 2> pt_slope = {}, pt_zero = {}, prior = {};

  FixedRegion(const PuppiRegion& region, double cone) {
    const auto squared = [](double radius) { return cut(std::pow(radius / kAngleStep, 2), 0); };
    distance2_max = squared(cone);
    distance2_min = squared(region.dr_min);
    const int64_t pt_max = cut(region.pt_max_gev, kPtBits);
    pt2_max = (pt_max * pt_max) >> kPrecisionCut;
    pt_cut = cut(region.pt_cut_gev, kPtBits);
    // Decimal centimetres are no multiples of the step in binary: round before cutting.
    dz = std::lround(std::floor(region.dz_cm / kZ0StepCm + 1e-6));
    alpha_slope = cut(region.alpha_slope * std::numbers::ln2, kAlphaSlopeBits);
    alpha_zero = cut(region.alpha_zero / std::numbers::ln2, kAlphaBits);
    alpha_crop = cut(region.alpha_crop, kX2Bits);
    // S in GeV^2 of log2 of the integer sum: pT^2 over dR^2 in their steps, less the 15 bits.
    const double step = std::log2(kFixedPtStepGev * kFixedPtStepGev / (kAngleStep * kAngleStep));
    alpha_offset = cut(step - kSumBits, kAlphaBits);
    for (size_t kind = 0; kind < 2; ++kind) {
      pt_slope[kind] = cut(region.pt_slope[kind], kPtSlopeBits);
      pt_zero[kind] = cut(region.pt_zero_gev[kind], kPtBits);
      prior[kind] = cut(region.prior[kind], kX2Bits);
    }
  }

  // sum over neighbours of min(pT, ptMax)^2 / max(dR, dRmin)^2, with 15 fraction bits. Both squares
  // lose 5 bits, so that the reciprocal fits a small table.
  int64_t sum(const std::vector<FixedMomentum>& neighbours, const FixedMomentum& at,
              bool among) const {
    int64_t total = 0;
    for (const FixedMomentum& one : neighbours) {
      const int64_t distance = distance2(one, at);
      if (distance > distance2_max) continue;
      if (among && one == at) {  // itself
        among = false;
        continue;
      }
      const int64_t short_distance =
          std::max<int64_t>(std::max(distance, distance2_min) >> kPrecisionCut, 1);
      const int64_t inverse = (int64_t{1} << kSumBits) / short_distance;
      total += std::min((one.pt * one.pt) >> kPrecisionCut, pt2_max) * inverse;
    }
    return total;
  }

  int64_t x2_of_alpha(int64_t sum) const {
    constexpr int kProductBits = kAlphaSlopeBits + kAlphaBits;
    int64_t x2 = cut(-alpha_slope * alpha_zero, kProductBits, kX2Bits);
    if (sum > 0) {
      x2 += cut(alpha_slope * alpha_offset, kProductBits, kX2Bits);
      while (sum >= (int64_t{1} << kLogTableBits)) {
        sum >>= 1;
        x2 += alpha_slope << (kX2Bits - kAlphaSlopeBits);
      }
      x2 += cut(alpha_slope * log_table()[static_cast<size_t>(sum)], kProductBits, kX2Bits);
    }
    return std::clamp(x2, -alpha_crop, alpha_crop);
  }

  int32_t weight(int64_t sum, int64_t pt, bool photon) const {
    const size_t kind = photon ? 1 : 0;
    const int64_t x2 = x2_of_alpha(sum) +
                       cut(pt_slope[kind] * (pt - pt_zero[kind]), kPtSlopeBits + kPtBits, kX2Bits) -
                       prior[kind];
    const double real = std::ldexp(static_cast<double>(x2), -kX2Bits);
    return static_cast<int32_t>(cut(1 / (1 + std::exp(-real)), kWeightBits));
  }
};

}  // namespace

FixedPuppiWeights puppi_fixed(std::span<const Token> tokens, const Vertex& vertex,
                              const PuppiConfig& config) {
  std::vector<FixedRegion> regions;
  for (const PuppiRegion& region : config.regions) regions.emplace_back(region, config.cone);
  const auto z_steps = [](float z_cm) {
    return std::isfinite(z_cm) ? std::lround(std::clamp(z_cm, -1e3F, 1e3F) / kZ0StepCm) : 1L << 20;
  };
  FixedPuppiWeights result{std::vector<int32_t>(tokens.size()),
                           std::vector<int32_t>(tokens.size())};
  struct Neutral {
    size_t token, region;
    FixedMomentum momentum;
  };
  std::vector<Neutral> neutrals;
  std::vector<FixedMomentum> tracks, forward;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const PtEtaPhi real = momentum_of(tokens[i]);
    const FixedMomentum momentum = digitise(real);
    if (momentum.pt == 0 || tokens[i].is_remainder()) continue;
    const size_t region = puppi_region(config, real.eta);
    if (!has_track(tokens[i])) {
      neutrals.push_back({i, region, momentum});
      if (!config.regions[region].has_tracks) forward.push_back(momentum);
      continue;
    }
    const bool from_vertex =
        std::abs(z_steps(tokens[i].z0_cm) - z_steps(vertex.z_cm)) <= regions[region].dz;
    if (from_vertex) tracks.push_back(momentum);
    if (from_vertex || tokens[i].token_kind() == TokenKind::kMuon) {
      result.weight[i] = kFixedWeightOne;
      result.pt[i] = static_cast<int32_t>(momentum.pt);
    }
  }
  for (const Neutral& neutral : neutrals) {
    const FixedRegion& region = regions[neutral.region];
    const bool inside_tracker = config.regions[neutral.region].has_tracks;
    const int64_t sum =
        region.sum(inside_tracker ? tracks : forward, neutral.momentum, !inside_tracker);
    const bool photon = tokens[neutral.token].token_kind() == TokenKind::kPhoton;
    const int32_t weight = region.weight(sum, neutral.momentum.pt, photon);
    // Rounded half up, as pt_rounding_t of the emulator.
    const auto pt = static_cast<int32_t>(
        round_shift(Int128{neutral.momentum.pt} * weight, kWeightBits, Rounding::kRND));
    result.weight[neutral.token] = weight;
    result.pt[neutral.token] = pt >= region.pt_cut ? pt : 0;
  }
  return result;
}

PuppiWeights to_real(const FixedPuppiWeights& fixed) {
  PuppiWeights real;
  for (const int32_t weight : fixed.weight) {
    real.weight.push_back(static_cast<float>(weight) / kFixedWeightOne);
  }
  for (const int32_t pt : fixed.pt) real.pt_gev.push_back(static_cast<float>(pt * kFixedPtStepGev));
  return real;
}

}  // namespace trigstone
