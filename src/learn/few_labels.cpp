#include "learn/few_labels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "graph/passes.h"
#include "learn/linear_probe.h"
#include "learn/run_results.h"
#include "learn/stages.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

constexpr double kHeldBack = 0.2;  // share of the labels that validate

// The set with `count` labels: the last fifth of them validates. The test split stays.
TokenSet with_few_labels(const TokenSet& set, int64_t count, uint64_t seed) {
  TokenSet few = set;
  few.train = choose_labelled(set.batch, set.train, count, seed);
  // Background and signal alternate as they were drawn; both are in either part.
  const auto held = std::max<int64_t>(std::lround(kHeldBack * static_cast<double>(count)), 2);
  few.validation = choose_labelled(set.batch, few.train, held, seed + 1);
  std::vector<int64_t> sorted = few.validation;
  std::sort(sorted.begin(), sorted.end());
  std::erase_if(few.train,
                [&](int64_t row) { return std::binary_search(sorted.begin(), sorted.end(), row); });
  return few;
}

std::vector<uint8_t> labels_at(const TokenSet& set, const std::vector<int64_t>& rows) {
  std::vector<uint8_t> labels;
  for (const int64_t row : rows) labels.push_back(set.batch.accept[static_cast<size_t>(row)]);
  return labels;
}

double area_of(const std::vector<double>& scores, const std::vector<uint8_t>& labels) {
  RocOptions options;
  options.bootstraps = 0;
  return roc_curve(scores, labels, {}, options).area;
}

// The mean latent of every event, as the backbone is; standardised over the training rows.
class Embedding {
 public:
  Embedding(const Graph& backbone, const FinetuneConfig& config, const TokenSet& set) {
    Graph model = make_model(config.backbone, Task::kAccept);
    copy_parameters(backbone, model);
    for (ValueId id = 0; id < model.size(); ++id) {
      if (model.node(id).name == "head.pooled") model = with_outputs(model, {id});
    }
    width_ = static_cast<size_t>(config.backbone.width);
    std::vector<int64_t> rows(static_cast<size_t>(set.batch.events));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    numbers_ = say(drop_dead(model), set, rows, threads_of(config.training));
    for (size_t i = 0; i < width_; ++i) {
      double sum = 0, squares = 0;
      for (const int64_t row : set.train) sum += at(row, i);
      const double mean = sum / static_cast<double>(set.train.size());
      for (const int64_t row : set.train) squares += (at(row, i) - mean) * (at(row, i) - mean);
      const double spread = std::sqrt(squares / static_cast<double>(set.train.size()) + 1e-12);
      for (const int64_t row : rows) at(row, i) = (at(row, i) - mean) / spread;
    }
  }
  std::vector<double> of(const std::vector<int64_t>& rows) const {
    std::vector<double> x;
    for (const int64_t row : rows) {
      const auto first = numbers_.begin() + row * static_cast<int64_t>(width_);
      x.insert(x.end(), first, first + static_cast<int64_t>(width_));
    }
    return x;
  }

 private:
  double& at(int64_t row, size_t i) { return numbers_[static_cast<size_t>(row) * width_ + i]; }
  size_t width_ = 0;
  std::vector<double> numbers_;
};

double probe_area(const Embedding& embedding, const TokenSet& few) {
  const std::vector<double> x = embedding.of(few.train), held = embedding.of(few.validation);
  const auto labels = labels_at(few, few.train), held_labels = labels_at(few, few.validation);
  LinearProbe best;
  double lowest = std::numeric_limits<double>::infinity();
  for (const double l2 : {1e-3, 1e-2, 1e-1, 1.0}) {
    const LinearProbe probe = fit_linear_probe(x, labels, l2);
    const double loss = balanced_cross_entropy(probe.scores(held), held_labels);
    if (loss < lowest) {
      lowest = loss;
      best = probe;
    }
  }
  return area_of(best.scores(embedding.of(few.test)), labels_at(few, few.test));
}

double trained_area(const TokenSet& few, const FinetuneConfig& config, const Graph* backbone,
                    const fs::path& from, const fs::path& folder) {
  RunFolder run(folder, "finetune", to_toml(config), config.training.seed, false);
  const Finetuned trained = train_head(few, config, backbone, from, run, false);
  run.write_model(trained.model);
  return area_of(say(trained.model, few, few.test, threads_of(config.training)),
                 labels_at(few, few.test));
}

void summarise(FewLabelArm& arm) {
  const auto count = static_cast<double>(arm.areas.size());
  arm.mean = std::accumulate(arm.areas.begin(), arm.areas.end(), 0.0) / count;
  double squares = 0;
  for (const double area : arm.areas) squares += (area - arm.mean) * (area - arm.mean);
  const double deviation = count > 1 ? std::sqrt(squares / (count - 1)) : 0;
  arm.low = arm.mean - deviation;
  arm.high = arm.mean + deviation;
}

