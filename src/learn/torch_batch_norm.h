// Batch norm over the valid slots of a batch, with its gradient.
#pragma once

#include <torch/torch.h>

namespace trigstone {

struct BatchStatistics {
  torch::Tensor running_mean, running_var;  // [channels], changed in place
  double momentum = 0.1;                    // weight of this batch
};

// rows [R, C]; kept [R], 1 for the rows that count and 0 for the others, or undefined when all do.
// Every row is normalised by the mean and the (biased) variance of those that count; the running
// variance takes the unbiased one, as elsewhere. With fewer than two such rows the running
// statistics are used and left alone.
torch::Tensor batch_norm_of_kept(const torch::Tensor& rows, const torch::Tensor& kept,
                                 const torch::Tensor& gain, const torch::Tensor& bias,
                                 double epsilon, const BatchStatistics& statistics);

}  // namespace trigstone
