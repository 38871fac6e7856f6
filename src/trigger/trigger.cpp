#include "trigger/trigger.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "trigger/decisions.h"

namespace trigstone {

namespace {

constexpr double kComparedKhz = 300;
constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr int kCurvePoints = 24;
constexpr double kCurveEndKhz = 10000;

// Rows of a process and their weights.
struct ProcessRows {
  std::vector<size_t> rows;
  double sum = 0, squares = 0;

  void add(size_t row, double weight) {
    rows.push_back(row);
    sum += weight;
    squares += weight * weight;
  }
  double effective() const { return squares > 0 ? sum * sum / squares : 0; }
};

Efficiency efficiency(const Decisions& decisions, const ProcessRows& process,
                      const std::function<double(size_t row)>& probability) {
  Efficiency result;
  double kept = 0;
  for (const size_t row : process.rows) kept += decisions.weight[row] * probability(row);
  if (process.sum > 0) result.value = std::min(1.0, kept / process.sum);
  const double effective = process.effective();
  result.band = result.full_band = binomial_interval(result.value * effective, effective);
  return result;
}

// One number an event to cut on, for the comparison at equal rate.
struct Selection {
  std::string name;
  bool has_head = false;
  std::vector<double> scores;  // of every event
};

// The events of a process by falling score: efficiencies at any threshold by bisection.
class ScoredProcess {
 public:
  ScoredProcess(const Decisions& decisions, const Selection& selection, const ProcessRows& rows)
      : total_(rows.sum), effective_(rows.effective()) {
    std::vector<size_t> order;
    for (const size_t row : rows.rows) {
      if (selection.scores[row] > kNever) order.push_back(row);
    }
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return selection.scores[a] > selection.scores[b]; });
    double sum = 0;
    for (const size_t row : order) {
      sum += decisions.weight[row];
      scores_.push_back(selection.scores[row]);
      kept_.push_back(sum);
    }
  }

  double value(double threshold) const {
    const auto passed = std::partition_point(scores_.begin(), scores_.end(),
                                             [&](double score) { return score >= threshold; });
    if (passed == scores_.begin() || total_ <= 0) return 0;
    return std::min(1.0, kept_[static_cast<size_t>(passed - scores_.begin() - 1)] / total_);
  }
  Efficiency at(double threshold) const {
    Efficiency result;
    result.value = value(threshold);
    result.band = result.full_band = binomial_interval(result.value * effective_, effective_);
    return result;
  }
  // Adds to the band of counting what the threshold's own error does.
  Efficiency at(double threshold, const std::vector<double>& replicas) const {
    Efficiency result = at(threshold);
    std::vector<double> values;
    for (const double replica : replicas) values.push_back(value(replica));
    if (values.empty()) return result;
    std::sort(values.begin(), values.end());
    const auto quantile = [&](double share) {
      return values[static_cast<size_t>(
          std::lround(share * static_cast<double>(values.size() - 1)))];
    };
    const double below =
        std::hypot(result.value - result.band.low, std::max(0.0, result.value - quantile(0.16)));
    const double above =
        std::hypot(result.band.high - result.value, std::max(0.0, quantile(0.84) - result.value));
    result.full_band = {std::max(0.0, result.value - below), std::min(1.0, result.value + above)};
    return result;
  }

 private:
  double total_, effective_;
  std::vector<double> scores_, kept_;
};

class Analysis {
 public:
  Analysis(const Menu& menu, const Decisions& decisions, const std::string& where,
           const TriggerOptions& options)
      : menu_(menu),
        decisions_(decisions),
        options_(options),
        background_(rows_of(Process::kMinimumBias)),
        sample_(weights_of(background_), hard_ids_of(background_), where, options.bootstraps,
                options.seed) {}

