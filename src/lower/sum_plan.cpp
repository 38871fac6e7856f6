#include "lower/sum_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "cost/adder_luts.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

int bit_width(Int128 x) {
  const auto high = static_cast<uint64_t>(static_cast<unsigned __int128>(x) >> 64);
  return high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(static_cast<uint64_t>(x));
}

// Bits beside the sign.
int magnitude_bits(Interval range) {
  if (range.low >= 0) return std::max(bit_width(range.high), 1);
  return bit_width(std::max(range.high, -1 - range.low));
}

// Plain arithmetic where no bit can be lost, the checked one elsewhere.
void accumulate(Interval& sum, Interval part, int shift, bool negative, bool small) {
  if (small) {
    const Int128 factor = static_cast<Int128>(1) << shift;
    sum.low += negative ? -part.high * factor : part.low * factor;
    sum.high += negative ? -part.low * factor : part.high * factor;
    return;
  }
  part = shift_left(part, shift);
  sum = negative ? sum - part : sum + part;
}

uint64_t room(const SumTerm& x) { return uint64_t{1} << x.depth; }

using Room = unsigned __int128;  // 3^depth for depths up to 62

Room ternary_room(int depth) {
  Room power = 1;
  for (int i = 0; i < depth; ++i) power *= 3;
  return power;
}

constexpr int64_t kNever = int64_t{1} << 40;  // wires: more than there are

}  // namespace

SumTerm sum_term(int value, int power, bool negative, Interval range, int depth) {
  return {value, power, negative, range, depth, power + magnitude_bits(range)};
}

Addition addition_of(const std::array<const SumTerm*, 3>& terms, int count, bool positive) {
  size_t lowest = 0;
  const auto n = static_cast<size_t>(count);
  int top = terms[0]->top;
  for (size_t i = 1; i < n; ++i) {
    if (terms[i]->power < terms[lowest]->power) lowest = i;
    top = std::max(top, terms[i]->top);
  }
  const int low = terms[lowest]->power;
  bool negative = terms[lowest]->negative;
  if (positive) {
    negative = true;
    for (size_t i = 0; i < n; ++i) negative &= terms[i]->negative;
  }
  const bool small = top - low < 120;
  int next = 1 << 20, depth = 0, highest = low;
  bool is_signed = false;
  Interval sum;
  for (size_t i = 0; i < n; ++i) {
    const SumTerm& x = *terms[i];
    accumulate(sum, x.range, x.power - low, x.negative != negative, small);
    depth = std::max(depth, x.depth + 1);
    highest = std::max(highest, x.power);
    is_signed |= x.range.low < 0;
    if (i != lowest) next = std::min(next, x.power);
  }
  Addition addition;
  addition.result = sum_term(-1, low, negative, sum, depth);
  if (count == 2) {  // binary_adder_luts() of the two
    addition.luts = top + (is_signed ? 1 : 0) - highest;
  } else {
    const int wires = terms[lowest]->negative == negative ? next - low : 0;
    const int bits = std::max(bits_for(sum) - wires, 1);
    addition.luts = bits + (bits + 7) / 8;
  }
  return addition;
}

uint64_t SumPlanner::key_of(size_t index) const {
  const SumTerm& x = terms_[index];
  constexpr int kMiddle = 1 << 14;
  return static_cast<uint64_t>(x.top + kMiddle) << 48 | static_cast<uint64_t>(x.depth) << 40 |
         static_cast<uint64_t>(x.power + kMiddle) << 24 | static_cast<uint64_t>(index);
}

size_t SumPlanner::waiting(size_t place) const {
  return order_[order_.size() - 1 - place] & 0xffffff;
}

void SumPlanner::insert(size_t index) {
  const uint64_t key = key_of(index);
  order_.insert(std::lower_bound(order_.begin(), order_.end(), key, std::greater<>()), key);
}

