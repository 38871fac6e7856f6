// Masked particles (MPM, arXiv:2401.13537; masking 30 to 40 % served best there and in its
// successor, arXiv:2409.12589). A masked token keeps its direction, as an image patch keeps its
// place in a masked auto-encoder; the learned mask token, which lives outside the graph, replaces
// the rest of its features. Beside it the mean latent of what is left says sums over the whole
// event (event_sums.h), and, where views of a collision are compared, is drawn to that of another
// view: the masked event is the one side, the whole other view the other, as in masked Siamese
// networks (arXiv:2204.07141).
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learn/event_sums.h"
#include "learn/objective.h"
#include "learn/view_contrast.h"
#include "learn/view_pairs.h"

namespace trigstone {

namespace {

constexpr const char* kDirection[] = {"eta", "sin_phi", "cos_phi"};
constexpr const char* kPredicted[] = {"log_pt", "z0", "dxy", "depth", "quality"};
constexpr auto kTargets = static_cast<int64_t>(std::size(kPredicted));

class MaskedObjective : public Objective {
 public:
  MaskedObjective(const PretrainConfig& config, const TokenSet& set, const TokenTensors& data)
      : config_(config),
        set_(set),
        data_(data),
        backbone_(make_backbone(config.backbone)),
        decoder_(make_decoder(config.backbone, kTargets + kTokenKinds)),
        summary_(make_summary(config.backbone, static_cast<int64_t>(kEventSums.size()))),
        projection_(make_projection(config.backbone)),
        mask_token_(torch::zeros({config.backbone.features})) {
    mask_token_.set_requires_grad(true);
    kind_ = torch::tensor(set.batch.kind, torch::kInt8)
                .reshape({set.batch.events, set.batch.max_tokens})
                .to(torch::kLong);
    hidden_ = torch::ones({config.backbone.features});
    for (const char* name : kDirection) hidden_[feature_named(name)] = 0.0f;
    std::vector<int64_t> predicted;
    for (const char* name : kPredicted) predicted.push_back(feature_named(name));
    predicted_ = row_indices(predicted);
    standardise();
    if (!compares_views()) return;
    training_views_.emplace(set.batch, set.train);
    validation_views_.emplace(set.batch, set.validation);
  }

  torch::Tensor loss(const std::vector<int64_t>& rows, Random& random) override {
    const torch::Tensor index = row_indices(rows);
    const Parts parts = predict(
        rows, config_.training.augment ? data_.turned_rows(index, random) : data_.rows(index),
        random);
    if (!compares_views()) return total(parts);
    const ViewContrast views =
        compare(*training_views_, rows, parts.latents, random, config_.training.augment);
    return total(parts) + config_.view_weight * views.loss;
  }

  std::map<std::string, double> validate() override {
    const torch::NoGradGuard no_gradient;
    double loss = 0, regression = 0, correct = 0, sums = 0, blocks = 0;
    double contrast = 0, found = 0, compared = 0;
    constexpr size_t kBlock = 256, kMostRows = 2048;
    const size_t count = std::min(set_.validation.size(), kMostRows);
    for (size_t begin = 0; begin < count; begin += kBlock, blocks += 1) {
      const std::vector<int64_t> rows(
          set_.validation.begin() + static_cast<int64_t>(begin),
          set_.validation.begin() + static_cast<int64_t>(std::min(begin + kBlock, count)));
      Random random(kValidationMasks, begin);  // the same masks each time
      const Parts parts = predict(rows, data_.rows(row_indices(rows)), random);
      loss += total(parts).item<double>();
      sums += parts.sums.item<double>();
      regression += parts.regression.item<double>();
      correct += parts.correct.item<double>();
      if (!compares_views()) continue;
      const auto pairs = static_cast<double>(std::ssize(with_partner(*validation_views_, rows)));
      const ViewContrast views = compare(*validation_views_, rows, parts.latents, random, false);
      contrast += pairs * views.loss.item<double>();
      found += pairs * views.accuracy;
      compared += pairs;
    }
    std::map<std::string, double> figures = {{"validation_loss", loss / blocks},
                                             {"validation_regression", regression / blocks},
                                             {"validation_kind_accuracy", correct / blocks},
                                             {"validation_sums", sums / blocks}};
    if (compared > 0) {
      figures["validation_views"] = contrast / compared;
      figures["validation_views_found"] = found / compared;
      figures["validation_loss"] += config_.view_weight * contrast / compared;
    }
    return figures;
  }

