// What a run shows in the report: results.json, schema trigstone.results/1 (src/report/report.h).
#pragma once

#include <string>

#include "learn/learn.h"

namespace trigstone {

// Facts of the run, its curves (metrics.jsonl) and, of a classifier, the ROC on the test split.
Json run_results(const std::string& title, const RunResult& result);

}  // namespace trigstone
