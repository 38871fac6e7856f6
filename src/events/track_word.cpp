#include "events/track_word.h"

#include <algorithm>
#include <bit>
#include <numbers>

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

double middle(int32_t steps, double step) { return (steps + 0.5) * step; }

}  // namespace

uint32_t bend_chi2_bin(double chi2) { return bin_of(kBendChi2Edges, chi2); }
uint32_t chi2_rz_bin(double chi2) { return bin_of(kChi2RzEdges, chi2); }
uint32_t chi2_rphi_bin(double chi2) { return bin_of(kChi2RphiEdges, chi2); }

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
  word.hit_pattern = (1U << stubs) - 1;
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
