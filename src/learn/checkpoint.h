// Everything that a resumed training needs: numbers, running statistics, optimiser, step.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <limits>
#include <vector>

#include "learn/torch_graph.h"

namespace trigstone {

// The numbers of the lowest validation loss so far.
struct Best {
  int64_t step = -1;
  double loss = std::numeric_limits<double>::infinity();
  std::vector<torch::Tensor> numbers;  // in the order of the objective's; empty before any

  // Remembers `now` when its loss is lower than every one before.
  void offer(int64_t at_step, double its_loss, const std::vector<TorchGraph::Named>& now);
  void restore(const std::vector<TorchGraph::Named>& to) const;
};

// Written whole or not at all. Throws Error when the disk refuses.
void save_checkpoint(const std::filesystem::path& path, int64_t step,
                     const std::vector<TorchGraph::Named>& numbers,
                     const torch::optim::Optimizer& optimiser, const Best& best);

// Restores what save_checkpoint wrote and returns its step; 0, and nothing changes, when there is
// no file. Throws Error when it is damaged or of another model.
int64_t load_checkpoint(const std::filesystem::path& path,
                        const std::vector<TorchGraph::Named>& numbers,
                        torch::optim::Optimizer& optimiser, Best& best);

}  // namespace trigstone
