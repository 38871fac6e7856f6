#include "lower/ternary_sums.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "cost/adder_luts.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

using Room = unsigned __int128;  // 3^depth for depths up to 62

Room room(int depth) {
  Room power = 1;
  for (int i = 0; i < depth; ++i) power *= 3;
  return power;
}

Interval negated(Interval x) { return {-x.high, -x.low}; }

// The terms still to be added, sorted.
class Waiting {
 public:
  Waiting(const std::vector<TernaryTerm>& terms, int depth_limit) : limit_(room(depth_limit)) {
    for (size_t i = 0; i < terms.size(); ++i) add({static_cast<int>(i), terms[i]});
  }
  struct Entry {
    int index;
    TernaryTerm term;
  };
  size_t size() const { return entries_.size(); }

  void add(const Entry& entry) {
    used_ += room(entry.term.depth);
    const auto order = [](const Entry& x) {
      return std::tuple(x.term.top, x.term.depth, x.term.power, x.index);
    };
    const auto at =
        std::lower_bound(entries_.begin(), entries_.end(), entry,
                         [&](const Entry& x, const Entry& y) { return order(x) < order(y); });
    entries_.insert(at, entry);
  }

  // Takes out the first `count`, or the least deep ones when the first would
  // break the limit.
  std::vector<Entry> take(size_t count) {
    std::vector<Entry> taken(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(count));
    if (fits(taken)) {
      entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(count));
    } else {
      taken.clear();
      while (taken.size() < count) {
        const auto least = std::min_element(
            entries_.begin(), entries_.end(),
            [](const Entry& x, const Entry& y) { return x.term.depth < y.term.depth; });
        taken.push_back(*least);
        entries_.erase(least);
      }
      ensure(fits(taken), "terms that cannot be added up within the depth limit");
    }
    for (const Entry& entry : taken) used_ -= room(entry.term.depth);
    return taken;
  }

 private:
  bool fits(const std::vector<Entry>& taken) const {
    int deepest = 0;
    Room before = 0;
    for (const Entry& entry : taken) {
      deepest = std::max(deepest, entry.term.depth);
      before += room(entry.term.depth);
    }
    return used_ - before + room(deepest + 1) <= limit_;
  }

  const Room limit_;
  Room used_ = 0;  // within the limit, and of its parity, a tree can be found
  std::vector<Entry> entries_;
};

}  // namespace

TernaryTerm ternary_term(int value, int power, bool negative, Interval range, int depth) {
  return {value, power, negative, range, depth, power + bits_for(range) - (range.low < 0 ? 1 : 0)};
}

TernaryAddition ternary_addition(const std::vector<TernaryTerm>& terms, bool positive) {
  const auto lowest = std::min_element(
      terms.begin(), terms.end(),
      [](const TernaryTerm& x, const TernaryTerm& y) { return x.power < y.power; });
  const int low = lowest->power;
  const bool negative = !positive && lowest->negative;
  int next = 1 << 20, depth = 0;
  Interval sum;
  for (const TernaryTerm& x : terms) {
    const Interval part = shift_left(x.range, x.power - low);
    sum = sum + (x.negative != negative ? negated(part) : part);
    depth = std::max(depth, x.depth + 1);
    if (&x != &*lowest) next = std::min(next, x.power);
  }
  TernaryAddition addition;
  addition.result = ternary_term(-1, low, negative, sum, depth);
  if (terms.size() == 2) {
    addition.luts =
        binary_adder_luts(terms[0].range, terms[1].range, terms[1].power - terms[0].power);
  } else {
    const int wires = lowest->negative == negative ? next - low : 0;
    const int bits = std::max(bits_for(sum) - wires, 1);
    addition.luts = bits + (bits + 7) / 8;
  }
  return addition;
}

TernarySum plan_ternary_sum(const std::vector<TernaryTerm>& terms, int depth_limit, bool positive) {
  TernarySum plan;
  Waiting waiting(terms, depth_limit);
  std::vector<TernaryTerm> joined;
  while (waiting.size() > 1) {
    const bool pair = waiting.size() % 2 == 0, last = waiting.size() <= 3;
    TernarySum::Step step;
    joined.clear();
    const auto taken = waiting.take(pair ? 2 : 3);
    for (size_t i = 0; i < taken.size(); ++i) {
      step.terms[i] = taken[i].index;
      joined.push_back(taken[i].term);
    }
    const TernaryAddition addition = ternary_addition(joined, last && positive);
    step.result = addition.result;
    plan.luts += addition.luts;
    waiting.add({static_cast<int>(terms.size() + plan.steps.size()), addition.result});
    plan.steps.push_back(step);
  }
  return plan;
}

}  // namespace trigstone
