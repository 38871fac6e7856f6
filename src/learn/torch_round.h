// The three roundings of a graph (quant, thresholds, table) on torch tensors, with the gradients
// that training sees: straight through where the value is inside the range, the slope of the table.
//
// Forward results are exact in both precisions as long as x is (see torch_exact.h). Values are the
// numbers themselves, m * 2^-F, not mantissas.
#pragma once

#include <torch/torch.h>

#include "graph/graph.h"

namespace trigstone {

struct TorchQuant {
  FormatMap formats;           // broadcast to the trailing axes of x
  bool real_operand = true;    // x may be NaN, which becomes 0
  bool half_is_exact = false;  // adding half a step loses no bit of x: RND may take the short way
};
// Rounds and clips x. Gradient: 1 inside the range of the format, 0 outside when it saturates, as
// in Bengio et al., arXiv:1308.3432, and Hubara et al., arXiv:1609.07061.
torch::Tensor quantize_straight_through(const torch::Tensor& x, const TorchQuant& quant);

// A table in the form that `look_up` needs. `entries` are mantissas of `to`, one for each mantissa
// of `from`, ascending; `smooth` false gives a zero gradient.
struct TorchTable {
  torch::Tensor entries, slopes;  // numbers, not mantissas; float64
  double scale = 1.0;             // x * scale - smallest = index
  double smallest = 0.0;
};
TorchTable make_torch_table(const std::vector<int64_t>& entries, const Format& from,
                            const Format& to, bool smooth);
// entries[mantissa(x)]; the result has x's type.
torch::Tensor look_up(const torch::Tensor& x, const TorchTable& table);

// base_c + direction_c * #{t : x >= steps[c][t]}, channels on the last axis of x; steps [C or 1, T]
// of x's type; base, direction [C or 1]. Result = mantissa * step. Gradient: the mean slope of the
// staircase between its first and last step, 0 beyond.
torch::Tensor count_thresholds(const torch::Tensor& x, const torch::Tensor& steps,
                               const torch::Tensor& base, const torch::Tensor& direction,
                               double step);

}  // namespace trigstone
