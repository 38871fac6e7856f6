// Everything that a resumed training needs: numbers, running statistics, optimiser, step.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <vector>

#include "learn/torch_graph.h"

namespace trigstone {

// Written whole or not at all. Throws Error when the disk refuses.
void save_checkpoint(const std::filesystem::path& path, int64_t step,
                     const std::vector<TorchGraph::Named>& numbers,
                     const torch::optim::Optimizer& optimiser);

// Restores what save_checkpoint wrote and returns its step; 0, and nothing changes, when there is
// no file. Throws Error when it is damaged or of another model.
int64_t load_checkpoint(const std::filesystem::path& path,
                        const std::vector<TorchGraph::Named>& numbers,
                        torch::optim::Optimizer& optimiser);

}  // namespace trigstone
