// Where a backbone puts crossings: mean latents seen along the two directions in which they spread
// most (principal components). No label enters; processes only colour the picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace trigstone {

struct EmbeddingMap {
  std::vector<double> x, y;         // [events] each in units of the latents
  std::vector<int16_t> process;     // [events]
  double share_x = 0, share_y = 0;  // of the latents' variance
};

// Of the first `count` events of the test split. `backbone` is a run folder or model file with the
// output "latents". Throws Error when it has none or the events do not fit it.
EmbeddingMap embedding_map(const std::filesystem::path& backbone,
                           const std::filesystem::path& events, int64_t count);

// An item of the report, one series a process.
Json embedding_item(const EmbeddingMap& map, const std::string& command);

}  // namespace trigstone
