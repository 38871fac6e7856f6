// Signal or minimum bias, from the classifier's logit.
#include "base/error.h"
#include "base/threads.h"
#include "learn/objective.h"
#include "learn/roc.h"

namespace trigstone {

namespace {

class AcceptObjective : public Objective {
 public:
  AcceptObjective(const Graph& classifier, const TokenSet& set, const TokenTensors& data,
                  const torch::Tensor& targets, bool augment)
      : graph_(classifier), set_(set), data_(data), targets_(targets), augment_(augment) {
    double signal = 0;
    for (const int64_t row : set.train) signal += set.batch.accept[static_cast<size_t>(row)];
    const double share = signal / static_cast<double>(set.train.size());
    // Both classes weigh the same in all, so that the logit is 0 where they are equally likely.
    signal_weight_ = share > 0 ? 0.5 / share : 1.0;
    background_weight_ = share < 1 ? 0.5 / (1 - share) : 1.0;
    labels_ = torch::tensor(set.batch.accept, torch::kUInt8).to(torch::kFloat32);
  }

  torch::Tensor loss(const std::vector<int64_t>& rows, Random& random) override {
    const torch::Tensor index = row_indices(rows);
    const auto [tokens, valid] = augment_ ? data_.turned_rows(index, random) : data_.rows(index);
    const torch::Tensor logit = graph_.run({tokens, valid})[0].reshape({-1});
    return weighted(logit, targets_.index_select(0, index), labels_.index_select(0, index));
  }

  std::map<std::string, double> validate() override {
    const torch::NoGradGuard no_gradient;
    const std::vector<double> scores =
        score_rows(graph_, data_, set_.validation, hardware_threads());
    std::vector<uint8_t> labels;
    for (const int64_t row : set_.validation) {
      labels.push_back(set_.batch.accept[static_cast<size_t>(row)]);
    }
    const torch::Tensor logit = torch::tensor(scores, torch::kFloat64).to(torch::kFloat32);
    const torch::Tensor truth = labels_.index_select(0, row_indices(set_.validation));
    RocOptions options;
    options.bootstraps = 0;
    return {{"validation_loss", weighted(logit, truth, truth).item<double>()},
            {"validation_auc", roc_curve(scores, labels, {}, options).area}};
  }

  void use_batch_statistics(bool on) override { graph_.use_batch_statistics(on); }
  std::vector<TorchGraph::Named> parameters() const override { return graph_.parameters(); }
  const TorchGraph& graph() const { return graph_; }

 private:
  torch::Tensor weighted(const torch::Tensor& logit, const torch::Tensor& target,
                         const torch::Tensor& label) const {
    const torch::Tensor weight = label * (signal_weight_ - background_weight_) + background_weight_;
    return torch::binary_cross_entropy_with_logits(logit, target, weight);
  }

  TorchGraph graph_;
  const TokenSet& set_;
  const TokenTensors& data_;
  const torch::Tensor targets_;
  const bool augment_;
  torch::Tensor labels_;
  double signal_weight_ = 1, background_weight_ = 1;
};

}  // namespace

std::unique_ptr<Objective> make_accept_objective(const Graph& classifier, const TokenSet& set,
                                                 const TokenTensors& data,
                                                 const torch::Tensor& targets, bool augment) {
  return std::make_unique<AcceptObjective>(classifier, set, data, targets, augment);
}

Graph trained_classifier(const Objective& objective) {
  const auto* accept = dynamic_cast<const AcceptObjective*>(&objective);
  ensure(accept != nullptr, "trained_classifier: another objective");
  return accept->graph().trained();
}

}  // namespace trigstone
