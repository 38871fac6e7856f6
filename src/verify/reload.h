// Another model's weights for firmware that keeps them in memories.
#pragma once

#include <filesystem>
#include <vector>

#include "interpret/stimulus.h"
#include "verify/run_model.h"

namespace trigstone {

struct Reload {
  Graph graph;                  // what the firmware computes once it is loaded
  std::vector<LoadWord> words;  // in order of their addresses
};

// `path` is a model file or a firmware folder. A model file goes through the passes of `compile`,
// with the input formats and the head of the firmware.
// Throws Error when the folder is no firmware with memories, and at the first node of the model
// that differs in anything but numbers that stand in memories.
Reload reload(const LoadedModel& firmware, const std::filesystem::path& path);

}  // namespace trigstone
