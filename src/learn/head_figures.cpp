#include "learn/head_figures.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/error.h"

namespace trigstone {

namespace {

constexpr double kMuchMissingGev = 50;  // true missing momentum of a signal of the MET trigger
constexpr double kNothingGev = 1;       // below, the direction of the truth means nothing
const std::vector<double> kMetEdgesGev = {0, 1, 30, 60, 100, 1000};
// Tokens of one event are not independent; their bands are for the eye, and fewer draws serve.
constexpr int kTokenBootstraps = 40;

using Values = std::vector<double>;

class Figures {
 public:
  Figures(Task task, const Values& outputs, const TokenSet& set, const std::vector<int64_t>& rows,
          const Baselines& baselines)
      : outputs_(outputs), batch_(set.batch), rows_(rows), baselines_(baselines) {
    figures_.task = task;
  }

  HeadFigures run() {
    switch (figures_.task) {
      case Task::kAccept:
        accept();
        break;
      case Task::kMet:
        met();
        break;
      case Task::kPileup:
        pileup();
        break;
      case Task::kAnomaly:
        anomaly();
        break;
    }
    return std::move(figures_);
  }

 private:
  struct Score {
    std::string name;
    Values values;
  };

  // One curve a score; none when a class is missing. Labels: 1 signal, 0 background, else left out.
  void add_curves(const std::string& question, const std::vector<Score>& scores,
                  const std::vector<int>& labels, const RocOptions& options = {}) {
    if (std::count(labels.begin(), labels.end(), 1) == 0 ||
        std::count(labels.begin(), labels.end(), 0) == 0) {
      return;
    }
    for (const Score& score : scores) {
      Values kept;
      std::vector<uint8_t> is_signal;
      for (size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] != 0 && labels[i] != 1) continue;
        kept.push_back(score.values[i]);
        is_signal.push_back(labels[i] == 1);
      }
      figures_.curves.push_back({question, score.name, roc_curve(kept, is_signal, {}, options)});
    }
  }

  // One number a row.
  template <class Of>
  std::vector<int> labels(Of of) const {
    std::vector<int> list;
    for (const int64_t row : rows_) list.push_back(of(static_cast<size_t>(row)));
    return list;
  }
  bool is_minimum_bias(size_t row) const { return batch_.accept[row] == 0; }
  double true_missing_gev(size_t row) const {
    return std::hypot(batch_.missing_x_gev[row], batch_.missing_y_gev[row]);
  }
  static Values amounts(const std::vector<MissingMomentum>& missing) {
    Values values;
    for (const MissingMomentum& one : missing) values.push_back(one.pt_gev());
    return values;
  }

  void accept() {
    add_curves("signal against minimum bias",
               {{"accept head", outputs_},
                {"HT", baselines_.ht_gev},
                {"PUPPI MET", amounts(baselines_.puppi_missing)},
                {"leading jet", baselines_.leading_jet_gev}},
               labels([&](size_t row) { return is_minimum_bias(row) ? 0 : 1; }));
  }

  void anomaly() {
    std::set<int16_t> signals;
    for (const int64_t row : rows_) {
      if (!is_minimum_bias(static_cast<size_t>(row))) {
        signals.insert(batch_.process[static_cast<size_t>(row)]);
      }
    }
    for (const int16_t signal : signals) {
      add_curves(fmt::format("{} against minimum bias", process_name(static_cast<Process>(signal))),
                 {{"anomaly head", outputs_},
                  {"HT", baselines_.ht_gev},
                  {"number of PUPPI tokens", baselines_.kept_tokens}},
                 labels([&](size_t row) {
                   return is_minimum_bias(row) ? 0 : batch_.process[row] == signal ? 1 : -1;
                 }));
    }
  }

