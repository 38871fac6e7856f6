#include "events/track_word.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "events/detector_config.h"
#include "events/tracker.h"

namespace trigstone {

namespace {

constexpr double kPi = std::numbers::pi, kSectorWidth = 2 * kPi / kTrackSectors;
constexpr std::array<double, 8> kBendChi2Edges = {0, 0.75, 1, 1.5, 2.25, 3.5, 5, 20};
constexpr std::array<double, 16> kChi2RzEdges = {0, 0.5, 1, 1.5, 2, 2.5, 3,  3.5,
                                                 4, 4.5, 5, 6,   8, 10,  20, 50};
constexpr std::array<double, 16> kChi2RphiEdges = {0, 1, 1.5, 2,  2.5, 3,  3.5, 4,
                                                   5, 6, 10,  15, 20,  35, 60,  200};

template <size_t N>
uint32_t bin_of(const std::array<double, N>& edges, double value) {
  const auto above = std::upper_bound(edges.begin() + 1, edges.end(), value);
  return static_cast<uint32_t>(above - edges.begin() - 1);
}

// The last bin has no upper edge: its lower one.
template <size_t N>
double middle_of(const std::array<double, N>& edges, uint32_t bin) {
  const size_t i = std::min<size_t>(bin, N - 1);
  return i + 1 < N ? 0.5 * (edges[i] + edges[i + 1]) : edges[i];
}

double middle(int32_t steps, double step) { return (steps + 0.5) * step; }

}  // namespace

uint32_t bend_chi2_bin(double chi2) { return bin_of(kBendChi2Edges, chi2); }
uint32_t chi2_rz_bin(double chi2) { return bin_of(kChi2RzEdges, chi2); }
uint32_t chi2_rphi_bin(double chi2) { return bin_of(kChi2RphiEdges, chi2); }

uint32_t track_mva_quality(const TrackWord& word) {
  const DetectorConfig::Tracker response;
  const double square = response.fake_residual_scale * response.fake_residual_scale;
  const int stubs = std::clamp(std::popcount(word.hit_pattern), kStubsMin, kStubLayers);
  // Logarithms of likelihoods, real minus fake; a fake's chi^2 is `square` times as wide in every
  // degree of freedom.
  const auto of_chi2 = [&](double mean_square, int n) {
    return 0.5 * n * (std::log(square) - mean_square * (1 - 1 / square));
  };
  const auto of_layers = [&](double probability, int layers, int hit) {
    return hit * std::log(probability) + (layers - hit) * std::log(1 - probability);
  };
  const double log_odds =
      std::log(9.0) + of_chi2(middle_of(kChi2RphiEdges, word.chi2_rphi), stubs - 2) +
      of_chi2(middle_of(kChi2RzEdges, word.chi2_rz), stubs - 2) +
      of_chi2(middle_of(kBendChi2Edges, word.bend_chi2), stubs) +
      of_layers(response.stub_efficiency, kStubLayers, stubs) -
      of_layers(response.fake_stub_probability, kStubLayers - kStubsMin, stubs - kStubsMin);
  return std::min(7U, static_cast<uint32_t>(8 / (1 + std::exp(-log_odds))));
}

int track_sector(float phi) {
  if (!std::isfinite(phi)) return 0;
  const auto nearest = static_cast<int>(std::lround(std::remainder(phi, 2 * kPi) / kSectorWidth));
  return (nearest + kTrackSectors) % kTrackSectors;
}

float track_sector_phi(int sector) {
  return static_cast<float>(std::remainder(sector * kSectorWidth, 2 * kPi));
}

TrackWord track_word(const Token& token) {
  TrackWord word;
  const double local_phi =
      std::remainder(double{token.phi} - track_sector(token.phi) * kSectorWidth, 2 * kPi);
  const double curvature = kTrackCurvatureGev / token.pt_gev;
  const int stubs = std::clamp<int>(token.quality, 0, 7);
  word.hit_pattern = static_cast<uint32_t>(token.hit_pattern) & 0x7fU;
  if (word.hit_pattern == 0) word.hit_pattern = (1U << stubs) - 1;
  if (token.chi2_rphi > 0) {
    word.chi2_rphi = chi2_rphi_bin(token.chi2_rphi);
    word.chi2_rz = chi2_rz_bin(token.chi2_rz);
    word.bend_chi2 = bend_chi2_bin(token.bend_chi2);
    word.mva_quality = track_mva_quality(word);
  }
  word.d0 = floor_steps(token.dxy_cm, kTrackD0StepCm, 13);
  word.z0 = floor_steps(token.z0_cm, kTrackZ0StepCm, 12);
  word.tan_lambda = floor_steps(std::sinh(double{token.eta}), kTrackTanLambdaStep, 16);
  word.phi0 = floor_steps(local_phi, kTrackPhiStep, 12);
  word.curvature = floor_steps(token.charge < 0 ? -curvature : curvature, kTrackCurvatureStep, 15);
  word.valid = true;
  return word;
}

Token token_of(const TrackWord& word, int sector) {
  Token token;
  token.kind = static_cast<int8_t>(TokenKind::kTrack);
  token.quality = static_cast<int8_t>(std::popcount(word.hit_pattern));
  token.hit_pattern = static_cast<int8_t>(word.hit_pattern);
  if ((word.mva_quality | word.chi2_rphi | word.chi2_rz | word.bend_chi2) != 0) {
    token.chi2_rphi = static_cast<float>(middle_of(kChi2RphiEdges, word.chi2_rphi));
    token.chi2_rz = static_cast<float>(middle_of(kChi2RzEdges, word.chi2_rz));
    token.bend_chi2 = static_cast<float>(middle_of(kBendChi2Edges, word.bend_chi2));
  }
  const double curvature = middle(word.curvature, kTrackCurvatureStep);
  token.charge = curvature < 0 ? -1 : 1;
  token.pt_gev = static_cast<float>(kTrackCurvatureGev / std::fabs(curvature));
  token.eta = static_cast<float>(std::asinh(middle(word.tan_lambda, kTrackTanLambdaStep)));
  token.phi = static_cast<float>(
      std::remainder(sector * kSectorWidth + middle(word.phi0, kTrackPhiStep), 2 * kPi));
  token.z0_cm = static_cast<float>(middle(word.z0, kTrackZ0StepCm));
  token.dxy_cm = static_cast<float>(middle(word.d0, kTrackD0StepCm));
  return token;
}

}  // namespace trigstone