Json few_label_results(const std::vector<FewLabelPoint>& points, const std::string& command) {
  Json series = Json::array(), rows = Json::array();
  for (size_t a = 0; a < points.front().arms.size(); ++a) {
    std::vector<double> x, y, low, high;
    for (const FewLabelPoint& point : points) {
      const FewLabelArm& arm = point.arms[a];
      x.push_back(static_cast<double>(point.labels));
      y.push_back(arm.mean);
      low.push_back(arm.low);
      high.push_back(arm.high);
      rows.push_back({point.labels, arm.name, arm.areas.size(), arm.mean, arm.low, arm.high});
    }
    series.push_back(
        {{"name", points.front().arms[a].name}, {"x", x}, {"y", y}, {"low", low}, {"high", high}});
  }
  const std::string meaning =
      "Area under the ROC on the test split with so many labelled events in all, a fifth of them "
      "kept to choose when to stop; bands: one standard deviation over draws of the labels.";
  const Json picture = {{"type", "lines"},
                        {"title", "Few labels"},
                        {"meaning", meaning},
                        {"command", command},
                        {"x", {{"label", "labelled events"}, {"log", true}}},
                        {"y", {{"label", "area under the ROC"}}},
                        {"series", series}};
  const Json table = {{"type", "table"},
                      {"title", "Few labels, in numbers"},
                      {"meaning", meaning},
                      {"command", command},
                      {"columns", {"labels", "arm", "seeds", "area", "low", "high"}},
                      {"rows", rows}};
  return {
      {"schema", "trigstone.results/1"},
      {"title", "Few labels"},
      {"sections", Json::array({{{"title", "Few labels"},
                                 {"text", "What pre-training is worth, by the number of labels."},
                                 {"items", Json::array({picture, table})}}})}};
}

std::string command_of(const FewLabelOptions& options, const fs::path& from, const fs::path& out) {
  std::string counts;
  for (const int64_t labels : options.labels) {
    counts += fmt::format("{}{}", counts.empty() ? "" : ",", labels);
  }
  return fmt::format("trigstone finetune {} --from {} --few-labels {} --seeds {} -o few",
                     (out / "trigstone.toml").string(), from.string(), counts, options.seeds);
}

}  // namespace

std::vector<FewLabelPoint> compare_few_labels(const FinetuneConfig& config,
                                              const FewLabelOptions& options, const fs::path& from,
                                              const fs::path& out) {
  prepare_torch();
  check_features(config.backbone);
  const Graph backbone = read_run_model(from);
  const TokenSet set = load_token_set(config.events, config.backbone.tokens);
  for (const int64_t labels : options.labels) {
    if (labels < 10 || labels > std::ssize(set.train)) {
      throw Error("--few-labels",
                  fmt::format("{} labels are asked for, the training split of {} has {} events",
                              labels, config.events.string(), set.train.size()),
                  "ask for 10 or more, and no more than there are");
    }
  }
  RunFolder folder(out, "finetune", to_toml(config), config.training.seed, false);
  const Embedding embedding(backbone, config, set);
  std::vector<FewLabelPoint> points;
  Progress progress("few labels", std::ssize(options.labels) * options.seeds, "draws");
  for (const int64_t labels : options.labels) {
    FewLabelPoint point{
        labels,
        {{"from the backbone", {}}, {"from scratch", {}}, {"linear cut on the backbone", {}}}};
    for (int64_t s = 0; s < options.seeds; ++s) {
      FinetuneConfig one = config;
      one.task = Task::kAccept;
      one.labels = 0;  // the set has no others
      one.training.seed = config.training.seed + static_cast<uint64_t>(s);
      one.backbone.seed = config.backbone.seed + static_cast<uint64_t>(s);
      one.training.keep_best = true;
      one.training.batch = std::min(config.training.batch, std::max<int64_t>(labels / 3, 4));
      const TokenSet few = with_few_labels(set, labels, one.training.seed);
      const auto place = [&](const char* arm) {
        return out / fmt::format("{}-{}-{}", arm, labels, s + 1);
      };
      point.arms[0].areas.push_back(trained_area(few, one, &backbone, from, place("backbone")));
      FinetuneConfig scratch = one;  // nothing learnt yet that a slow backbone would keep
      scratch.training.backbone_rate = 1.0;
      scratch.training.frozen_steps = 0;
      point.arms[1].areas.push_back(trained_area(few, scratch, nullptr, {}, place("scratch")));
      point.arms[2].areas.push_back(probe_area(embedding, few));
      progress.update(std::ssize(points) * options.seeds + s + 1);
    }
    for (FewLabelArm& arm : point.arms) summarise(arm);
    points.push_back(point);
  }
  folder.write_results(few_label_results(points, command_of(options, from, out)));
  return points;
}

Json to_json(const std::vector<FewLabelPoint>& points) {
  Json list = Json::array();
  for (const FewLabelPoint& point : points) {
    Json arms = Json::array();
    for (const FewLabelArm& arm : point.arms) {
      arms.push_back({{"name", arm.name},
                      {"areas", arm.areas},
                      {"mean", arm.mean},
                      {"low", arm.low},
                      {"high", arm.high}});
    }
    list.push_back({{"labels", point.labels}, {"arms", arms}});
  }
  return {{"schema", "trigstone.few_labels/1"}, {"points", list}};
}

}  // namespace trigstone
