#include <algorithm>
#include <cmath>
#include <tuple>

#include "physics/jets.h"

namespace trigstone {

namespace {

float signed_delta_phi(float phi, float from) {
  constexpr float kTwoPi = 2 * std::numbers::pi_v<float>;
  const float difference = phi - from;
  if (difference > std::numbers::pi_v<float>) return difference - kTwoPi;
  if (difference < -std::numbers::pi_v<float>) return difference + kTwoPi;
  return difference;
}

bool harder(const PtEtaPhi& a, const PtEtaPhi& b) {
  return std::tie(b.pt_gev, a.eta, a.phi) < std::tie(a.pt_gev, b.eta, b.phi);
}

// Sums of a growing jet relative to its seed: neither a boost along the beam nor a turn about it
// changes the mass, so it can be summed in the seed's frame, where no number is large.
class GrowingJet {
 public:
  explicit GrowingJet(const PtEtaPhi& seed) : seed_(seed) {}

  void add(const PtEtaPhi& momentum) {
    const double pt = momentum.pt_gev, delta_eta = momentum.eta - seed_.eta;
    const double delta_phi = signed_delta_phi(momentum.phi, seed_.phi);
    pt_ += pt;
    pt_eta_ += pt * delta_eta;
    pt_phi_ += pt * delta_phi;
    energy_ += pt * std::cosh(delta_eta);
    z_ += pt * std::sinh(delta_eta);
    x_ += pt * std::cos(delta_phi);
    y_ += pt * std::sin(delta_phi);
    ++constituents_;
  }
  Jet finish() const {
    const auto eta = static_cast<float>(seed_.eta + pt_eta_ / pt_);
    const auto phi = std::remainder(static_cast<float>(seed_.phi + pt_phi_ / pt_),
                                    2 * std::numbers::pi_v<float>);
    const double mass2 = energy_ * energy_ - z_ * z_ - x_ * x_ - y_ * y_;
    // A single constituent has no mass; rounding must not give it one.
    const double mass = constituents_ > 1 ? std::sqrt(std::max(0.0, mass2)) : 0;
    return {{static_cast<float>(pt_), eta, phi}, static_cast<float>(mass), constituents_};
  }

 private:
  PtEtaPhi seed_;
  double pt_ = 0, pt_eta_ = 0, pt_phi_ = 0, energy_ = 0, z_ = 0, x_ = 0, y_ = 0;
  int constituents_ = 0;
};

}  // namespace

std::vector<Jet> seeded_cone_jets(std::span<const PtEtaPhi> momenta,
                                  const SeededConeConfig& config) {
  std::vector<PtEtaPhi> left;
  left.reserve(momenta.size());
  for (const PtEtaPhi& momentum : momenta) {
    if (momentum.pt_gev > 0) left.push_back(momentum);
  }
  std::sort(left.begin(), left.end(), harder);
  const float radius2 = config.radius * config.radius;
  std::vector<Jet> jets;
  for (int made = 0; made < config.max_jets && !left.empty(); ++made) {
    const PtEtaPhi seed = left.front();
    GrowingJet jet(seed);
    size_t kept = 0;
    for (const PtEtaPhi& momentum : left) {
      if (delta_r2(momentum.eta, momentum.phi, seed.eta, seed.phi) <= radius2) {
        jet.add(momentum);
      } else {
        left[kept++] = momentum;
      }
    }
    left.resize(kept);
    Jet done = jet.finish();
    if (done.momentum.pt_gev >= config.pt_min_gev) jets.push_back(done);
  }
  std::sort(jets.begin(), jets.end(),
            [](const Jet& a, const Jet& b) { return harder(a.momentum, b.momentum); });
  return jets;
}

}  // namespace trigstone
