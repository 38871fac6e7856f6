// Heads on a backbone: `trigstone finetune`.
#include <algorithm>

#include "base/error.h"
#include "learn/run_results.h"
#include "learn/stages.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

// Mean and spread of the mean latent over `rows`, into the head's first layer.
void standardise_on(Graph& model, const TokenSet& set, const std::vector<int64_t>& rows) {
  const torch::NoGradGuard no_gradient;
  const TorchGraph graph(model);
  const TokenTensors data(set.batch, model);
  torch::Tensor pooled;
  const TokenTensors::Inputs inputs = data.rows(row_indices(rows));
  graph.run({inputs.tokens, inputs.valid}, [&](ValueId id, const torch::Tensor& value) {
    if (model.node(id).name == "head.pooled") pooled = value.to(torch::kFloat64);
  });
  const torch::Tensor mean = pooled.mean(0), centred = pooled - mean;
  const torch::Tensor spread = (centred.square().mean(0) + 1e-8).sqrt();
  const auto list = [](const torch::Tensor& numbers) {
    const torch::Tensor flat = numbers.contiguous();
    return std::vector<double>(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  };
  standardise_embedding(model, list(mean), list(spread));
}

Graph model_to_train(const FinetuneConfig& config, const Graph* backbone, const fs::path& from) {
  Graph model = make_model(config.backbone, config.task);
  if (backbone == nullptr) return model;
  const int64_t copied = copy_parameters(*backbone, model);
  const int64_t wanted = parameter_count(model, "backbone.");
  if (copied < wanted) {
    throw Error(from.string(),
                fmt::format("gives {} of the {} params of the backbone", copied, wanted),
                "use the [backbone] section it was pre-trained with");
  }
  return model;
}

constexpr size_t kStandardiseOn = 2048;  // events

}  // namespace

Finetuned train_head(const TokenSet& set, const FinetuneConfig& config, const Graph* backbone,
                     const fs::path& from, RunFolder& run, bool resume) {
  Graph model = model_to_train(config, backbone, from);
  std::vector<int64_t> rows =
      choose_labelled(set.batch, set.train, config.labels, config.training.seed);
  HeadOptions options;
  options.augment = config.training.augment;
  if (config.task == Task::kAnomaly) {
    rows = minimum_bias_rows(set.batch, rows);
    if (rows.empty()) {
      throw Error(config.events.string(), "holds no minimum bias to train on",
                  "generate events with --process minbias");
    }
    std::vector<int64_t> some = rows;
    some.resize(std::min(some.size(), kStandardiseOn));
    standardise_on(model, set, some);
    // A backbone that moved would make its latents all alike, and the error vanish.
    model = with_trainable(model, "backbone.", false);
    options.batch_statistics = false;
  }
  const TokenTensors data(set.batch, model);
  const torch::Tensor targets = truth_of(config.task, set);
  const TrainingResult trained = train(
      "finetune",
      [&] { return make_head_objective(config.task, model, set, data, targets, options); }, rows,
      config.training, run, resume);
  return {trained_model(*trained.objective), summary_of(run, model, trained, rows.size())};
}

RunResult finetune(const FinetuneConfig& config, const fs::path& from, const fs::path& out,
                   bool resume) {
  prepare_torch();
  check_features(config.backbone);
  std::optional<Graph> backbone;
  if (!from.empty()) backbone = read_run_model(from);
  const TokenSet set = load_token_set(config.events, config.backbone.tokens);
  RunFolder run(out, "finetune", to_toml(config), config.training.seed, resume);
  Finetuned trained = train_head(set, config, backbone ? &*backbone : nullptr, from, run, resume);
  judge(trained.result, config.task, trained.model, set, config.events,
        threads_of(config.training));
  run.write_model(trained.model);
  run.write_results(
      run_results(fmt::format("Fine-tuned {} head", task_name(config.task)), trained.result,
                  fmt::format("trigstone finetune {}{} -o run", (out / "trigstone.toml").string(),
                              from.empty() ? "" : " --from " + from.string())));
  return trained.result;
}

}  // namespace trigstone