  TriggerResult result() const {
    TriggerResult result;
    result.menu = menu_;
    result.crossings = sample_.crossings();
    result.blocks = sample_.blocks();
    result.effective_crossings = sample_.effective_crossings();
    result.smallest_khz = sample_.smallest_khz();
    result.collision_reuse = decisions_.collision_reuse;
    for (size_t seed = 0; seed < menu_.seeds.size(); ++seed)
      result.seeds.push_back(seed_result(seed));
    result.total = rate([&](size_t row) { return menu_probability(row); });
    std::vector<ProcessRows> processes;
    for (size_t p = 0; p < kProcessNames.size(); ++p) {
      const auto process = static_cast<Process>(p);
      if (process == Process::kMinimumBias) continue;
      ProcessRows rows = rows_of(process);
      if (rows.sum <= 0) continue;
      result.processes.push_back(process_result(process, rows));
      processes.push_back(std::move(rows));
    }
    add_equal_rate(result, processes);
    add_bits(result);
    return result;
  }

 private:
  ProcessRows rows_of(Process process) const {
    ProcessRows found;
    for (size_t row = 0; row < decisions_.size(); ++row) {
      if (decisions_.process[row] == process) found.add(row, decisions_.weight[row]);
    }
    return found;
  }
  std::vector<double> weights_of(const ProcessRows& rows) const {
    std::vector<double> weights;
    for (const size_t row : rows.rows) weights.push_back(decisions_.weight[row]);
    return weights;
  }
  std::vector<int32_t> hard_ids_of(const ProcessRows& rows) const {
    std::vector<int32_t> ids;
    for (const size_t row : rows.rows) ids.push_back(decisions_.hard_id[row]);
    return ids;
  }

  bool passed(size_t row, size_t seed) const { return decisions_.answer(row, seed).passed; }
  double kept_share(size_t seed) const {
    return 1 / static_cast<double>(menu_.seeds[seed].prescale);
  }
  // Prescale counters of different seeds do not know of each other: their chances multiply.
  double menu_probability(size_t row, size_t except = SIZE_MAX) const {
    double dropped = 1;
    for (size_t s = 0; s < menu_.seeds.size(); ++s) {
      if (s != except && passed(row, s)) dropped *= 1 - kept_share(s);
    }
    return 1 - dropped;
  }
  Rate rate(const std::function<double(size_t row)>& probability, double largest = 1) const {
    std::vector<double> values;
    values.reserve(background_.rows.size());
    for (const size_t row : background_.rows) values.push_back(probability(row));
    return sample_.rate(values, largest);
  }

  SeedResult seed_result(size_t seed) const {
    SeedResult result;
    result.name = menu_.seeds[seed].name;
    result.prescale = menu_.seeds[seed].prescale;
    result.has_head = menu_.seeds[seed].has_head();
    const double share = kept_share(seed);
    result.rate = rate([&](size_t row) { return passed(row, seed) ? share : 0; }, share);
    result.pure = rate(
        [&](size_t row) {
          return passed(row, seed) ? share * (1 - menu_probability(row, seed)) : 0;
        },
        share);
    for (size_t other = 0; other < menu_.seeds.size(); ++other) {
      const double both = other == seed ? share : share * kept_share(other);
      result.overlap.push_back(rate(
          [&](size_t row) { return passed(row, seed) && passed(row, other) ? both : 0; }, both));
    }
    return result;
  }

  ProcessEfficiencies process_result(Process process, const ProcessRows& rows) const {
    ProcessEfficiencies result;
    result.process = process;
    result.events = std::ssize(rows.rows);
    for (size_t seed = 0; seed < menu_.seeds.size(); ++seed) {
      result.seeds.push_back(
          efficiency(decisions_, rows, [&](size_t row) { return passed(row, seed) ? 1.0 : 0.0; }));
    }
    result.menu = efficiency(decisions_, rows, [&](size_t row) { return menu_probability(row); });
    return result;
  }

  std::vector<Selection> selections() const {
    std::vector<Selection> all;
    Selection classical{kClassicalMenuName, false, std::vector<double>(decisions_.size(), kNever)};
    bool any_classical = false;
    for (size_t s = 0; s < menu_.seeds.size(); ++s) {
      Selection one{menu_.seeds[s].name, menu_.seeds[s].has_head(), {}};
      // A prescaled seed watches, it does not select: it stays out of the scaled menu.
      const bool counts = !one.has_head && menu_.seeds[s].prescale == 1;
      any_classical = any_classical || counts;
      for (size_t row = 0; row < decisions_.size(); ++row) {
        one.scores.push_back(decisions_.answer(row, s).score);
        if (counts) classical.scores[row] = std::max(classical.scores[row], one.scores.back());
      }
      all.push_back(std::move(one));
    }
    if (any_classical) all.push_back(std::move(classical));
    return all;
  }

