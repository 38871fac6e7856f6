#include "learn/view_contrast.h"

#include <algorithm>

namespace trigstone {

namespace {

torch::Tensor directions(const torch::Tensor& vectors) {
  return vectors * (vectors.square().sum(1, true) + 1e-12).rsqrt();
}

}  // namespace

ViewContrast contrast_views(const torch::Tensor& anchors, const torch::Tensor& partners,
                            const std::vector<int64_t>& collision, double temperature) {
  const auto other = [&](int64_t one) { return one != collision.front(); };
  if (std::none_of(collision.begin(), collision.end(), other)) {
    return {anchors.sum() * 0.0 + partners.sum() * 0.0, 0};
  }
  const torch::Tensor which = torch::tensor(collision, torch::kLong);
  const torch::Tensor same = which.unsqueeze(1) == which.unsqueeze(0);
  const torch::Tensor own = torch::eye(which.size(0), torch::kBool);
  const torch::Tensor cosines =
      torch::matmul(directions(anchors), directions(partners).transpose(0, 1)) / temperature;
  constexpr double kNever = -1e9;
  const torch::Tensor scores = cosines.masked_fill(same.logical_and(own.logical_not()), kNever);
  const torch::Tensor right = torch::arange(which.size(0), torch::kLong);
  const torch::Tensor loss = (torch::cross_entropy_loss(scores, right) +
                              torch::cross_entropy_loss(scores.transpose(0, 1), right)) /
                             2;
  return {loss, (scores.argmax(1) == right).to(torch::kFloat32).mean().item<double>()};
}

}  // namespace trigstone
