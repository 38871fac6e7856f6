// A menu on a file of events: decisions, rates, efficiencies, and both at equal rate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "events/event.h"
#include "trigger/menu.h"
#include "trigger/rates.h"

namespace trigstone {

struct TriggerOptions {
  int threads = 1;
  // Rate at which heads and classical seeds are compared. 0: 300 kHz, or what the sample can
  // measure when that is more.
  double equal_rate_khz = 0;
  int bootstraps = 400;
  uint64_t seed = 1;
  // Which events count (all when empty): heads must be judged by events no training saw.
  std::function<bool(const Event&)> keep = {};
};

// Share of a process's weight.
struct Efficiency {
  double value = 0;
  Interval68 band;  // Clopper-Pearson, 68 %
  // The band with the error of the threshold, which a sample of minimum bias fixes, in quadrature;
  // equal to `band` where thresholds are given.
  Interval68 full_band;
};

struct SeedResult {
  std::string name;
  int64_t prescale = 1;
  bool has_head = false;
  Rate rate, pure;            // after the prescale; pure: no other seed kept the crossing
  std::vector<Rate> overlap;  // with every seed of the menu, in its order
};

struct ProcessEfficiencies {
  Process process = Process::kImported;
  int64_t events = 0;
  std::vector<Efficiency> seeds;  // before prescales
  Efficiency menu;                // OR of all seeds after prescales
};

// One way to select, with thresholds moved to the asked rate.
struct EqualRateRow {
  std::string name;
  bool has_head = false;
  // A head's own threshold; a classical seed's factor on all its thresholds. See
  // RateSample::threshold_at for the values without a threshold.
  double threshold = 0, khz = 0;
  std::vector<Efficiency> processes;  // in the order of TriggerResult::processes
};

// Efficiency of one process against rate, thresholds moving.
struct RateCurve {
  std::string name;
  std::vector<double> khz;
  std::vector<std::vector<Efficiency>> processes;  // [process][point]
};

struct TriggerResult {
  Menu menu;
  std::filesystem::path events;
  int64_t crossings = 0, blocks = 0;
  double effective_crossings = 0, smallest_khz = 0;
  double collision_reuse = 0;  // crossings a library collision of the sample is in, on average
  std::vector<SeedResult> seeds;
  Rate total;                                  // OR
  std::vector<ProcessEfficiencies> processes;  // without minimum bias, in the order of Process
  double equal_rate_khz = 0;
  std::vector<EqualRateRow> equal_rate;  // every seed, then all classical seeds scaled together
  std::vector<RateCurve> curves;         // seeds with heads, and all classical seeds together
  // Of every event kept, in the order of the file.
  std::vector<int64_t> id, process;
  std::vector<int64_t> initial,
      final;  // [events, seeds] 0 or 1: before and after prescale counters
};

inline constexpr const char* kClassicalMenuName = "classical menu";

// Throws Error for unreadable events, files without minimum bias or weights, heads that do not fit,
// and an equal rate that the sample cannot measure.
TriggerResult run_trigger(const Menu& menu, const std::filesystem::path& events,
                          const TriggerOptions& options = {});

}  // namespace trigstone
