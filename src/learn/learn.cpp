#include "learn/learn.h"

#include <algorithm>

#include "base/error.h"
#include "base/progress.h"
#include "base/threads.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "learn/calibrate.h"
#include "learn/run_results.h"
#include "learn/stages.h"
#include "learn/view_pairs.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kRowsAtOnce = 8192;  // between two reports of progress

}  // namespace

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

RunResult summary_of(const RunFolder& run, const Graph& graph, const TrainingResult& trained,
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

std::vector<double> say(const Graph& model, const TokenSet& set, const std::vector<int64_t>& rows,
                        int threads) {
  const bool fixed = model.type(model.outputs().at(0).value).is_fixed();
  const TorchGraph graph(model, fixed ? Precision::kExact : Precision::kTraining);
  const TokenTensors data(set.batch, model);
  Progress progress("evaluate", std::ssize(rows), "events");
  std::vector<double> outputs;
  for (int64_t begin = 0; begin < std::ssize(rows); begin += kRowsAtOnce) {
    const int64_t end = std::min(begin + kRowsAtOnce, std::ssize(rows));
    const std::vector<double> part =
        outputs_of(graph, data, {rows.begin() + begin, rows.begin() + end}, threads);
    outputs.insert(outputs.end(), part.begin(), part.end());
    progress.update(end);
  }
  return outputs;
}

void judge(RunResult& result, Task task, const Graph& model, const TokenSet& set,
           const fs::path& events, int threads) {
  const std::vector<double> outputs = say(model, set, set.test, threads);
  const Baselines baselines = baselines_of(events, set.test, set.batch.max_tokens);
  result.figures = head_figures(task, outputs, set, set.test, baselines);
  if (task == Task::kAccept && !result.figures->curves.empty()) {
    result.test = result.figures->curves.front().roc;
  }
}

namespace {

void check_views(const ViewPairs& views, const fs::path& events) {
  if (views.paired() > 0) return;
  throw Error(events.string(),
              fmt::format("none of its {} training events is another view of a hard collision, "
                          "which views.weight asks for",
                          views.alone()),
              "generate with --resimulate 2 or more, or set views.weight = 0");
}

}  // namespace

RunResult pretrain(const PretrainConfig& config, const fs::path& out, bool resume) {
  prepare_torch();
  check_features(config.backbone);
  const TokenSet set = load_token_set(config.events, config.backbone.tokens);
  const ViewPairs views(set.batch, set.train);
  if (config.view_weight > 0) check_views(views, config.events);
  RunFolder run(out, "pretrain", to_toml(config), config.training.seed, resume);
  const Graph backbone = make_backbone(config.backbone);
  const TokenTensors data(set.batch, backbone);
  const TrainingResult trained = train(
      "pretrain", [&] { return make_masked_objective(config, set, data); }, set.train,
      config.training, run, resume);
  RunResult result = summary_of(run, backbone, trained, set.train.size());
  if (config.view_weight > 0) {
    result.paired = views.paired();
    result.alone = views.alone();
  }
  run.write_model(trained_backbone(*trained.objective));
  run.write_results(
      run_results("Pre-trained backbone", result,
                  fmt::format("trigstone pretrain {} -o run", (out / "trigstone.toml").string())));
  return result;
}

namespace {

// Towards the truth and the teacher's opinion, mixed. The anomaly score has no truth.
torch::Tensor distilled_targets(Task task, const Graph& teacher, const TokenSet& set, double share,
                                int threads) {
  if (task == Task::kAnomaly) {
    std::vector<int64_t> rows = minimum_bias_rows(set.batch, set.train);
    const std::vector<int64_t> validation = minimum_bias_rows(set.batch, set.validation);
    rows.insert(rows.end(), validation.begin(), validation.end());
    return opinion_of(task, teacher, set, rows, threads);
  }
  const torch::Tensor truth = truth_of(task, set);
  if (share <= 0) return truth;
  const torch::Tensor index = row_indices(set.train);
  const torch::Tensor opinion = opinion_of(task, teacher, set, set.train, threads);
  return truth.index_copy(
      0, index,
      truth.index_select(0, index) * (1 - share) + opinion.index_select(0, index) * share);
}

}  // namespace

RunResult compress(const CompressConfig& config, const fs::path& from, const fs::path& out,
                   bool resume) {
  prepare_torch();
  const Graph teacher = read_run_model(from);
  const Task task = task_of(teacher, from.string());
  const TokenSet set = load_token_set(config.events, teacher.shape(teacher.inputs()[0])[0]);
  RunFolder run(out, "compress", to_toml(config), config.training.seed, resume);
  const int threads = threads_of(config.training);
  const torch::Tensor targets = distilled_targets(task, teacher, set, config.distillation, threads);
  const std::vector<int64_t> rows =
      task == Task::kAnomaly ? minimum_bias_rows(set.batch, set.train) : set.train;

  const Graph folded = with_trainable(fold_batch_norm(teacher), "", true);
  const std::vector<ValueRange> ranges =
      calibrate(folded, set, config.calibration_events, config.quantile);
  const Graph hardware = expand_for_hardware(insert_quant(folded, ranges, config.quant));
  const TokenTensors data(set.batch, hardware);
  HeadOptions options;
  // The teacher's anomaly score belongs to the event as it lies.
  options.augment = config.training.augment && task != Task::kAnomaly;
  const TrainingResult trained = train(
      "compress", [&] { return make_head_objective(task, hardware, set, data, targets, options); },
      rows, config.training, run, resume);

  const Graph model = drop_dead(
      drop_noop_quant(fold_constants(trained_model(*trained.objective), evaluate_constant)));
  verify_quantised(model).throw_if_any();
  RunResult result = summary_of(run, hardware, trained, rows.size());
  judge(result, task, model, set, config.events, threads);
  run.write_model(model);
  run.write_results(run_results(fmt::format("Compressed {} head", task_name(task)), result,
                                fmt::format("trigstone compress {} --from {} -o run",
                                            (out / "trigstone.toml").string(), from.string())));
  return result;
}

Evaluation evaluate(const fs::path& model, const fs::path& events, bool all_events) {
  prepare_torch();
  const Graph graph = read_run_model(model);
  Evaluation result;
  result.task = task_of(graph, model.string());
  const int64_t slots = graph.shape(graph.inputs()[0])[0];
  const TokenSet set = split_tokens(load_tokens(events, 0, -1, static_cast<int>(slots)));
  std::vector<int64_t> rows = set.test;
  if (all_events) {
    rows.resize(static_cast<size_t>(set.batch.events));
    for (int64_t row = 0; row < set.batch.events; ++row) rows[static_cast<size_t>(row)] = row;
  }
  result.shape = graph.shape(graph.outputs()[0].value);
  result.outputs = say(graph, set, rows, hardware_threads());
  for (const int64_t row : rows) {
    const auto at = static_cast<size_t>(row);
    result.is_signal.push_back(set.batch.accept[at]);
    result.id.push_back(set.batch.id[at]);
    result.process.push_back(set.batch.process[at]);
  }
  result.figures =
      head_figures(result.task, result.outputs, set, rows, baselines_of(events, rows, slots));
  return result;
}

}  // namespace trigstone
