// What a run shows in the report: results.json, schema trigstone.results/1 (src/report/report.h).
#pragma once

#include <string>

#include "learn/learn.h"

namespace trigstone {

// Facts of the run, its head on the test split beside the baselines, and the curves of
// metrics.jsonl. `command` makes the run again.
Json run_results(const std::string& title, const RunResult& result, const std::string& command);

// ROC curves, one picture a question, a table of their areas, and resolutions of missing momentum.
std::vector<Json> figure_items(const HeadFigures& figures, const std::string& command);

}  // namespace trigstone
