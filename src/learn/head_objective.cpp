// What each head learns (objective.h): one class a task, on one model.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/threads.h"
#include "learn/objective.h"
#include "learn/roc.h"

namespace trigstone {

namespace {

constexpr double kMuchMissingGev = 30.0;  // of the two kinds of events that weigh the same in MET
constexpr double kMomentumBeta = 0.1;     // where the loss turns linear, in units of 128 GeV
constexpr double kResponseWeight = 3.0;   // of the squared lack of response, see MetObjective
constexpr double kSmallestError = 1e-3;   // keeps the logarithm of an anomaly score finite

torch::Tensor labels_of(const TokenBatch& batch) {
  return torch::tensor(batch.accept, torch::kUInt8).to(torch::kFloat32);
}

// 0.5 / share where `flags` is 1, else 0.5 / (1 - share): both kinds weigh the same in all.
torch::Tensor balanced_weights(const torch::Tensor& flags, const std::vector<int64_t>& rows) {
  const double share = flags.index_select(0, row_indices(rows)).mean().item<double>();
  const double high = share > 0 ? 0.5 / share : 1.0, low = share < 1 ? 0.5 / (1 - share) : 1.0;
  return flags * (high - low) + low;
}

// A model, its inputs and targets; the loss of its output is the task's.
class HeadObjective : public Objective {
 public:
  HeadObjective(const Graph& model, const TokenSet& set, const TokenTensors& data,
                const torch::Tensor& targets, const HeadOptions& options)
      : graph_(model), set_(set), data_(data), targets_(targets), options_(options) {}

  torch::Tensor loss(const std::vector<int64_t>& rows, Random& random) override {
    const torch::Tensor index = row_indices(rows);
    const TokenTensors::Inputs inputs =
        options_.augment ? data_.turned_rows(index, random) : data_.rows(index);
    const torch::Tensor target =
        targets_.defined() ? targets_.index_select(0, index) : torch::Tensor();
    return loss_of(graph_.run({inputs.tokens, inputs.valid})[0], target, inputs, index);
  }

  std::map<std::string, double> validate() override {
    const torch::NoGradGuard no_gradient;
    const std::vector<int64_t> rows = validation_rows();
    const torch::Tensor index = row_indices(rows);
    std::vector<double> outputs = outputs_of(graph_, data_, rows, hardware_threads());
    Shape shape = graph_.graph().shape(graph_.graph().outputs()[0].value);
    shape.insert(shape.begin(), std::ssize(rows));
    const torch::Tensor said =
        torch::tensor(outputs, torch::kFloat64).to(torch::kFloat32).reshape(shape);
    const torch::Tensor truth = validation_targets();
    const torch::Tensor loss = loss_of(said, truth.defined() ? truth.index_select(0, index) : truth,
                                       {{}, data_.valid().index_select(0, index), {}}, index);
    std::map<std::string, double> figures = {{"validation_loss", loss.item<double>()}};
    add_figures(outputs, rows, figures);
    return figures;
  }

  void use_batch_statistics(bool on) override {
    graph_.use_batch_statistics(on && options_.batch_statistics);
  }
  std::vector<TorchGraph::Named> parameters() const override { return graph_.parameters(); }
  const TorchGraph& graph() const { return graph_; }

 protected:
  // `said` [rows, output...]; `index` are the rows.
  virtual torch::Tensor loss_of(const torch::Tensor& said, const torch::Tensor& target,
                                const TokenTensors::Inputs& inputs,
                                const torch::Tensor& index) const = 0;
  virtual std::vector<int64_t> validation_rows() const { return set_.validation; }
  virtual torch::Tensor validation_targets() const = 0;
  virtual void add_figures(const std::vector<double>& outputs, const std::vector<int64_t>& rows,
                           std::map<std::string, double>& figures) const = 0;

  TorchGraph graph_;
  const TokenSet& set_;
  const TokenTensors& data_;
  const torch::Tensor targets_;
  const HeadOptions options_;
};

double area_under_roc(const std::vector<double>& scores, const std::vector<uint8_t>& labels) {
  RocOptions options;
  options.bootstraps = 0;
  return roc_curve(scores, labels, {}, options).area;
}

class AcceptObjective : public HeadObjective {
 public:
  AcceptObjective(const Graph& model, const TokenSet& set, const TokenTensors& data,
                  const torch::Tensor& targets, const HeadOptions& options)
      : HeadObjective(model, set, data, targets, options),
        truth_(truth_of(Task::kAccept, set)),
        weights_(balanced_weights(truth_, set.train)) {}