  void pileup() {
    const auto slots = static_cast<size_t>(batch_.max_tokens);
    Score head{"pile-up head", {}}, puppi{"PUPPI weight", {}}, pt{"pT of the token", {}};
    std::vector<int> from_hard;
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (size_t t = 0; t < slots; ++t) {
        const size_t at = static_cast<size_t>(rows_[i]) * slots + t;
        if (batch_.valid[at] == 0) continue;
        head.values.push_back(outputs_[i * slots + t]);
        puppi.values.push_back(baselines_.puppi_weight[i * slots + t]);
        pt.values.push_back(batch_.pt_gev[at]);
        from_hard.push_back(batch_.is_pileup[at] == 0 ? 1 : 0);
      }
    }
    RocOptions options;
    options.bootstraps = kTokenBootstraps;
    add_curves("tokens of the hard collision against pile-up", {head, puppi, pt}, from_hard,
               options);
  }

  void met() {
    std::vector<MissingMomentum> head;
    for (size_t i = 0; i < rows_.size(); ++i) {
      head.push_back(
          {-kMomentumUnitGev * outputs_[2 * i], -kMomentumUnitGev * outputs_[2 * i + 1], 0});
    }
    figures_.met_edges_gev = kMetEdgesGev;
    for (size_t bin = 0; bin + 1 < kMetEdgesGev.size(); ++bin) {
      figures_.met_events.push_back(std::ssize(rows_in(bin)));
    }
    add_resolution("MET head", head);
    add_resolution("PUPPI MET", baselines_.puppi_missing);
    add_resolution("raw MET", baselines_.raw_missing);
    add_curves(
        fmt::format("more than {} GeV of missing momentum against minimum bias", kMuchMissingGev),
        {{"MET head", amounts(head)},
         {"PUPPI MET", amounts(baselines_.puppi_missing)},
         {"raw MET", amounts(baselines_.raw_missing)}},
        labels([&](size_t row) {
          if (is_minimum_bias(row)) return 0;
          return true_missing_gev(row) > kMuchMissingGev ? 1 : -1;
        }));
  }

  // Places in rows_ of the events in a bin of true missing momentum.
  std::vector<size_t> rows_in(size_t bin) const {
    std::vector<size_t> places;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const double gev = true_missing_gev(static_cast<size_t>(rows_[i]));
      if (gev >= kMetEdgesGev[bin] && gev < kMetEdgesGev[bin + 1]) places.push_back(i);
    }
    return places;
  }

  void add_resolution(const std::string& name, const std::vector<MissingMomentum>& estimate) {
    MetResolution resolution{name, {}, {}, {}};
    for (size_t bin = 0; bin + 1 < kMetEdgesGev.size(); ++bin) {
      double along = 0, truth = 0, parallel = 0, perpendicular = 0;
      const std::vector<size_t> places = rows_in(bin);
      for (const size_t i : places) {
        const auto row = static_cast<size_t>(rows_[i]);
        const double gev = true_missing_gev(row);
        const bool has_direction = gev >= kNothingGev;
        const double x = has_direction ? batch_.missing_x_gev[row] / gev : 1.0;
        const double y = has_direction ? batch_.missing_y_gev[row] / gev : 0.0;
        const double u = estimate[i].x_gev * x + estimate[i].y_gev * y;
        const double v = estimate[i].y_gev * x - estimate[i].x_gev * y;
        along += u;
        truth += gev;
        parallel += (u - gev) * (u - gev);
        perpendicular += v * v;
      }
      const auto count = static_cast<double>(std::max<size_t>(places.size(), 1));
      resolution.response.push_back(truth > kNothingGev * count ? along / truth : 0.0);
      resolution.parallel_gev.push_back(std::sqrt(parallel / count));
      resolution.perpendicular_gev.push_back(std::sqrt(perpendicular / count));
    }
    figures_.resolutions.push_back(resolution);
  }

  HeadFigures figures_;
  const Values& outputs_;
  const TokenBatch& batch_;
  const std::vector<int64_t>& rows_;
  const Baselines& baselines_;
};

}  // namespace

HeadFigures head_figures(Task task, const std::vector<double>& outputs, const TokenSet& set,
                         const std::vector<int64_t>& rows, const Baselines& baselines) {
  return Figures(task, outputs, set, rows, baselines).run();
}

Json to_json(const HeadFigures& figures) {
  Json curves = Json::array(), resolutions = Json::array();
  for (const NamedRoc& curve : figures.curves) {
    curves.push_back(
        {{"question", curve.question}, {"name", curve.name}, {"roc", to_json(curve.roc)}});
  }
  for (const MetResolution& one : figures.resolutions) {
    resolutions.push_back({{"name", one.name},
                           {"response", one.response},
                           {"parallel_gev", one.parallel_gev},
                           {"perpendicular_gev", one.perpendicular_gev}});
  }
  Json json = {{"task", task_name(figures.task)}, {"curves", curves}};
  if (!figures.resolutions.empty()) {
    json["met_edges_gev"] = figures.met_edges_gev;
    json["met_events"] = figures.met_events;
    json["resolutions"] = resolutions;
  }
  return json;
}

}  // namespace trigstone
