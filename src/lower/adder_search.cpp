// Greedy sharing hides sums from each other: once a + b is a value, b + c is gone. Taking a few
// values apart lets others form.
#include "lower/adder_search.h"

#include <algorithm>

#include "base/random.h"
#include "lower/adder_sums.h"
#include "lower/signed_digits.h"

namespace trigstone {

namespace {

// Steps whose time is that of some tens of plain solutions, whatever the size.
int64_t steps_for(const IntegerMatrix& matrix) {
  constexpr int64_t kMost = 600, kLeast = 8, kDigits = 7'000'000;
  int64_t digits = 1;
  for (const int64_t entry : matrix.entries) {
    // Coefficients of sums taken apart must fit 64 bits.
    constexpr int64_t kLargest = int64_t{1} << 56;
    if (entry > kLargest || entry < -kLargest) return 0;
    digits += signed_digit_count(entry);
  }
  return std::clamp(kDigits / digits, kLeast, kMost);
}

class Search {
 public:
  Search(int depth_limit, bool ternary) : depth_limit_(depth_limit), ternary_(ternary) {}

  AdderGraphs run(const IntegerMatrix& matrix, const std::vector<Interval>& inputs);

 private:
  bool keep(SharedSums sums);
  std::vector<bool> some_values();

  const int depth_limit_;
  const bool ternary_;
  Random random_{1};
  SharedSums sums_{AdderBuilder({}), {}};
  AdderGraphs best_;
  int64_t least_ = -1, least_ternary_ = -1;  // costs of best_; -1: none yet
};

// Goes on from these sums when they are as cheap as the cheapest so far.
bool Search::keep(SharedSums sums) {
  AdderGraph graph = add_up(sums, depth_limit_);
  const int64_t luts = luts_of(graph);
  if (least_ >= 0 && luts > least_) return false;
  sums_ = std::move(sums);
  if (luts == least_) return true;
  if (ternary_) {
    TernaryGraph ternary = ternary_of(graph);
    const int64_t cost = cost_of(ternary).lut;
    if (least_ternary_ < 0 || cost < least_ternary_) {
      least_ternary_ = cost;
      best_.ternary = std::move(ternary);
    }
  }
  least_ = luts;
  best_.binary = std::move(graph);
  return true;
}

// One to four values, and all that are read but once.
std::vector<bool> Search::some_values() {
  const auto values = static_cast<size_t>(sums_.builder.values());
  const size_t inputs = sums_.builder.graph.inputs.size();
  std::vector<int> readers(values, 0);
  for (const auto& column : sums_.columns) {
    for (const Addend& x : column) ++readers[static_cast<size_t>(x.value)];
  }
  for (const AdderGraph::Adder& adder : sums_.builder.graph.adders) {
    ++readers[static_cast<size_t>(adder.a)];
    ++readers[static_cast<size_t>(adder.b)];
  }
  std::vector<bool> chosen(values, false);
  for (size_t value = inputs; value < values; ++value) chosen[value] = readers[value] < 2;
  for (int64_t n = random_.integer(1, 4); n > 0; --n) {
    const int64_t value =
        random_.integer(static_cast<int64_t>(inputs), static_cast<int64_t>(values) - 1);
    chosen[static_cast<size_t>(value)] = true;
  }
  return chosen;
}

AdderGraphs Search::run(const IntegerMatrix& matrix, const std::vector<Interval>& inputs) {
  SharingOptions sharing;
  sharing.depth_limit = depth_limit_;
  for (const int bonus : {0, -2}) {
    for (const int wait_penalty : {0, 1}) {
      sharing.bonus = bonus;
      sharing.wait_penalty = wait_penalty;
      keep(share_sums(matrix, inputs, sharing));
    }
  }
  sharing.bonus = sharing.wait_penalty = 0;
  for (int64_t step = steps_for(matrix); step > 0; --step) {
    if (sums_.builder.graph.adders.empty()) break;  // nothing is shared
    keep(share_again(sums_, some_values(), sharing));
  }
  return std::move(best_);
}

}  // namespace

AdderGraphs search(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                   int depth_limit, bool ternary) {
  return Search(depth_limit, ternary).run(matrix, inputs);
}

}  // namespace trigstone