  void use_batch_statistics(bool on) override {
    backbone_.use_batch_statistics(on);
    decoder_.use_batch_statistics(on);
    summary_.use_batch_statistics(on);
    projection_.use_batch_statistics(on);
  }

  std::vector<TorchGraph::Named> parameters() const override {
    std::vector<TorchGraph::Named> all = backbone_.parameters();
    all.insert(all.end(), decoder_.parameters().begin(), decoder_.parameters().end());
    all.insert(all.end(), summary_.parameters().begin(), summary_.parameters().end());
    all.emplace_back("mask_token", mask_token_);
    if (!compares_views()) return all;
    all.insert(all.end(), projection_.parameters().begin(), projection_.parameters().end());
    return all;
  }

  const TorchGraph& backbone() const { return backbone_; }

 private:
  static constexpr uint64_t kValidationMasks = 0x6d61736b;
  struct Parts {
    torch::Tensor regression, kind, correct, sums, latents;
  };
  bool compares_views() const { return config_.view_weight > 0; }
  torch::Tensor total(const Parts& parts) const {
    return parts.regression + config_.kind_weight * parts.kind +
           config_.summary_weight * parts.sums;
  }

  // Mean and spread of the predicted features over the valid training tokens.
  void standardise() {
    const torch::Tensor index = row_indices(set_.train);
    const torch::Tensor values =
        data_.tokens().index_select(0, index).index_select(2, predicted_).reshape({-1, kTargets});
    const torch::Tensor valid = data_.valid().index_select(0, index).reshape({-1, 1});
    const torch::Tensor count = valid.sum().clamp_min(1.0);
    mean_ = (values * valid).sum(0) / count;
    const torch::Tensor variance = ((values - mean_).square() * valid).sum(0) / count;
    inverse_spread_ = (variance + 1e-6).rsqrt();
    const torch::Tensor sums = event_sums(data_), seen = sums.index_select(0, index);
    sums_ = (sums - seen.mean(0)) / (seen.var(0, false) + 1e-6).sqrt();
  }

  // 1 at the tokens to mask: the given share of each event's valid ones, one at least.
  torch::Tensor choose_mask(const std::vector<int64_t>& rows, Random& random) const {
    const auto slots = static_cast<size_t>(set_.batch.max_tokens);
    std::vector<float> mask(rows.size() * slots, 0.0f);
    std::vector<size_t> valid;
    for (size_t i = 0; i < rows.size(); ++i) {
      valid.clear();
      const size_t first = static_cast<size_t>(rows[i]) * slots;
      for (size_t t = 0; t < slots; ++t) {
        if (set_.batch.valid[first + t] != 0) valid.push_back(t);
      }
      const auto wanted =
          static_cast<size_t>(std::ceil(config_.mask_fraction * static_cast<double>(valid.size())));
      for (size_t k = 0; k < wanted; ++k) {
        const auto pick = static_cast<size_t>(
            random.integer(static_cast<int64_t>(k), static_cast<int64_t>(valid.size()) - 1));
        std::swap(valid[k], valid[pick]);
        mask[i * slots + valid[k]] = 1.0f;
      }
    }
    return torch::tensor(mask).reshape({static_cast<int64_t>(rows.size()), -1});
  }

