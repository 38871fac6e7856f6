// The demo's learning: crossings, the backbone, its heads, and what few labels are worth.
#pragma once

#include <filesystem>
#include <vector>

#include "demo.h"
#include "learn/embedding_map.h"
#include "learn/few_labels.h"
#include "learn/learn.h"

namespace trigstone {

struct DemoHead {
  Task task = Task::kAccept;
  RunResult real, quantised;
};

struct DemoLearning {
  std::filesystem::path events;
  RunResult pretrained, scratch;  // scratch: the accept head without pre-training
  std::vector<DemoHead> heads;    // accept first
  std::vector<FewLabelPoint> few_labels;
  EmbeddingMap embedding;
  Evaluation scores;  // of the quantised accept head on the test split
};

DemoLearning run_demo_learning(const DemoOptions& options);

}  // namespace trigstone
