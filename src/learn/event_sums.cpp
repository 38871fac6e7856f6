#include "learn/event_sums.h"

namespace trigstone {

namespace {

constexpr int64_t kBlock = 256;  // events whose pairs of tokens are held at once
constexpr double kCone = 0.4, kWindowCm = 0.3, kDisplacedCm = 0.01;

// Scales of the features, see events/features.h.
constexpr double kLogPtScale = 10, kEtaScale = 5, kZ0ScaleCm = 16;

torch::Tensor sums_of(const torch::Tensor& tokens, const torch::Tensor& valid) {
  const auto feature = [&](const char* name) { return tokens.select(2, feature_named(name)); };
  const torch::Tensor pt = ((feature("log_pt") * kLogPtScale).exp2() - 1) * valid;  // [rows, slots]
  const auto pairs = [](const torch::Tensor& x) { return x.unsqueeze(2) - x.unsqueeze(1); };
  const auto hardest = [&](const torch::Tensor& which) {
    return (pt * which.to(torch::kFloat32)).amax(1);
  };
  const auto fullest = [](const torch::Tensor& near, const torch::Tensor& momentum) {
    return torch::matmul(near.to(torch::kFloat32), momentum.unsqueeze(2)).squeeze(2).amax(1);
  };

  const torch::Tensor x = feature("cos_phi"), y = feature("sin_phi");
  const torch::Tensor cosine = x.unsqueeze(2) * x.unsqueeze(1) + y.unsqueeze(2) * y.unsqueeze(1);
  const torch::Tensor delta_r2 =
      pairs(feature("eta") * kEtaScale).square() + cosine.clamp(-1.0, 1.0).acos().square();
  const torch::Tensor track = feature("is_track") + feature("is_electron") + feature("is_muon");
  const torch::Tensor delta_z = pairs(feature("z0") * kZ0ScaleCm).abs();
  const torch::Tensor displaced = feature("dxy").square() > kDisplacedCm;  // sqrt(|dxy| / cm)
  const torch::Tensor gev = torch::stack(
      {pt.sum(1), fullest(delta_r2 < kCone * kCone, pt), fullest(delta_z < kWindowCm, pt * track),
       torch::hypot((pt * x).sum(1), (pt * y).sum(1)), hardest(feature("is_photon")),
       hardest(feature("is_electron") + feature("is_muon")), hardest(displaced)},
      1);
  return (1 + gev).log2();
}

}  // namespace

torch::Tensor event_sums(const TokenTensors& data) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> blocks;
  const int64_t events = data.tokens().size(0);
  for (int64_t begin = 0; begin < events; begin += kBlock) {
    const int64_t count = std::min(kBlock, events - begin);
    blocks.push_back(
        sums_of(data.tokens().narrow(0, begin, count), data.valid().narrow(0, begin, count)));
  }
  return torch::cat(blocks, 0);
}

}  // namespace trigstone
