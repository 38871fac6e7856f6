// Making event files: crossings from the library of collisions in data/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "events/crossing.h"
#include "events/detector_config.h"
#include "events/event.h"

namespace trigstone {

struct GenerateOptions {
  std::vector<Process> processes = {Process::kMinimumBias};  // take turns, event by event
  int64_t events = 1000;                                     // in all
  int64_t first_event = 0;  // id of the first: disjoint ranges give independent files
  // Each hard collision is simulated this many times in a row, seen from the same side, with other
  // detector response, vertex and pile-up: events that share process and hard_id. Where the library
  // has views of its collisions, the copies take them in turn, the nominal one first. Minimum bias
  // has no hard collision of its own and needs 1.
  int64_t resimulate = 1;
  // Only the events of one of `shards` equal parts, 0 to shards - 1. Numbers and weights are those
  // of the whole: the union of all parts does not depend on how many there are.
  int64_t shard = 0, shards = 1;
  CrossingOptions crossing;
  DetectorConfig detector;
  std::filesystem::path sample = "data";  // folder of <process>.h5
  int threads = 1;
};

struct GenerateReport {
  int64_t events = 0, tokens = 0, bad_particles = 0;
  // Largest number of times a hard collision was used; above 1 the events are not independent.
  int64_t hard_reuse = 0;
};

// Writes options.events events (or those of the shard) to `path`. The result depends on the options
// but not on the threads.
// With k = i / resimulate, event i has process k mod n and takes hard collision k / n of that
// process's library, in turn. The process `toy` makes its own (toy.h); where every process is toy,
// so is the pile-up, and no sample folder is read.
// Weights: the sum over the events of one process is its cross section in pb; a minimum-bias event
// at mean pile-up mu stands for a crossing, so that rate = weight * luminosity for every process.
// Throws Error for missing libraries, impossible options and a disk that is full.
GenerateReport generate_events(const GenerateOptions& options, const std::filesystem::path& path);

// Where the shards of OUT.h5 go, OUT.3-of-8.h5, and the list of all of them, OUT.list.
std::filesystem::path shard_path(const std::filesystem::path& output, int64_t shard,
                                 int64_t shards);
std::filesystem::path shard_list_path(const std::filesystem::path& output);

// Luminosity in Hz/pb at which 2760 colliding bunches of 11246 Hz have `pileup_mean` inelastic
// collisions each: mu = L sigma / (n f).
double luminosity_hz_per_pb(double pileup_mean, double inelastic_pb);

}  // namespace trigstone
