// Turning files made elsewhere into event files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "events/crossing.h"

namespace trigstone {

struct ConvertOptions {
  CrossingOptions crossing{0, 1};  // no pile-up, seed 1
  DetectorConfig detector;
  std::filesystem::path sample = "data";  // folder of minbias.h5, used when there is pile-up
  // A listing that breaks off: true keeps its whole events, false is an Error.
  bool keep_complete = false;
  std::optional<Process> process;  // of every event; else what the source tells, or imported
};

struct ConvertReport {
  std::string format;
  int64_t events = 0, tokens = 0;
  std::map<std::string, int64_t> problems;  // what was wrong with left-out events or particles
  std::string first_problem;
  std::string cut_off;  // where the source breaks off, empty when it is whole
};

// What `input` is, its content says.
//   HepMC 2 or 3 text: every event goes through the detector response; damaged events are counted
//     and left out; a file that breaks off in an event is refused, unless keep_complete
//   arrays of reconstructed objects (array_file.h): they become tokens as they are
//   our own event files, one or a list of them (event_shards.h): copied into one
// Throws Error when it is none of these or holds no good event at all, and when there is pile-up to
// be added to what a detector has already seen.
ConvertReport convert_events(const std::filesystem::path& input,
                             const std::filesystem::path& output, const ConvertOptions& options);

}  // namespace trigstone