 protected:
  torch::Tensor loss_of(const torch::Tensor& said, const torch::Tensor& target,
                        const TokenTensors::Inputs& /*inputs*/,
                        const torch::Tensor& index) const override {
    return torch::binary_cross_entropy_with_logits(said.reshape({-1}), target,
                                                   weights_.index_select(0, index));
  }
  torch::Tensor validation_targets() const override { return truth_; }
  void add_figures(const std::vector<double>& outputs, const std::vector<int64_t>& rows,
                   std::map<std::string, double>& figures) const override {
    std::vector<uint8_t> labels;
    for (const int64_t row : rows) labels.push_back(set_.batch.accept[static_cast<size_t>(row)]);
    figures["validation_auc"] = area_under_roc(outputs, labels);
  }

 private:
  const torch::Tensor truth_, weights_;
};

// An estimate that is only close on average says too little where much is missing; so, as in
// DeepMET, a mean response other than 1 of the events with much missing momentum costs something,
// too.
class MetObjective : public HeadObjective {
 public:
  MetObjective(const Graph& model, const TokenSet& set, const TokenTensors& data,
               const torch::Tensor& targets, const HeadOptions& options)
      : HeadObjective(model, set, data, targets, options), truth_(truth_of(Task::kMet, set)) {
    const torch::Tensor missing_gev = truth_.norm(2, 1) * kMomentumUnitGev;
    much_ = (missing_gev > kMuchMissingGev).to(torch::kFloat32);
    weights_ = balanced_weights(much_, set.train);
  }

 protected:
  torch::Tensor loss_of(const torch::Tensor& said, const torch::Tensor& target,
                        const TokenTensors::Inputs& inputs,
                        const torch::Tensor& index) const override {
    torch::Tensor wanted = target;
    if (inputs.turn.defined()) {
      const torch::Tensor cosine = inputs.turn.select(1, 0), sine = inputs.turn.select(1, 1);
      const torch::Tensor x = target.select(1, 0), y = target.select(1, 1);
      wanted = torch::stack({x * cosine - y * sine, x * sine + y * cosine}, 1);
    }
    // Of the length of the error, not of its components: those change when an event is turned.
    const torch::Tensor squared = (said - wanted).square().sum(1) / (kMomentumBeta * kMomentumBeta);
    const torch::Tensor each = (1 + squared).sqrt() - 1;
    const torch::Tensor much = much_.index_select(0, index);
    const torch::Tensor amount = wanted.norm(2, 1);
    const torch::Tensor along = (said * wanted).sum(1) / amount.clamp_min(kMomentumBeta);
    const torch::Tensor response =
        (along * much).sum() / (amount * much).sum().clamp_min(kMomentumBeta);
    const torch::Tensor lack = (1 - response) * (much.sum() > 0).to(torch::kFloat32);
    return (each * weights_.index_select(0, index)).mean() + kResponseWeight * lack.square();
  }
  torch::Tensor validation_targets() const override { return truth_; }
  void add_figures(const std::vector<double>& outputs, const std::vector<int64_t>& rows,
                   std::map<std::string, double>& figures) const override {
    double sum = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      const torch::Tensor truth = truth_[rows[i]];
      const double x = outputs[2 * i] - truth[0].item<double>();
      const double y = outputs[2 * i + 1] - truth[1].item<double>();
      sum += x * x + y * y;
    }
    const double mean = sum / (2 * static_cast<double>(rows.size()));
    figures["validation_component_rms_gev"] = kMomentumUnitGev * std::sqrt(mean);
  }

 private:
  const torch::Tensor truth_;
  torch::Tensor much_, weights_;
};

class PileupObjective : public HeadObjective {
 public:
  PileupObjective(const Graph& model, const TokenSet& set, const TokenTensors& data,
                  const torch::Tensor& targets, const HeadOptions& options)
      : HeadObjective(model, set, data, targets, options), truth_(truth_of(Task::kPileup, set)) {}

