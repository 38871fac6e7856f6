// Greedy sharing hides sums from each other: once a + b is a value, b + c is gone. Taking a few
// values apart and sharing anew lets others form; what is not worse is kept.
//
// A value that is read once stands in its reader's sum, and sums of shared values are searched for
// patterns like those of outputs. Both kinds of adders take the same steps, each with its own cost.
#include "lower/adder_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"
#include "cost/adder_luts.h"
#include "lower/adder_sums.h"
#include "lower/first_sharing.h"
#include "lower/sharing.h"
#include "lower/signed_digits.h"
#include "lower/sum_plan.h"

namespace trigstone {

namespace {

class Search {
 public:
  Search(SumTable table, const SharingOptions& options, bool ternary)
      : table_(std::move(table)), sharing_(table_, options), options_(options), ternary_(ternary) {
    for (int at = 0; at < table_.columns(); ++at) {
      table_.set_cost(at, 0);
      dirty_.push_back(at);
    }
    settle();
    price();
  }

  void dissolve_what_pays();
  void run(int64_t work);
  const SumTable& table() const { return table_; }

 private:
  void settle();
  bool merge();
  void price();
  int64_t price_of(int at);
  int some_value();
  void step();
  void finish();
  int64_t spent() const { return work_ + sharing_.work(); }

