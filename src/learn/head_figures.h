// How good a head is on events that no training saw, beside what today's trigger makes of them.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "learn/baselines.h"
#include "learn/heads.h"
#include "learn/roc.h"
#include "learn/token_set.h"

namespace trigstone {

// What tells signal from background; the first curve of each question is the head's.
struct NamedRoc {
  std::string question;  // "ttbar against minimum bias"
  std::string name;      // "anomaly head", "HT"
  RocCurve roc;
};

// One estimate of the missing momentum, in bins of the true one. Parallel and perpendicular are
// meant to the true direction; root mean squares of the difference to the truth.
struct MetResolution {
  std::string name;
  std::vector<double> response;  // mean parallel component over the mean true momentum
  std::vector<double> parallel_gev, perpendicular_gev;
};

struct HeadFigures {
  Task task = Task::kAccept;
  std::vector<NamedRoc> curves;
  std::vector<double> met_edges_gev;  // of the bins of true missing momentum; met only
  std::vector<int64_t> met_events;    // [bins]
  std::vector<MetResolution> resolutions;
};
Json to_json(const HeadFigures& figures);

//   accept   signal against minimum bias; baselines HT, PUPPI MET, leading jet
//   met      resolutions; more than 50 GeV of true missing momentum against minimum bias by the
//            estimated amount; baselines PUPPI and raw MET
//   pileup   tokens of the hard collision against pile-up; baselines PUPPI weight and pT
//   anomaly  each signal process against minimum bias; baselines HT, number of PUPPI tokens
// `outputs` [rows, output...] of the events `rows` of the set, `baselines` of the same rows. A
// question that the rows cannot answer (one class missing) is left out.
HeadFigures head_figures(Task task, const std::vector<double>& outputs, const TokenSet& set,
                         const std::vector<int64_t>& rows, const Baselines& baselines);

}  // namespace trigstone
