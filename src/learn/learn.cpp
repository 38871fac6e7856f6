#include "learn/learn.h"

#include <algorithm>

#include "base/error.h"
#include "base/threads.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "learn/calibrate.h"
#include "learn/run_results.h"
#include "learn/trainer.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

int threads_of(const TrainingConfig& config) {
  return config.threads > 0 ? static_cast<int>(config.threads) : hardware_threads();
}

void check_features(const BackboneConfig& config) {
  if (config.features != kTokenFeatures) {
    throw Error("backbone.features",
                fmt::format("is {}, event files give {}", config.features, kTokenFeatures),
                fmt::format("set it to {}", kTokenFeatures));
  }
}

Evaluation evaluate_rows(const Graph& classifier, const TokenSet& set,
                         const std::vector<int64_t>& rows, int threads) {
  const bool fixed =
      classifier.outputs().size() == 1 && classifier.type(classifier.outputs()[0].value).is_fixed();
  const TorchGraph graph(classifier, fixed ? Precision::kExact : Precision::kTraining);
  const TokenTensors data(set.batch, classifier);
  Evaluation result;
  result.scores = score_rows(graph, data, rows, threads);
  for (const int64_t row : rows) {
    const auto at = static_cast<size_t>(row);
    result.is_signal.push_back(set.batch.accept[at]);
    result.id.push_back(set.batch.id[at]);
    result.process.push_back(set.batch.process[at]);
  }
  result.roc = roc_curve(result.scores, result.is_signal);
  return result;
}

torch::Tensor labels_of(const TokenBatch& batch) {
  return torch::tensor(batch.accept, torch::kUInt8).to(torch::kFloat32);
}

RunResult summary(const RunFolder& run, const Graph& graph, const TrainingResult& trained,
                  size_t training_events) {
  RunResult result;
  result.folder = run.path();
  result.trainable = trainable_count(graph);
  result.training_events = static_cast<int64_t>(training_events);
  result.validation = trained.validation;
  result.wall_s = trained.wall_s;
  result.events_per_s = trained.events_per_s;
  return result;
}

RunResult finetune_on(const TokenSet& set, const FinetuneConfig& config, const Graph* backbone,
                      const fs::path& from, const fs::path& out, bool resume) {
  RunFolder run(out, "finetune", to_toml(config), config.training.seed, resume);
  Graph classifier = make_classifier(config.backbone);
  if (backbone != nullptr) {
    const int64_t copied = copy_parameters(*backbone, classifier);
    const int64_t wanted = parameter_count(classifier, "backbone.");
    if (copied < wanted) {
      throw Error(from.string(),
                  fmt::format("gives {} of the {} params of the backbone", copied, wanted),
                  "use the [backbone] section it was pre-trained with");
    }
  }
  const std::vector<int64_t> rows =
      choose_labelled(set.batch, set.train, config.labels, config.training.seed);
  const TokenTensors data(set.batch, classifier);
  const torch::Tensor labels = labels_of(set.batch);
  const TrainingResult trained = train(
      "finetune",
      [&] { return make_accept_objective(classifier, set, data, labels, config.training.augment); },
      rows, config.training, run, resume);
  const Graph model = trained_classifier(*trained.objective);
  RunResult result = summary(run, classifier, trained, rows.size());
  result.test = evaluate_rows(model, set, set.test, threads_of(config.training)).roc;
  run.write_model(model);
  run.write_results(run_results("Fine-tuned classifier", result));
  return result;
}

// The teacher's opinion and the label, mixed.
torch::Tensor distilled_targets(const Graph& teacher, const TokenSet& set, double share,
                                int threads) {
  torch::Tensor targets = labels_of(set.batch);
  if (share <= 0) return targets;
  const TorchGraph graph(teacher);
  const TokenTensors data(set.batch, teacher);
  const std::vector<double> logits = score_rows(graph, data, set.train, threads);
  const torch::Tensor opinion =
      torch::tensor(logits, torch::kFloat64).sigmoid().to(torch::kFloat32);
  const torch::Tensor index = row_indices(set.train);
  const torch::Tensor mixed = targets.index_select(0, index) * (1 - share) + opinion * share;
  return targets.index_copy(0, index, mixed);
}

}  // namespace

