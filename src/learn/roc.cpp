#include "learn/roc.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace trigstone {

namespace {

// One working point a distinct score: weights of both classes that pass it.
struct Steps {
  std::vector<double> signal, background;
};

struct Efficiency {
  std::vector<double> background;  // at the asked signal efficiencies
  double area = 0;
};

// Background that passes at each signal efficiency, linear between working points.
Efficiency measure(const Steps& steps, int points) {
  Efficiency result;
  const double all_signal = steps.signal.back(), all_background = steps.background.back();
  double signal = 0, background = 0;
  size_t at = 0;
  for (int k = 1; k <= points; ++k) {
    const double wanted = all_signal * k / points;
    while (at + 1 < steps.signal.size() && steps.signal[at] < wanted) ++at;
    const double s0 = at == 0 ? 0 : steps.signal[at - 1],
                 b0 = at == 0 ? 0 : steps.background[at - 1];
    const double rise = steps.signal[at] - s0;
    const double part = rise > 0 ? std::clamp((wanted - s0) / rise, 0.0, 1.0) : 1.0;
    result.background.push_back((b0 + part * (steps.background[at] - b0)) / all_background);
  }
  for (size_t i = 0; i < steps.signal.size(); ++i) {
    result.area += (steps.background[i] - background) * (steps.signal[i] + signal) / 2;
    signal = steps.signal[i];
    background = steps.background[i];
  }
  result.area /= all_signal * all_background;
  return result;
}

// `group[i]` is the working point of event order[i].
Steps accumulate(const std::vector<size_t>& order, const std::vector<size_t>& group,
                 const std::vector<uint8_t>& is_signal, const std::vector<double>& weights) {
  Steps steps{std::vector<double>(group.back() + 1), std::vector<double>(group.back() + 1)};
  for (size_t i = 0; i < order.size(); ++i) {
    (is_signal[order[i]] ? steps.signal : steps.background)[group[i]] += weights[order[i]];
  }
  std::partial_sum(steps.signal.begin(), steps.signal.end(), steps.signal.begin());
  std::partial_sum(steps.background.begin(), steps.background.end(), steps.background.begin());
  return steps;
}

double quantile(std::vector<double>& values, double share) {
  const auto at = static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(at), values.end());
  return values[at];
}

void check(const std::vector<double>& scores, const std::vector<uint8_t>& is_signal) {
  const auto signals =
      std::count_if(is_signal.begin(), is_signal.end(), [](uint8_t s) { return s != 0; });
  if (signals == 0 || signals == static_cast<int64_t>(is_signal.size())) {
    throw Error("evaluation", "the events are all signal or all background",
                "evaluate on a file that holds both");
  }
  if (std::any_of(scores.begin(), scores.end(), [](double x) { return std::isnan(x); })) {
    throw Error("evaluation", "a score is not a number",
                "the training diverged; lower its learning rate");
  }
}

}  // namespace

RocCurve roc_curve(const std::vector<double>& scores, const std::vector<uint8_t>& is_signal,
                   const std::vector<double>& weights, const RocOptions& options) {
  ensure(scores.size() == is_signal.size() && (weights.empty() || weights.size() == scores.size()),
         "roc_curve: lists differ in length");
  check(scores, is_signal);
  const std::vector<double> unit(scores.size(), 1.0);
  const std::vector<double>& nominal = weights.empty() ? unit : weights;
  std::vector<size_t> order(scores.size()), group(scores.size(), 0);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  for (size_t i = 1; i < order.size(); ++i) {
    group[i] = group[i - 1] + (scores[order[i]] == scores[order[i - 1]] ? 0 : 1);
  }
  const Efficiency best = measure(accumulate(order, group, is_signal, nominal), options.points);

  // Poisson bootstrap: every event enters Poisson(1) times.
  std::vector<std::vector<double>> samples(static_cast<size_t>(options.points));
  std::vector<double> areas;
  for (int b = 0; b < options.bootstraps; ++b) {
    Random random(options.seed, static_cast<uint64_t>(b));
    std::vector<double> drawn = nominal;
    for (double& weight : drawn) weight *= static_cast<double>(random.poisson(1.0));
    const Steps steps = accumulate(order, group, is_signal, drawn);
    if (steps.signal.back() == 0 || steps.background.back() == 0) continue;
    const Efficiency sample = measure(steps, options.points);
    areas.push_back(sample.area);
    for (size_t k = 0; k < samples.size(); ++k) samples[k].push_back(sample.background[k]);
  }

  RocCurve curve;
  curve.background_efficiency = best.background;
  curve.area = curve.area_low = curve.area_high = best.area;
  const double tail = (1 - options.band) / 2;
  for (size_t k = 0; k < samples.size(); ++k) {
    curve.signal_efficiency.push_back(static_cast<double>(k + 1) / options.points);
    curve.low.push_back(samples[k].empty() ? best.background[k] : quantile(samples[k], tail));
    curve.high.push_back(samples[k].empty() ? best.background[k] : quantile(samples[k], 1 - tail));
  }
  if (!areas.empty()) {
    curve.area_low = quantile(areas, tail);
    curve.area_high = quantile(areas, 1 - tail);
  }
  return curve;
}

Json to_json(const RocCurve& curve) {
  return {{"signal_efficiency", curve.signal_efficiency},
          {"background_efficiency", curve.background_efficiency},
          {"low", curve.low},
          {"high", curve.high},
          {"area", curve.area},
          {"area_low", curve.area_low},
          {"area_high", curve.area_high}};
}

}  // namespace trigstone
