// Trigger rates from simulated crossings, and how far they can be trusted.
//
// A minimum-bias event stands for a filled crossing, so
//   rate = 31.04 MHz * (weight that passes) / (weight of all),  error sqrt(sum w^2 of those
//   passing)
// Crossings made from a library of collisions are not independent: a hard collision of the library
// comes back in many crossings and mostly decides them. Crossings with the same hardest collision
// therefore form one block, the error band is a bootstrap over blocks, and the sample counts as
//   N_eff = (sum_b W_b)^2 / sum_b W_b^2,  W_b the weight of block b
// crossings. What passes less often than once in N_eff is not printed as a rate but as an upper
// limit at 95 % (Clopper and Pearson, Biometrika 26 (1934) 404).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace trigstone {

// Filled crossings per second: 2760 colliding bunches times 11246 Hz
// (cms-l1-dpg/Phase2-L1MenuTools, constants.py).
inline constexpr double kFilledCrossingsKhz = 2760 * 11.246;

struct Interval68 {
  double low = 0, high = 0;
};
// Central interval of a binomial probability by Clopper and Pearson; `passed` and `total` may be
// effective numbers and need not be whole. {0, 1} when total is 0.
Interval68 binomial_interval(double passed, double total, double confidence = 0.68);
// Upper limit at `confidence`.
double binomial_upper_limit(double passed, double total, double confidence = 0.95);

struct Rate {
  bool measured = false;             // otherwise only limit_khz says something
  double khz = 0, error_khz = 0;     // sqrt(sum w^2)
  double low_khz = 0, high_khz = 0;  // 68 % of bootstraps over blocks
  double limit_khz = 0;              // 95 % upper limit, when not measured
};

// The minimum-bias crossings of a file.
class RateSample {
 public:
  // `weights` (not negative) and `hard_ids` (the hardest library collision, -1 unknown: a block of
  // its own) have one entry a crossing. Throws Error at `where` when there is no crossing, a weight
  // is negative or not finite, or all are 0.
  RateSample(std::vector<double> weights, std::span<const int32_t> hard_ids,
             const std::string& where, int bootstraps = 400, uint64_t seed = 1);

  int64_t crossings() const { return std::ssize(weights_); }
  int64_t blocks() const { return blocks_; }
  double effective_crossings() const { return effective_; }
  // The rate of one effective crossing: nothing below it is measured.
  double smallest_khz() const { return kFilledCrossingsKhz / effective_; }

  // Rate of crossings that are kept with probability[i] (0..1, one a crossing). `largest` is the
  // largest probability a crossing can have (1 / prescale): the limit shrinks with it.
  Rate rate(std::span<const double> probability, double largest = 1) const;
  // The same for passed or not.
  Rate rate(const std::function<bool(size_t)>& passed) const;

  // Crossings with score >= threshold have the largest rate that does not exceed `khz`. Scores of
  // minus infinity never pass; equal scores pass together. kLoosest when all others together stay
  // below it, infinity when the hardest already exceed it.
  static constexpr double kLoosest = std::numeric_limits<double>::lowest();
  struct Threshold {
    double value = 0, khz = 0;
  };
  Threshold threshold_at(std::span<const double> scores, double khz) const;
  // The same threshold in each bootstrap: how well the sample determines it.
  std::vector<double> bootstrap_thresholds(std::span<const double> scores, double khz) const;

 private:
  // Crossings by falling score, without minus infinity.
  static std::vector<size_t> falling(std::span<const double> scores);
  Threshold walk(std::span<const double> scores, std::span<const size_t> order, double khz,
                 std::span<const uint16_t> counts) const;

  std::vector<double> weights_;
  std::vector<size_t> block_;  // of each crossing
  int64_t blocks_ = 0;
  std::vector<double> block_weight_;
  double total_ = 0, effective_ = 0;
  std::vector<std::vector<uint16_t>> replicas_;  // times each block is drawn
};

}  // namespace trigstone
