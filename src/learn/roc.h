// Efficiency of a score, with bands from a bootstrap over events.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json.h"

namespace trigstone {

struct RocOptions {
  int points = 60;  // signal efficiencies, evenly spaced in (0, 1]
  int bootstraps = 200;
  uint64_t seed = 1;
  double band = 0.68;  // share of the bootstraps inside [low, high]
};

struct RocCurve {
  std::vector<double> signal_efficiency;
  std::vector<double> background_efficiency, low, high;  // at these signal efficiencies
  double area = 0, area_low = 0, area_high = 0;          // 1 is perfect, 0.5 is blind
};

// `scores` rise with signal; weights must not be negative (empty: all 1).
// Equal scores are passed together. Throws Error when one class is missing or a score is NaN.
RocCurve roc_curve(const std::vector<double>& scores, const std::vector<uint8_t>& is_signal,
                   const std::vector<double>& weights = {}, const RocOptions& options = {});

Json to_json(const RocCurve& curve);

}  // namespace trigstone
