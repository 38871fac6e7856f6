#include "physics/vertex.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "physics/kinematics.h"

namespace trigstone {

namespace {

// Integer sums: pT in quarters of a GeV as in the correlator (pt_t), z in steps of 0.01 cm.
constexpr double kPtStepGev = 0.25, kZStepCm = 0.01;

struct Bin {
  int64_t pt = 0, pt_z = 0;

  void operator+=(const Bin& other) {
    pt += other.pt;
    pt_z += other.pt_z;
  }
  void operator-=(const Bin& other) {
    pt -= other.pt;
    pt_z -= other.pt_z;
  }
};

}  // namespace

bool has_track(const Token& token) {
  if (token.is_remainder()) return false;
  switch (token.token_kind()) {
    case TokenKind::kTrack:
    case TokenKind::kElectron:
    case TokenKind::kMuon:
      return true;
    case TokenKind::kPhoton:
    case TokenKind::kHadron:
      return false;
  }
  return false;
}

Vertex find_vertex(std::span<const Token> tokens, const VertexConfig& config) {
  ensure(config.bins > 0 && config.window_bins % 2 == 1, "a vertex window has an odd width");
  const int reach = config.window_bins / 2, padded = config.bins + 2 * reach;
  std::vector<Bin> bins(static_cast<size_t>(padded));
  for (const Token& token : tokens) {
    if (!has_track(token) || !(std::fabs(token.z0_cm) < config.z_max_cm)) continue;
    const double pt_gev = std::min<double>(momentum_of(token).pt_gev, config.pt_max_gev);
    const auto place =
        static_cast<int>((token.z0_cm + config.z_max_cm) / (2 * config.z_max_cm) * config.bins);
    const int slot = std::min(place, config.bins - 1) + reach;
    Bin& bin = bins[static_cast<size_t>(slot)];
    const int64_t pt = std::lround(pt_gev / kPtStepGev);
    bin.pt += pt;
    bin.pt_z += pt * std::lround(token.z0_cm / kZStepCm);
  }
  Bin best, sum;  // sum: of the window, which moves along
  int best_distance = 0;
  for (int i = 0; i < 2 * reach; ++i) sum += bins[static_cast<size_t>(i)];
  for (int centre = 0; centre < config.bins; ++centre) {
    const int first = centre, last = centre + 2 * reach;
    sum += bins[static_cast<size_t>(last)];
    if (first > 0) sum -= bins[static_cast<size_t>(first - 1)];
    const int distance = std::abs(2 * centre + 1 - config.bins);
    if (sum.pt > best.pt || (sum.pt == best.pt && sum.pt > 0 && distance < best_distance)) {
      best = sum;
      best_distance = distance;
    }
  }
  if (best.pt == 0) return {};
  const double z_cm = kZStepCm * static_cast<double>(best.pt_z) / static_cast<double>(best.pt);
  return {static_cast<float>(z_cm), static_cast<float>(static_cast<double>(best.pt) * kPtStepGev)};
}

}  // namespace trigstone
