#include "lower/adder_sums.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace trigstone {

namespace {

class Summation {
 public:
  Summation(AdderBuilder& builder, int depth_limit)
      : builder_(builder), limit_(uint64_t{1} << depth_limit) {}

  AdderGraph::Output run(const std::vector<Addend>& terms);

 private:
  // Those that end lowest come first, of these the ones ready first.
  auto order(const Addend& x) const {
    return std::tuple(builder_.top(x), builder_.depth(x.value), x.power, x.value);
  }
  uint64_t room(const Addend& x) const { return uint64_t{1} << builder_.depth(x.value); }
  uint64_t room_of_sum(const Addend& x, const Addend& y) const {
    return uint64_t{2} << std::max(builder_.depth(x.value), builder_.depth(y.value));
  }
  bool fits(const Addend& x, const Addend& y) const {
    return used_ - room(x) - room(y) + room_of_sum(x, y) <= limit_;
  }
  // Mostly the two that end lowest: later ones pay when they waste the room that the depth limit
  // leaves, or when their low bits are far apart.
  std::pair<size_t, size_t> next_pair() const;

  AdderBuilder& builder_;
  const uint64_t limit_;
  std::vector<Addend> terms_;  // in order
  uint64_t used_ = 0;          // 2^depth over all terms: within the limit, a tree can be found
};

std::pair<size_t, size_t> Summation::next_pair() const {
  constexpr size_t kWindow = 6;  // terms that end lowest
  const auto left = static_cast<double>(limit_ - used_ + 1);
  double least = 0;
  std::pair<size_t, size_t> best = {0, 0};
  for (size_t second = 1; second < terms_.size(); ++second) {
    if (second >= kWindow && best.second != 0) break;
    for (size_t first = 0; first < second; ++first) {
      const Addend &x = terms_[first], &y = terms_[second];
      if (!fits(x, y)) continue;
      const auto taken = static_cast<double>(room_of_sum(x, y) - room(x) - room(y));
      const double price = builder_.top(y) + 2 * taken / left + 0.05 * std::abs(x.power - y.power);
      if (best.second != 0 && price >= least) continue;
      least = price;
      best = {first, second};
    }
  }
  ensure(best.second != 0, "terms that cannot be added up within the depth limit");
  return best;
}

AdderGraph::Output Summation::run(const std::vector<Addend>& terms) {
  if (terms.empty()) return {};
  terms_ = terms;
  used_ = 0;
  for (const Addend& x : terms_) used_ += room(x);
  const auto before = [this](const Addend& x, const Addend& y) { return order(x) < order(y); };
  std::sort(terms_.begin(), terms_.end(), before);
  while (terms_.size() > 1) {
    const auto [first, second] = next_pair();
    const Addend x = terms_[first], y = terms_[second];
    used_ = used_ - room(x) - room(y) + room_of_sum(x, y);
    const Addend sum = terms_.size() == 2 ? builder_.add_positive(x, y) : builder_.add(x, y);
    terms_.erase(terms_.begin() + static_cast<ptrdiff_t>(second));
    terms_.erase(terms_.begin() + static_cast<ptrdiff_t>(first));
    terms_.insert(std::lower_bound(terms_.begin(), terms_.end(), sum, before), sum);
  }
  return {terms_[0].value, terms_[0].power, terms_[0].negative};
}

}  // namespace

AdderGraph add_up(const SharedSums& sums, int depth_limit) {
  AdderBuilder builder = sums.builder;
  Summation summation(builder, depth_limit);
  std::vector<AdderGraph::Output> outputs;
  for (const auto& column : sums.columns) outputs.push_back(summation.run(column));
  builder.graph.outputs = std::move(outputs);
  return std::move(builder.graph);
}

}  // namespace trigstone
