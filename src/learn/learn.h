// The learning stages as functions: events in, run folders out. No torch in this header.
//
//   pretrain ──► finetune ──► compress ──► model.onnx for `trigstone compile`
//                    └──► evaluate
//
// A run folder holds trigstone.toml, run.json (seed, version, commit), metrics.jsonl,
// checkpoint.pt, model.onnx and results.json. With `resume`, a run that was killed goes on from its
// last checkpoint and ends with the same bits as an unbroken one.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "learn/head_figures.h"
#include "learn/learn_config.h"

namespace trigstone {

struct RunResult {
  std::filesystem::path folder;
  int64_t trainable = 0;  // numbers that training moved
  int64_t training_events = 0;
  std::map<std::string, double> validation;  // at the end
  std::optional<RocCurve> test;              // of an accept head, on the test split, at the end
  std::optional<HeadFigures> figures;        // of any head, beside the baselines, the same way
  double wall_s = 0, events_per_s = 0;       // of the training loop of this call
  // Training events with and without another view of their collision, where views are compared.
  std::optional<int64_t> paired, alone;
};
Json to_json(const RunResult& result);

// The backbone learns from events without labels; model.onnx is the backbone alone.
RunResult pretrain(const PretrainConfig& config, const std::filesystem::path& out,
                   bool resume = false);

// Backbone and the head of config.task (heads.h), from the backbone of `from` (a run folder or
// model file) or, when it is empty, from scratch. Throws Error when `from` has another
// architecture.
RunResult finetune(const FinetuneConfig& config, const std::filesystem::path& from,
                   const std::filesystem::path& out, bool resume = false);

// Folds the batch norms of a fine-tuned model, chooses formats by calibration, expands for
// hardware and trains on in that same graph; model.onnx holds integers only.
RunResult compress(const CompressConfig& config, const std::filesystem::path& from,
                   const std::filesystem::path& out, bool resume = false);

struct Evaluation {
  Task task = Task::kAccept;
  Shape shape;                  // of one event's output
  std::vector<double> outputs;  // [events, shape...], what heads.h says they are
  std::vector<uint8_t> is_signal;
  std::vector<int64_t> id;  // of the events
  std::vector<int16_t> process;
  HeadFigures figures;
};
Json to_json(const Evaluation& evaluation);

// What a model with a head (run folder or model file) says; fixed-point graphs exactly, real ones
// in float32. Only the test split, unless `all_events`.
Evaluation evaluate(const std::filesystem::path& model, const std::filesystem::path& events,
                    bool all_events = false);

}  // namespace trigstone
