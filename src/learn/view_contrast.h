// How well views of a collision find each other among others (InfoNCE of both sides, as in SimCLR,
// arXiv:2002.05709).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace trigstone {

struct ViewContrast {
  torch::Tensor loss;   // mean cross-entropy of the right partner
  double accuracy = 0;  // share of anchors whose own partner is the nearest
};

// `anchors` and `partners` [n, width], row i of both of collision[i]; lengths do not matter. Views
// of one collision are never each other's negatives, however often a collision occurs. With fewer
// than two collisions there is nothing to tell apart: loss 0.
ViewContrast contrast_views(const torch::Tensor& anchors, const torch::Tensor& partners,
                            const std::vector<int64_t>& collision, double temperature);

}  // namespace trigstone
