#include "trigger/rates.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace trigstone {

namespace {

constexpr double kBand = 0.68;

double quantile(std::vector<double>& values, double share) {
  const ptrdiff_t place = std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<size_t>(place)];
}

}  // namespace

Interval68 binomial_interval(double passed, double total, double confidence) {
  if (!(total > 0)) return {0, 1};
  const double tail = (1 - confidence) / 2, failed = std::max(0.0, total - passed);
  Interval68 interval{0, 1};
  if (passed > 0) interval.low = boost::math::ibeta_inv(passed, failed + 1, tail);
  if (failed > 0) interval.high = boost::math::ibeta_inv(passed + 1, failed, 1 - tail);
  return interval;
}

double binomial_upper_limit(double passed, double total, double confidence) {
  const double failed = total - passed;
  return failed > 0 ? boost::math::ibeta_inv(passed + 1, failed, confidence) : 1;
}

RateSample::RateSample(std::vector<double> weights, std::span<const int32_t> hard_ids,
                       const std::string& where, int bootstraps, uint64_t seed)
    : weights_(std::move(weights)) {
  ensure(weights_.size() == hard_ids.size(), "one hard collision a crossing");
  if (weights_.empty()) {
    throw Error(where, "holds no minimum-bias event, so there is no rate",
                "add some: trigstone events generate --process minbias ttbar …");
  }
  std::map<int32_t, size_t> known;
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (!(weights_[i] >= 0) || !std::isfinite(weights_[i])) {
      throw Error(where, fmt::format("a minimum-bias event has the weight {}", weights_[i]),
                  "weights are cross sections in pb: finite and not negative");
    }
    size_t block = block_weight_.size();
    if (hard_ids[i] >= 0) block = known.emplace(hard_ids[i], block).first->second;
    if (block == block_weight_.size()) block_weight_.push_back(0);
    block_.push_back(block);
    block_weight_[block] += weights_[i];
    total_ += weights_[i];
  }
  if (total_ <= 0) {
    throw Error(where, "its minimum-bias events have no weight",
                "weights are written by `trigstone events generate`");
  }
  blocks_ = std::ssize(block_weight_);
  const double squares =
      std::inner_product(block_weight_.begin(), block_weight_.end(), block_weight_.begin(), 0.0);
  effective_ = total_ * total_ / squares;
  for (int r = 0; r < bootstraps; ++r) {
    Random random(seed, static_cast<uint64_t>(r));
    auto& counts = replicas_.emplace_back(static_cast<size_t>(blocks_));
    for (int64_t i = 0; i < blocks_; ++i)
      ++counts[static_cast<size_t>(random.integer(0, blocks_ - 1))];
  }
}

Rate RateSample::rate(std::span<const double> probability, double largest) const {
  ensure(probability.size() == weights_.size(), "one probability a crossing");
  double kept = 0, squares = 0, touched = 0;
  std::vector<double> block_kept(block_weight_.size());
  for (size_t i = 0; i < weights_.size(); ++i) {
    const double weight = weights_[i] * probability[i];
    kept += weight;
    squares += weight * weight;
    touched += probability[i] > 0 ? weights_[i] : 0;
    block_kept[block_[i]] += weight;
  }
  Rate rate;
  const double passed = touched / total_ * effective_;  // effective crossings that pass
  rate.measured = passed >= 1;
  if (!rate.measured) {
    rate.limit_khz = kFilledCrossingsKhz * largest * binomial_upper_limit(passed, effective_);
    return rate;
  }
  rate.khz = kFilledCrossingsKhz * kept / total_;
  rate.error_khz = kFilledCrossingsKhz * std::sqrt(squares) / total_;
  std::vector<double> drawn;
  for (const std::vector<uint16_t>& counts : replicas_) {
    double replica_kept = 0, replica_total = 0;
    for (size_t b = 0; b < counts.size(); ++b) {
      replica_kept += counts[b] * block_kept[b];
      replica_total += counts[b] * block_weight_[b];
    }
    if (replica_total > 0) drawn.push_back(kFilledCrossingsKhz * replica_kept / replica_total);
  }
  rate.low_khz = rate.high_khz = rate.khz;
  if (!drawn.empty()) {
    rate.low_khz = quantile(drawn, (1 - kBand) / 2);
    rate.high_khz = quantile(drawn, (1 + kBand) / 2);
  }
  return rate;
}

Rate RateSample::rate(const std::function<bool(size_t)>& passed) const {
  std::vector<double> probability(weights_.size());
  for (size_t i = 0; i < probability.size(); ++i) probability[i] = passed(i) ? 1 : 0;
  return rate(probability);
}

std::vector<size_t> RateSample::falling(std::span<const double> scores) {
  std::vector<size_t> order;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > -std::numeric_limits<double>::infinity()) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  return order;
}

RateSample::Threshold RateSample::walk(std::span<const double> scores,
                                       std::span<const size_t> order, double khz,
                                       std::span<const uint16_t> counts) const {
  const auto times = [&](size_t block) { return counts.empty() ? 1.0 : counts[block]; };
  double total = 0;
  for (size_t b = 0; b < block_weight_.size(); ++b) total += times(b) * block_weight_[b];
  Threshold best{std::numeric_limits<double>::infinity(), 0};
  if (total <= 0) return best;
  double kept = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end) {
      kept += weights_[order[end]] * times(block_[order[end]]);
    }
    const double reached = kFilledCrossingsKhz * kept / total;
    if (reached > khz) return best;
    best = {scores[order[begin]], reached};
  }
  return {kLoosest, best.khz};
}

RateSample::Threshold RateSample::threshold_at(std::span<const double> scores, double khz) const {
  return walk(scores, falling(scores), khz, {});
}

std::vector<double> RateSample::bootstrap_thresholds(std::span<const double> scores,
                                                     double khz) const {
  const std::vector<size_t> order = falling(scores);
  std::vector<double> thresholds;
  for (const auto& counts : replicas_) thresholds.push_back(walk(scores, order, khz, counts).value);
  return thresholds;
}

}  // namespace trigstone
