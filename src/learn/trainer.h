// The training loop, for any objective.
#pragma once

#include <memory>
#include <vector>

#include "learn/objective.h"
#include "learn/run_folder.h"

namespace trigstone {

struct TrainingResult {
  std::unique_ptr<Objective> objective;  // with the trained numbers, running statistics in use
  std::map<std::string, double> validation;
  double wall_s = 0;        // of this call
  double events_per_s = 0;  // in training, 0 when nothing was left to do
};

// AdamW (arXiv:1711.05101) with warm-up, cosine and clipping, on `rows` of the data. The same
// config gives the same bits, also when the run is killed and resumed: batches and masks depend on
// the step alone. Throws Error when the loss is no longer finite, and on Ctrl-C.
TrainingResult train(const std::string& task, const ObjectiveMaker& make,
                     const std::vector<int64_t>& rows, const TrainingConfig& config, RunFolder& run,
                     bool resume);

// Torch's own threads off: parallelism is over shards and blocks of events, where no sum depends on
// the number of threads. Called by every entry of this room.
void prepare_torch();

}  // namespace trigstone
