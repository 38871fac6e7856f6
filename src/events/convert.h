// Turning files made elsewhere into event files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "events/crossing.h"

namespace trigstone {

struct ConvertOptions {
  CrossingOptions crossing{0, 1};  // no pile-up, seed 1
  DetectorConfig detector;
  std::filesystem::path sample = "data";  // folder of minbias.h5, used when there is pile-up
};

struct ConvertReport {
  std::string format;
  int64_t events = 0, tokens = 0;
  std::map<std::string, int64_t> problems;  // what was wrong with left-out events or particles
  std::string first_problem;
};

// Reads HepMC 2 or 3 text, sends every event through the detector response and writes `output`.
// Damaged events are counted and left out. Throws Error when the file is no HepMC or holds no good
// event at all.
ConvertReport convert_events(const std::filesystem::path& input,
                             const std::filesystem::path& output, const ConvertOptions& options);

}  // namespace trigstone
