// For tests of this room: small configurations, and a file of toy events for a whole suite.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/progress.h"
#include "learn/learn_config.h"
#include "learn/toy_events.h"

namespace trigstone {

inline BackboneConfig small_backbone() {
  BackboneConfig config;
  config.tokens = 12;
  config.width = 8;
  config.layers = 1;
  config.feed_forward = 16;
  return config;
}

inline TrainingConfig short_training(int64_t steps) {
  TrainingConfig config;
  config.steps = steps;
  config.batch = 64;
  config.learning_rate = 5e-3;
  config.warmup_steps = 10;
  config.validate_every = 1000;
  config.checkpoint_every = 10;
  return config;
}

inline PretrainConfig small_pretrain(const std::filesystem::path& events, int64_t steps) {
  PretrainConfig config;
  config.events = events;
  config.backbone = small_backbone();
  config.training = short_training(steps);
  return config;
}

inline FinetuneConfig small_finetune(const std::filesystem::path& events, int64_t steps) {
  FinetuneConfig config;
  config.events = events;
  config.backbone = small_backbone();
  config.training = short_training(steps);
  return config;
}

// Mean of a figure over the first and the last lines of metrics.jsonl that have it.
inline std::pair<double, double> ends_of(const std::filesystem::path& run,
                                         const std::string& figure) {
  std::vector<double> values;
  std::istringstream file(read_file(run / "metrics.jsonl"));
  for (std::string line; std::getline(file, line);) {
    const Json row = Json::parse(line);
    if (row.contains(figure)) values.push_back(row[figure].get<double>());
  }
  const auto last = values.size() - 1;
  return {(values.at(0) + values.at(1)) / 2, (values.at(last) + values.at(last - 1)) / 2};
}

class LearnSuite : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    set_progress_enabled(false);
    folder_ = std::make_unique<Folder>();
    write_toy_events(events(), 2000);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::filesystem::path events() { return folder_->path / "toy.h5"; }
  static std::filesystem::path out(const std::string& name) { return folder_->path / name; }

 private:
  struct Folder {
    Folder()
        : path(std::filesystem::temp_directory_path() /
               ("trigstone.learn." + std::to_string(getpid()))) {
      std::filesystem::create_directories(path);
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path path;
  };
  inline static std::unique_ptr<Folder> folder_;
};

}  // namespace trigstone