  std::vector<double> background_scores(const Selection& selection) const {
    std::vector<double> scores;
    for (const size_t row : background_.rows) scores.push_back(selection.scores[row]);
    return scores;
  }
  double compared_khz() const {
    const double smallest = sample_.smallest_khz();
    if (options_.equal_rate_khz == 0) return std::max(kComparedKhz, smallest);
    if (options_.equal_rate_khz < smallest) {
      throw Error(
          "--equal-rate-khz",
          fmt::format("{:g} kHz is less than the {:.0f} kHz that {:.0f} effective crossings "
                      "can measure",
                      options_.equal_rate_khz, smallest, sample_.effective_crossings()),
          "ask for more, or generate events from a larger library of collisions");
    }
    return options_.equal_rate_khz;
  }

  void add_equal_rate(TriggerResult& result, const std::vector<ProcessRows>& processes) const {
    result.equal_rate_khz = compared_khz();
    for (const Selection& selection : selections()) {
      const std::vector<double> scores = background_scores(selection);
      const auto found = sample_.threshold_at(scores, result.equal_rate_khz);
      const auto replicas = sample_.bootstrap_thresholds(scores, result.equal_rate_khz);
      EqualRateRow row{selection.name, selection.has_head, found.value, found.khz, {}};
      for (const ProcessRows& rows : processes) {
        row.processes.push_back(
            ScoredProcess(decisions_, selection, rows).at(found.value, replicas));
      }
      result.equal_rate.push_back(std::move(row));
      if (selection.has_head || selection.name == kClassicalMenuName) {
        result.curves.push_back(curve(selection, scores, processes));
      }
    }
  }

  RateCurve curve(const Selection& selection, const std::vector<double>& scores,
                  const std::vector<ProcessRows>& processes) const {
    RateCurve curve{selection.name, {}, std::vector<std::vector<Efficiency>>(processes.size())};
    std::vector<ScoredProcess> scored;
    for (const ProcessRows& rows : processes) scored.emplace_back(decisions_, selection, rows);
    const double first = sample_.smallest_khz();
    for (int i = 0; i < kCurvePoints; ++i) {
      const double asked =
          first * std::pow(std::max(1.0, kCurveEndKhz / first), i / (kCurvePoints - 1.0));
      const auto found = sample_.threshold_at(scores, asked);
      if (found.khz < first || (!curve.khz.empty() && found.khz <= curve.khz.back())) continue;
      curve.khz.push_back(found.khz);
      for (size_t p = 0; p < processes.size(); ++p) {
        curve.processes[p].push_back(scored[p].at(found.value));
      }
    }
    return curve;
  }

  // A counter a seed, as in the Global Trigger: it keeps every prescale-th crossing that passes.
  void add_bits(TriggerResult& result) const {
    std::vector<int64_t> counters(menu_.seeds.size());
    for (size_t row = 0; row < decisions_.size(); ++row) {
      result.id.push_back(decisions_.id[row]);
      result.process.push_back(static_cast<int64_t>(decisions_.process[row]));
      for (size_t s = 0; s < menu_.seeds.size(); ++s) {
        const bool initial = passed(row, s);
        const bool final = initial && ++counters[s] % menu_.seeds[s].prescale == 0;
        result.initial.push_back(initial ? 1 : 0);
        result.final.push_back(final ? 1 : 0);
      }
    }
  }

  const Menu& menu_;
  const Decisions& decisions_;
  const TriggerOptions& options_;
  ProcessRows background_;
  RateSample sample_;
};

}  // namespace

TriggerResult run_trigger(const Menu& menu, const std::filesystem::path& events,
                          const TriggerOptions& options) {
  const Decisions decisions = decide(menu, events, options.threads, options.keep);
  TriggerResult result = Analysis(menu, decisions, events.string(), options).result();
  result.events = events;
  return result;
}

}  // namespace trigstone
