// What the stages of learn.h share.
#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "learn/learn.h"
#include "learn/objective.h"
#include "learn/run_folder.h"
#include "learn/token_set.h"
#include "learn/trainer.h"

namespace trigstone {

int threads_of(const TrainingConfig& config);
// Throws Error when event files give another number of features.
void check_features(const BackboneConfig& config);

// The first part of a run's result: sizes, times, validation.
RunResult summary_of(const RunFolder& run, const Graph& graph, const TrainingResult& trained,
                     size_t training_events);
// What the model says of `rows`: fixed-point graphs exactly, real ones in float32.
std::vector<double> say(const Graph& model, const TokenSet& set, const std::vector<int64_t>& rows,
                        int threads);
// The test split, looked at once, beside the baselines of `events`: fills figures and, of an accept
// head, test.
void judge(RunResult& result, Task task, const Graph& model, const TokenSet& set,
           const std::filesystem::path& events, int threads);

// A head on the backbone, or on a new one, trained on the set's training rows.
struct Finetuned {
  Graph model;
  RunResult result;  // without the test
};
Finetuned train_head(const TokenSet& set, const FinetuneConfig& config, const Graph* backbone,
                     const std::filesystem::path& from, RunFolder& run, bool resume);

}  // namespace trigstone