void SumPlanner::start(const std::vector<SumTerm>& terms) {
  plan_.steps.clear();
  plan_.luts = 0;
  luts_.clear();
  terms_ = terms;
  order_.clear();
  for (size_t i = 0; i < terms.size(); ++i) order_.push_back(key_of(i));
  std::sort(order_.begin(), order_.end(), std::greater<>());
}

// Adds the terms at these places of the order.
void SumPlanner::join(const std::array<size_t, 3>& places, int count, bool positive) {
  SumPlan::Step step;
  std::array<const SumTerm*, 3> joined = {};
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const size_t index = waiting(places[i]);
    step.terms[i] = static_cast<int>(index);
    joined[i] = &terms_[index];
  }
  const Addition addition = addition_of(joined, count, positive);
  for (size_t i = static_cast<size_t>(count); i-- > 0;) {  // the places ascend
    order_.erase(order_.end() - 1 - static_cast<ptrdiff_t>(places[i]));
  }
  step.result = addition.result;
  plan_.luts += addition.luts;
  luts_.push_back(addition.luts);
  plan_.steps.push_back(step);
  terms_.push_back(addition.result);
  insert(terms_.size() - 1);
}

// The lowest term of a step, and how many low bits it alone has.
std::pair<int, int> SumPlanner::low_bits(const SumPlan::Step& step) const {
  const auto power = [&](int term) { return terms_[static_cast<size_t>(term)].power; };
  int lowest = step.terms[0], next = INT32_MAX;
  for (const int term : {step.terms[1], step.terms[2]}) {
    if (term < 0) continue;
    next = std::min(next, std::max(power(term), power(lowest)));
    if (power(term) < power(lowest)) lowest = term;
  }
  return {lowest, next - power(lowest)};
}

void SumPlanner::find_turns() {
  const size_t given = terms_.size() - plan_.steps.size();
  turns_.clear();
  for (const SumPlan::Step& step : plan_.steps) {
    const auto [lowest, wires] = low_bits(step);
    Turn turn = {kNever, -1};
    for (const int term : step.terms) {
      if (term < 0) break;
      const auto at = static_cast<size_t>(term);
      if (!terms_[at].negative) {
        turn = {wires, -1};
        break;
      }
      if (at < given) continue;
      const int64_t taken = turns_[at - given].wires + (term == lowest ? 0 : wires);
      if (taken < turn.wires) turn = {taken, term};
    }
    turns_.push_back(turn);
  }
}

// Where all terms of the last step are negative, one of the steps before can subtract the other way
// round: b - a in place of -(a - b). That costs wires, a negation behind the sum costs an adder and
// a level.
void SumPlanner::turn_positive(int depth_limit) {
  if (plan_.steps.empty() || !terms_.back().negative) return;
  find_turns();
  const int64_t wires = turns_.back().wires;
  const bool has_time = terms_.back().depth < depth_limit;
  if (wires >= kNever || (has_time && wires > negation_luts(terms_.back().range))) return;
  const size_t given = terms_.size() - plan_.steps.size();
  std::vector<size_t> way = {plan_.steps.size() - 1};
  while (turns_[way.back()].through >= 0) {
    way.push_back(static_cast<size_t>(turns_[way.back()].through) - given);
  }
  for (size_t i = way.size(); i-- > 0;) {  // terms before their sums
    SumPlan::Step& step = plan_.steps[way[i]];
    std::array<const SumTerm*, 3> joined = {};
    int count = 0;
    for (; count < 3 && step.terms[static_cast<size_t>(count)] >= 0; ++count) {
      const auto k = static_cast<size_t>(count);
      joined[k] = &terms_[static_cast<size_t>(step.terms[k])];
    }
    const Addition addition = addition_of(joined, count, true);
    plan_.luts += addition.luts - luts_[way[i]];
    step.result = addition.result;
    terms_[given + way[i]] = addition.result;
  }
}

