// Products of two batches of small matrices, with gradient (see small_matmul.h).
#pragma once

#include <torch/torch.h>

namespace trigstone {

// torch::matmul(a, b): [..., M, K] x [..., K, N], leading axes broadcast.
torch::Tensor batched_matmul(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace trigstone
