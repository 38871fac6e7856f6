// What today's trigger makes of the events that a head is judged on (physics/classical.h): from all
// their tokens, remainders included, where the model sees the hardest ones only.
#pragma once

#include <filesystem>
#include <vector>

#include "physics/sums.h"

namespace trigstone {

struct Baselines {
  std::vector<MissingMomentum> raw_missing, puppi_missing;   // [rows]
  std::vector<double> ht_gev, leading_jet_gev, kept_tokens;  // [rows] jets and tokens of PUPPI
  std::vector<float> puppi_weight;                           // [rows, slots], 0 without a token
};

// Of events `rows` (ascending) of a file; `slots` as in load_tokens. Throws Error like EventReader.
Baselines baselines_of(const std::filesystem::path& events, const std::vector<int64_t>& rows,
                       int64_t slots);

}  // namespace trigstone