  SumTable table_;
  Sharing sharing_;
  SharingOptions options_;
  const bool ternary_;
  Random random_{1};
  SumPlanner planner_;
  std::vector<SumTerm> terms_;
  std::vector<int> dirty_;  // columns whose price is not known
  int64_t cost_ = 0, work_ = 0;
  double heat_ = 0;  // LUTs by which a step may be worse (simulated annealing)
};

int64_t Search::price_of(int at) {
  const Column& column = table_.column(at);
  terms_.clear();
  for (const int value : column.values) {
    const Interval range = table_.range(value);
    const int depth = table_.depth(value);
    const DigitChoices digits = canonical_choices(table_.find(at, value)->coefficient);
    each_digit(digits, [&](int power, bool negative) {
      terms_.push_back(sum_term(value, power, negative, range, depth));
    });
  }
  if (terms_.empty()) return 0;
  work_ += 2 * static_cast<int64_t>(terms_.size());
  const bool output = at < table_.outputs();
  const SumPlan& plan = ternary_ ? planner_.ternary(terms_, column.depth_limit, output)
                                 : planner_.binary(terms_, column.depth_limit, output);
  const SumTerm& sum = plan.steps.empty() ? terms_[0] : plan.steps.back().result;
  if (output) return plan.luts + (sum.negative ? negation_luts(sum.range) : 0);
  if (sum.negative) table_.flip(table_.value_of(at));  // the adders make its negative
  return plan.luts;
}

void Search::price() {
  while (!dirty_.empty()) {
    std::sort(dirty_.begin(), dirty_.end());
    dirty_.erase(std::unique(dirty_.begin(), dirty_.end()), dirty_.end());
    for (const int at : dirty_) {
      const int64_t price = price_of(at);
      cost_ += price - table_.column(at).cost;
      table_.set_cost(at, price);
    }
    dirty_.swap(table_.changed);  // readers of values that changed sign
    table_.changed.clear();
  }
}

// Writes values that are read once, or name another value, into their readers.
bool Search::merge() {
  bool any = false;
  for (int value = table_.inputs(); value < table_.values(); ++value) {
    if (!table_.alive(value)) continue;
    const Row& row = table_.row(value);
    const bool once = row.empty() || (row.size() == 1 && row[0].choices.count == 1);
    if (once || table_.column(table_.column_of(value)).digits == 1) {
      any |= table_.dissolve(value);
    } else {
      table_.flatten(value);
    }
  }
  return any;
}

// Shares what can be shared.
void Search::settle() {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    sharing_.count_fresh();
    sharing_.share();
    if (!merge()) break;
  }
  table_.fresh.clear();
  dirty_.insert(dirty_.end(), table_.changed.begin(), table_.changed.end());
  table_.changed.clear();
}

int Search::some_value() {
  for (int i = 0; i < 100; ++i) {
    const auto value = static_cast<int>(random_.integer(table_.inputs(), table_.values() - 1));
    if (table_.alive(value)) return value;
  }
  return -1;
}

// Keeps what was done since begin() when it is not worse, or by a little while there is heat.
void Search::finish() {
  const int64_t before = cost_;
  price();
  if (static_cast<double>(cost_ - before) <= -heat_ * std::log(1.0 - random_.uniform())) {
    table_.commit();
    return;
  }
  table_.undo();
  cost_ = before;
}

void Search::dissolve_what_pays() {
  for (int value = table_.values(); value-- > table_.inputs();) {
    if (!table_.alive(value)) continue;
    table_.begin();
    table_.dissolve(value);
    table_.fresh.clear();
    dirty_ = table_.changed;
    table_.changed.clear();
    finish();
  }
}

void Search::step() {
  table_.begin();
  for (int64_t n = random_.integer(1, ternary_ ? 3 : 20); n > 0; --n) {
    const int value = some_value();
    if (value >= 0) table_.dissolve(value);
  }
  // A sum of two that only two sums read saves next to nothing with three-operand adders.
  if (ternary_) options_.least_count = static_cast<int>(random_.integer(2, 3));
  sharing_.set_options(options_);
  sharing_.reuse();
  settle();
  finish();
}

void Search::run(int64_t work) {
  constexpr double kHeat = 15;         // LUTs
  constexpr int64_t kStepsKept = 256;  // numbers of dead values pile up
  const int64_t end = spent() + work;
  for (int64_t steps = 1; spent() < end; ++steps) {
    if (table_.values() == table_.inputs()) return;  // nothing is shared
    heat_ =
        kHeat * std::max(0.0, static_cast<double>(end - spent()) / static_cast<double>(work) - 0.1);
    step();
    work_ += table_.values() / 4 + 20;
    if (steps % kStepsKept == 0) table_.compact();
  }
}

int64_t digits_of(const IntegerMatrix& matrix) {
  int64_t digits = 0;
  for (const int64_t entry : matrix.entries) digits += signed_digit_count(entry);
  return digits;
}

// Coefficients of sums taken apart, and their negatives, must fit 64 bits.
bool too_large_to_search(const IntegerMatrix& matrix) {
  constexpr int64_t kLargest = int64_t{1} << 56;
  return std::any_of(matrix.entries.begin(), matrix.entries.end(),
                     [](int64_t entry) { return entry > kLargest || entry < -kLargest; });
}

// Some 50 ns each. With effort best, in all less than the searches of other tools take; else about
// the time of sharing.
int64_t work_for(int64_t digits, Effort effort) {
  constexpr int64_t kMost = 80'000'000, kADigit = 40;
  if (effort != Effort::kBest) return kADigit * digits;
  return digits > 20'000 ? kMost : std::min(digits * digits / 2, kMost);
}

// The cheapest of a few weightings, or the usual one.
SumTable start(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
               SharingOptions options, Effort effort) {
  SumTable best = share_sums(matrix, inputs, options);
  if (effort != Effort::kBest) return best;
  int64_t least = luts_of(add_up(sums_in(best)));
  for (const auto& [bonus, wait_penalty] : {std::pair(0, 1), std::pair(-2, 0), std::pair(-2, 1)}) {
    options.bonus = bonus;
    options.wait_penalty = wait_penalty;
    SumTable table = share_sums(matrix, inputs, options);
    const int64_t luts = luts_of(add_up(sums_in(table)));
    if (luts >= least) continue;
    best = std::move(table);
    least = luts;
  }
  return best;
}

}  // namespace

AdderGraphs search(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                   int depth_limit, Effort effort, bool ternary) {
  constexpr int64_t kMostDigits = 100'000;  // beyond, sharing alone takes long
  SharingOptions options;
  options.depth_limit = depth_limit;
  const int64_t digits = digits_of(matrix), work = work_for(digits, effort);
  AdderGraphs graphs;
  SumTable first = start(matrix, inputs, options, effort);
  graphs.binary = add_up(sums_in(first));
  if (too_large_to_search(matrix) || (digits > kMostDigits && effort != Effort::kBest)) {
    if (ternary) graphs.ternary = ternary_of(graphs.binary);
    return graphs;
  }
  Search binary(std::move(first), options, false);
  binary.run(work);
  AdderGraph found = add_up(sums_in(binary.table()));
  if (luts_of(found) < luts_of(graphs.binary)) graphs.binary = std::move(found);
  if (!ternary) return graphs;
  Search three(binary.table(), options, true);
  three.dissolve_what_pays();
  three.run(work);
  graphs.ternary = add_up_ternary(sums_in(three.table()));
  return graphs;
}

}  // namespace trigstone