// Mostly the two that end lowest: later ones pay when they waste the room that the depth limit
// leaves, or when their low bits are far apart.
std::array<size_t, 3> SumPlanner::next_pair(uint64_t limit, uint64_t used) const {
  constexpr size_t kWindow = 6;  // terms that end lowest
  const auto left = static_cast<double>(limit - used + 1);
  double least = 0;
  std::array<size_t, 3> best = {};
  for (size_t second = 1; second < order_.size(); ++second) {
    if (second >= kWindow && best[1] != 0) break;
    const SumTerm& y = terms_[waiting(second)];
    if (best[1] != 0 && y.top >= least) break;  // tops ascend
    for (size_t first = 0; first < second; ++first) {
      const SumTerm& x = terms_[waiting(first)];
      const uint64_t taken = (uint64_t{2} << std::max(x.depth, y.depth)) - room(x) - room(y);
      if (used + taken > limit) continue;
      const double price =
          y.top + 4 * static_cast<double>(taken) / left + 0.05 * std::abs(x.power - y.power);
      if (best[1] != 0 && price >= least) continue;
      least = price;
      best = {first, second, 0};
    }
  }
  ensure(best[1] != 0, "terms that cannot be added up within the depth limit");
  return best;
}

const SumPlan& SumPlanner::binary(const std::vector<SumTerm>& terms, int depth_limit,
                                  bool positive) {
  start(terms);
  const uint64_t limit = uint64_t{1} << depth_limit;
  uint64_t used = 0;  // 2^depth over all terms: within the limit, a tree can be found
  for (const SumTerm& x : terms) used += room(x);
  while (order_.size() > 1) {
    const auto pair = next_pair(limit, used);
    const bool last = order_.size() == 2;
    used -= room(terms_[waiting(pair[0])]) + room(terms_[waiting(pair[1])]);
    join(pair, 2, last && positive);
    used += room(terms_.back());
  }
  if (positive) turn_positive(depth_limit);
  return plan_;
}

// Places of the least deep terms, ascending; of those as deep the lower ones.
std::array<size_t, 3> SumPlanner::least_deep(size_t count) const {
  std::array<size_t, 3> places = {};
  std::array<int, 3> depths = {};
  places.fill(SIZE_MAX);  // sorts behind those that are taken
  depths.fill(INT32_MAX);
  for (size_t place = 0; place < order_.size(); ++place) {
    const int depth = terms_[waiting(place)].depth;
    if (depth >= depths[count - 1]) continue;
    size_t at = count - 1;
    for (; at > 0 && depth < depths[at - 1]; --at) {
      depths[at] = depths[at - 1];
      places[at] = places[at - 1];
    }
    depths[at] = depth;
    places[at] = place;
  }
  std::sort(places.begin(), places.end());
  return places;
}

const SumPlan& SumPlanner::ternary(const std::vector<SumTerm>& terms, int depth_limit,
                                   bool positive) {
  start(terms);
  const Room limit = ternary_room(depth_limit);
  Room used = 0;  // within the limit, and of its parity, a tree can be found
  for (const SumTerm& x : terms) used += ternary_room(x.depth);
  while (order_.size() > 1) {
    const size_t count = order_.size() % 2 == 0 ? 2 : 3;
    std::array<size_t, 3> places = {0, 1, 2};
    const auto fits = [&] {
      int deepest = 0;
      Room before = 0;
      for (size_t i = 0; i < count; ++i) {
        const int depth = terms_[waiting(places[i])].depth;
        deepest = std::max(deepest, depth);
        before += ternary_room(depth);
      }
      return used - before + ternary_room(deepest + 1) <= limit;
    };
    if (!fits()) {
      places = least_deep(count);
      ensure(fits(), "terms that cannot be added up within the depth limit");
    }
    for (size_t i = 0; i < count; ++i) {
      used -= ternary_room(terms_[waiting(places[i])].depth);
    }
    join(places, static_cast<int>(count), order_.size() <= 3 && positive);
    used += ternary_room(terms_.back().depth);
  }
  if (positive) turn_positive(depth_limit);
  return plan_;
}

}  // namespace trigstone