RunResult pretrain(const PretrainConfig& config, const fs::path& out, bool resume) {
  prepare_torch();
  check_features(config.backbone);
  const TokenSet set = load_token_set(config.events, config.backbone.tokens);
  RunFolder run(out, "pretrain", to_toml(config), config.training.seed, resume);
  const Graph backbone = make_backbone(config.backbone);
  const TokenTensors data(set.batch, backbone);
  const TrainingResult trained = train(
      "pretrain", [&] { return make_masked_objective(config, set, data); }, set.train,
      config.training, run, resume);
  RunResult result = summary(run, backbone, trained, set.train.size());
  run.write_model(trained_backbone(*trained.objective));
  run.write_results(run_results("Pre-trained backbone", result));
  return result;
}

RunResult finetune(const FinetuneConfig& config, const fs::path& from, const fs::path& out,
                   bool resume) {
  prepare_torch();
  check_features(config.backbone);
  std::optional<Graph> backbone;
  if (!from.empty()) backbone = read_run_model(from);
  const TokenSet set = load_token_set(config.events, config.backbone.tokens);
  return finetune_on(set, config, backbone ? &*backbone : nullptr, from, out, resume);
}

RunResult compress(const CompressConfig& config, const fs::path& from, const fs::path& out,
                   bool resume) {
  prepare_torch();
  const Graph teacher = read_run_model(from);
  const std::vector<ValueId> inputs = teacher.inputs();
  if (inputs.empty() || teacher.shape(inputs[0]).size() != 2 || teacher.outputs().size() != 1) {
    throw Error(from.string(), "is not a classifier of tokens", "give the run of `finetune`");
  }
  const TokenSet set = load_token_set(config.events, teacher.shape(inputs[0])[0]);
  RunFolder run(out, "compress", to_toml(config), config.training.seed, resume);
  const int threads = threads_of(config.training);
  const torch::Tensor targets = distilled_targets(teacher, set, config.distillation, threads);

  const Graph folded = fold_batch_norm(teacher);
  const std::vector<ValueRange> ranges =
      calibrate(folded, set, config.calibration_events, config.quantile);
  const Graph hardware = expand_for_hardware(insert_quant(folded, ranges, config.quant));
  const TokenTensors data(set.batch, hardware);
  const TrainingResult trained = train(
      "compress",
      [&] { return make_accept_objective(hardware, set, data, targets, config.training.augment); },
      set.train, config.training, run, resume);

  const Graph model = drop_dead(
      drop_noop_quant(fold_constants(trained_classifier(*trained.objective), evaluate_constant)));
  verify_quantised(model).throw_if_any();
  RunResult result = summary(run, hardware, trained, set.train.size());
  result.test = evaluate_rows(model, set, set.test, threads).roc;
  run.write_model(model);
  run.write_results(run_results("Compressed classifier", result));
  return result;
}

Evaluation evaluate(const fs::path& model, const fs::path& events, bool all_events) {
  prepare_torch();
  const Graph graph = read_run_model(model);
  const std::vector<ValueId> inputs = graph.inputs();
  if (inputs.empty() || graph.shape(inputs[0]).size() != 2) {
    throw Error(model.string(), "is not a model of tokens", "give the run of `finetune`");
  }
  const TokenSet set =
      split_tokens(load_tokens(events, 0, -1, static_cast<int>(graph.shape(inputs[0])[0])));
  std::vector<int64_t> rows = set.test;
  if (all_events) {
    rows.resize(static_cast<size_t>(set.batch.events));
    for (int64_t row = 0; row < set.batch.events; ++row) rows[static_cast<size_t>(row)] = row;
  }
  return evaluate_rows(graph, set, rows, hardware_threads());
}

std::vector<FewLabelPoint> compare_few_labels(const FinetuneConfig& config,
                                              const std::vector<int64_t>& label_counts,
                                              const fs::path& from, const fs::path& out) {
  prepare_torch();
  check_features(config.backbone);
  const Graph backbone = read_run_model(from);
  const TokenSet set = load_token_set(config.events, config.backbone.tokens);
  std::vector<FewLabelPoint> points;
  for (const int64_t labels : label_counts) {
    FinetuneConfig few = config;
    few.labels = labels;
    const auto folder = [&](const char* start) {
      return out / fmt::format("{}-{}", start, labels);
    };
    const RunResult with = finetune_on(set, few, &backbone, from, folder("pretrained"), false);
    few.training.backbone_rate = 1.0;  // nothing learned yet that a slow backbone would keep
    const RunResult without = finetune_on(set, few, nullptr, {}, folder("scratch"), false);
    points.push_back({labels, *with.test, *without.test});
  }
  return points;
}

}  // namespace trigstone
