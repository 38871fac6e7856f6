// What the verbs under `trigstone events` share. Each is in the file named after it.
#pragma once

#include <filesystem>

#include "base/json.h"
#include "command.h"
#include "events/detector_config.h"

namespace trigstone {

// Flags that generate and convert share.
struct CrossingFlags {
  double pileup = 0;
  uint64_t seed = 1;
  std::filesystem::path sample = TRIGSTONE_DATA_DIR, detector, output;
  bool timing = false;

  DetectorConfig read_detector() const {
    DetectorConfig config = detector.empty() ? DetectorConfig() : read_detector_config(detector);
    if (timing) config.timing = true;
    return config;
  }
};

void add_crossing_flags(CLI::App& verb, CrossingFlags& flags);
void add_json_flag(CLI::App& verb, Command& command);
void print_json(const OrderedJson& json);

void add_events_generate(CLI::App& events, Command& command);
void add_events_convert(CLI::App& events, Command& command);
void add_events_show(CLI::App& events, Command& command);
void add_events_info(CLI::App& events, Command& command);
void add_events_words(CLI::App& events, Command& command);
void add_events_validate(CLI::App& events, Command& command);

}  // namespace trigstone
