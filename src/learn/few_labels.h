// What pre-training is worth when labels are few: the accept head from the backbone, from scratch,
// and a linear cut on the backbone as it is, all with the same labels, on the same test events.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "learn/learn_config.h"

namespace trigstone {

struct FewLabelOptions {
  std::vector<int64_t> labels = {100, 300, 1000, 3000};  // events with a label, in all
  int64_t seeds = 3;  // each draws other labels and other first weights
};

// One way to use the labels: areas under the ROC on the test split, one a seed.
struct FewLabelArm {
  std::string name;  // "from the backbone", "from scratch", "linear cut on the backbone"
  std::vector<double> areas;
  double mean = 0, low = 0, high = 0;  // low and high: one standard deviation of the seeds
};
struct FewLabelPoint {
  int64_t labels = 0;
  std::vector<FewLabelArm> arms;
};

// A fifth of the labels chooses when training stops (and how much the linear cut is held back), the
// rest trains; no arm sees another label, and each looks at the test split once. `config.labels` is
// ignored, `config.training` is used with keep_best, and at most a third of the labels a batch.
// Writes results.json and one run folder a training under `out`.
// Throws Error when there are fewer labels than asked for.
std::vector<FewLabelPoint> compare_few_labels(const FinetuneConfig& config,
                                              const FewLabelOptions& options,
                                              const std::filesystem::path& from,
                                              const std::filesystem::path& out);
Json to_json(const std::vector<FewLabelPoint>& points);

}  // namespace trigstone