 protected:
  torch::Tensor loss_of(const torch::Tensor& said, const torch::Tensor& target,
                        const TokenTensors::Inputs& inputs,
                        const torch::Tensor& /*index*/) const override {
    const torch::Tensor each = torch::binary_cross_entropy_with_logits(
        said, target, /*weight=*/{}, /*pos_weight=*/{}, torch::Reduction::None);
    return (each * inputs.valid).sum() / inputs.valid.sum().clamp_min(1.0);
  }
  torch::Tensor validation_targets() const override { return truth_; }
  void add_figures(const std::vector<double>& outputs, const std::vector<int64_t>& rows,
                   std::map<std::string, double>& figures) const override {
    const auto slots = static_cast<size_t>(set_.batch.max_tokens);
    std::vector<double> scores;
    std::vector<uint8_t> labels;
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t t = 0; t < slots; ++t) {
        const size_t at = static_cast<size_t>(rows[i]) * slots + t;
        if (set_.batch.valid[at] == 0) continue;
        scores.push_back(outputs[i * slots + t]);
        labels.push_back(set_.batch.is_pileup[at] == 0);
      }
    }
    figures["validation_auc"] = area_under_roc(scores, labels);
  }

 private:
  const torch::Tensor truth_;
};

class AnomalyObjective : public HeadObjective {
 public:
  using HeadObjective::HeadObjective;

 protected:
  torch::Tensor loss_of(const torch::Tensor& said, const torch::Tensor& target,
                        const TokenTensors::Inputs& /*inputs*/,
                        const torch::Tensor& /*index*/) const override {
    const torch::Tensor score = said.reshape({-1});
    if (!target.defined()) return score.mean();
    const auto logarithm = [](const torch::Tensor& x) { return (x + kSmallestError).log(); };
    return (logarithm(score) - logarithm(target)).square().mean();
  }
  std::vector<int64_t> validation_rows() const override {
    return minimum_bias_rows(set_.batch, set_.validation);
  }
  torch::Tensor validation_targets() const override { return targets_; }
  void add_figures(const std::vector<double>& outputs, const std::vector<int64_t>& rows,
                   std::map<std::string, double>& figures) const override {
    double sum = 0;
    for (const double score : outputs) sum += score;
    figures["validation_score"] = sum / static_cast<double>(rows.size());
  }
};

}  // namespace

torch::Tensor truth_of(Task task, const TokenSet& set) {
  const TokenBatch& batch = set.batch;
  switch (task) {
    case Task::kAccept:
      return labels_of(batch);
    case Task::kMet:  // what is seen balances what is not
      return torch::stack({torch::tensor(batch.missing_x_gev, torch::kFloat32),
                           torch::tensor(batch.missing_y_gev, torch::kFloat32)},
                          1) /
             -kMomentumUnitGev;
    case Task::kPileup:
      return 1 - torch::tensor(batch.is_pileup, torch::kUInt8)
                     .reshape({batch.events, batch.max_tokens})
                     .to(torch::kFloat32);
    case Task::kAnomaly:
      return {};
  }
  internal_error("an unknown task");
}

torch::Tensor opinion_of(Task task, const Graph& teacher, const TokenSet& set,
                         const std::vector<int64_t>& rows, int threads) {
  const TorchGraph graph(teacher);
  const TokenTensors data(set.batch, teacher);
  Shape shape = task == Task::kAccept || task == Task::kAnomaly
                    ? Shape{}
                    : teacher.shape(teacher.outputs()[0].value);
  shape.insert(shape.begin(), std::ssize(rows));
  torch::Tensor said =
      torch::tensor(outputs_of(graph, data, rows, threads), torch::kFloat64).reshape(shape);
  if (task == Task::kAccept || task == Task::kPileup) said = said.sigmoid();
  shape[0] = set.batch.events;
  return torch::zeros(shape).index_copy(0, row_indices(rows), said.to(torch::kFloat32));
}

std::unique_ptr<Objective> make_head_objective(Task task, const Graph& model, const TokenSet& set,
                                               const TokenTensors& data,
                                               const torch::Tensor& targets,
                                               const HeadOptions& options) {
  switch (task) {
    case Task::kAccept:
      return std::make_unique<AcceptObjective>(model, set, data, targets, options);
    case Task::kMet:
      return std::make_unique<MetObjective>(model, set, data, targets, options);
    case Task::kPileup:
      return std::make_unique<PileupObjective>(model, set, data, targets, options);
    case Task::kAnomaly:
      return std::make_unique<AnomalyObjective>(model, set, data, targets, options);
  }
  internal_error("an unknown task");
}

Graph trained_model(const Objective& objective) {
  const auto* head = dynamic_cast<const HeadObjective*>(&objective);
  ensure(head != nullptr, "trained_model: another objective");
  return head->graph().trained();
}

}  // namespace trigstone