  Parts predict(const std::vector<int64_t>& rows, const TokenTensors::Inputs& inputs,
                Random& random) const {
    const torch::Tensor mask = choose_mask(rows, random);
    const auto& [tokens, valid, turn] = inputs;
    const torch::Tensor replaced = mask.unsqueeze(2) * hidden_;  // [events, slots, features]
    const torch::Tensor shown = tokens + replaced * (mask_token_ - tokens);
    const torch::Tensor latents = backbone_.run({shown, valid})[0];
    const torch::Tensor all =
        decoder_.run({latents, valid})[0].reshape({-1, kTargets + kTokenKinds});
    const torch::Tensor masked = mask.reshape({-1}).nonzero().squeeze(1);
    const torch::Tensor said = all.index_select(0, masked);
    const torch::Tensor truth =
        (tokens.reshape({-1, tokens.size(2)}).index_select(0, masked).index_select(1, predicted_) -
         mean_) *
        inverse_spread_;
    const torch::Tensor kind =
        kind_.index_select(0, row_indices(rows)).reshape({-1}).index_select(0, masked);
    const torch::Tensor guess = said.narrow(1, kTargets, kTokenKinds);
    const torch::Tensor summary = summary_.run({latents, valid})[0];
    const torch::Tensor sums = sums_.index_select(0, row_indices(rows));
    return {torch::smooth_l1_loss(said.narrow(1, 0, kTargets), truth),
            torch::cross_entropy_loss(guess, kind),
            (guess.argmax(1) == kind).to(torch::kFloat32).mean(),
            torch::smooth_l1_loss(summary, sums), latents};
  }

  // Places in `rows` that have another view.
  static std::vector<int64_t> with_partner(const ViewPairs& views,
                                           const std::vector<int64_t>& rows) {
    std::vector<int64_t> places;
    for (int64_t i = 0; i < std::ssize(rows); ++i) {
      if (views.has_partner(rows[static_cast<size_t>(i)])) places.push_back(i);
    }
    return places;
  }

  // `latents` are of `rows`. Rows that stand alone take no part.
  ViewContrast compare(const ViewPairs& views, const std::vector<int64_t>& rows,
                       const torch::Tensor& latents, Random& random, bool turn) const {
    const std::vector<int64_t> places = with_partner(views, rows);
    if (places.empty()) return {torch::zeros({}), 0};
    std::vector<int64_t> partners, collision;
    for (const int64_t place : places) {
      const int64_t row = rows[static_cast<size_t>(place)];
      partners.push_back(views.partner(row, random));
      collision.push_back(views.collision(row));
    }
    const torch::Tensor here = row_indices(places), there = row_indices(partners);
    const TokenTensors::Inputs other = turn ? data_.turned_rows(there, random) : data_.rows(there);
    const torch::Tensor valid = data_.rows(row_indices(rows)).valid.index_select(0, here);
    const torch::Tensor anchors = projection_.run({latents.index_select(0, here), valid})[0];
    const torch::Tensor seen = backbone_.run({other.tokens, other.valid})[0];
    return contrast_views(anchors, projection_.run({seen, other.valid})[0], collision,
                          config_.view_temperature);
  }

  const PretrainConfig config_;
  const TokenSet& set_;
  const TokenTensors& data_;
  TorchGraph backbone_, decoder_, summary_, projection_;
  std::optional<ViewPairs> training_views_, validation_views_;
  torch::Tensor mask_token_, hidden_, predicted_, mean_, inverse_spread_, kind_, sums_;
};

}  // namespace

std::unique_ptr<Objective> make_masked_objective(const PretrainConfig& config, const TokenSet& set,
                                                 const TokenTensors& data) {
  return std::make_unique<MaskedObjective>(config, set, data);
}

Graph trained_backbone(const Objective& objective) {
  const auto* masked = dynamic_cast<const MaskedObjective*>(&objective);
  ensure(masked != nullptr, "trained_backbone: another objective");
  return masked->backbone().trained();
}

}  // namespace trigstone
