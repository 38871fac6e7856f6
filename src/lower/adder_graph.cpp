// Greedy two-term sharing over canonical signed digits.
//
//   y0 = 5 x0 + x1, y1 = 5 x0 - x1   =>   t = x0 + x0 << 2, y0 = t + x1, y1 = t - x1
//
// A pair of digits in one column is a pattern (value a, value b, distance of their powers, relative
// sign). The table of patterns counts occurrences over all columns; a heap with lazy updates gives
// the one that saves most. Each replacement changes the counts of one column's digits only.
#include "lower/adder_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "base/error.h"
#include "cost/area.h"
#include "fixed/quantize.h"
#include "lower/signed_digits.h"

namespace trigstone {

namespace {

struct Digit {
  int value = 0;
  int power = 0;
  int sign = 1;
};

// Values below 2^24, powers below 2^7: packed so that patterns hash and compare quickly.
using PatternKey = uint64_t;

struct Pattern {
  int a = 0, b = 0, shift = 0;
  bool subtract = false;
};

PatternKey key_of(const Pattern& p) {
  return static_cast<uint64_t>(p.a) << 40 | static_cast<uint64_t>(p.b) << 16 |
         static_cast<uint64_t>(p.shift + 512) << 1 | (p.subtract ? 1u : 0u);
}

Pattern pattern_of(PatternKey key) {
  return {static_cast<int>(key >> 40), static_cast<int>(key >> 16 & 0xffffff),
          static_cast<int>(key >> 1 & 0x7fff) - 512, (key & 1) != 0};
}

// The one form of a pair: the smaller value first, of one value the lower power first.
PatternKey key_of(const Digit& x, const Digit& y) {
  const bool ordered = x.value != y.value ? x.value < y.value : x.power < y.power;
  const Digit &a = ordered ? x : y, &b = ordered ? y : x;
  return key_of(Pattern{a.value, b.value, b.power - a.power, a.sign != b.sign});
}

// What the greedy choice weighs; no setting is best for every matrix.
struct Greed {
  int wait_penalty = 2;    // bits an occurrence must save for each adder level it waits
  bool by_top_bit = true;  // left-over digits are paired by their highest bit, else by the lowest
};

class Solver {
 public:
  Solver(const IntegerMatrix& matrix, const std::vector<Interval>& inputs, const Greed& greed)
      : greed_(greed) {
    ensure(static_cast<int64_t>(inputs.size()) == matrix.rows, "solve: one interval an input");
    graph_.inputs = inputs;
    columns_.resize(static_cast<size_t>(matrix.columns));
    columns_of_value_.resize(inputs.size());
    read_digits(matrix);
  }

  AdderGraph run() {
    count_all();
    share();
    for (auto& column : columns_) graph_.outputs.push_back(add_up(column));
    return std::move(graph_);
  }

 private:
  using Column = std::vector<Digit>;

  void read_digits(const IntegerMatrix& matrix);
  void count_all();
  void count(PatternKey key, int change);
  int64_t saving(const Pattern& pattern, int occurrences) const;
  void share();
  void take_out(const Pattern& pattern, PatternKey key);
  bool replace_in(Column& column, const Pattern& pattern, PatternKey key, int value);
  int adder(const Pattern& pattern);
  AdderGraph::Output add_up(const Column& column);

  const Greed greed_;
  AdderGraph graph_;
  std::vector<Column> columns_;
  std::vector<std::vector<int>> columns_of_value_;  // may name columns that no longer hold it
  std::unordered_map<PatternKey, int> counts_;
  struct Entry {
    int64_t saving;
    PatternKey key;
    bool operator<(const Entry& other) const {  // equal savings: the oldest values first
      return saving != other.saving ? saving < other.saving : key > other.key;
    }
  };
  std::priority_queue<Entry> heap_;
  bool counting_begun_ = false;
  std::unordered_map<PatternKey, int> known_adders_;
};

void Solver::read_digits(const IntegerMatrix& matrix) {
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const Interval x = graph_.inputs[static_cast<size_t>(row)];
    if (x.low == 0 && x.high == 0) continue;
    for (int64_t column = 0; column < matrix.columns; ++column) {
      for (const SignedDigit digit : canonical_signed_digits(matrix.at(row, column))) {
        columns_[static_cast<size_t>(column)].push_back(
            {static_cast<int>(row), digit.power, digit.sign});
      }
      if (matrix.at(row, column) != 0) {
        columns_of_value_[static_cast<size_t>(row)].push_back(static_cast<int>(column));
      }
    }
  }
}

void Solver::count_all() {
  for (const Column& column : columns_) {
    for (size_t i = 0; i < column.size(); ++i) {
      for (size_t j = 0; j < i; ++j) ++counts_[key_of(column[i], column[j])];
    }
  }
  for (const auto& [key, occurrences] : counts_) {
    if (occurrences >= 2) heap_.push({saving(pattern_of(key), occurrences), key});
  }
  counting_begun_ = true;
}

void Solver::count(PatternKey key, int change) {
  int& occurrences = counts_[key];
  occurrences += change;
  if (change > 0 && occurrences >= 2) heap_.push({saving(pattern_of(key), occurrences), key});
  if (occurrences == 0) counts_.erase(key);
}

// Bits in which both operands meet, times the adders saved: what lies beyond the overlap is wires
// here and makes later adders longer. Operands of unequal depth wait for each other.
int64_t Solver::saving(const Pattern& pattern, int occurrences) const {
  const int a_bits = bits_for(graph_.range_of(pattern.a));
  const int b_bits = bits_for(graph_.range_of(pattern.b));
  const int overlap = std::min(a_bits, b_bits + pattern.shift) - std::max(0, pattern.shift);
  const int wait = std::abs(graph_.depth_of(pattern.a) - graph_.depth_of(pattern.b));
  return static_cast<int64_t>(occurrences) * std::max(overlap, 1) - greed_.wait_penalty * wait;
}

void Solver::share() {
  while (!heap_.empty()) {
    const Entry entry = heap_.top();
    heap_.pop();
    const auto found = counts_.find(entry.key);
    if (found == counts_.end() || found->second < 2) continue;
    const Pattern pattern = pattern_of(entry.key);
    const int64_t now = saving(pattern, found->second);
    if (now < entry.saving) {
      heap_.push({now, entry.key});
      continue;
    }
    take_out(pattern, entry.key);
  }
}

void Solver::take_out(const Pattern& pattern, PatternKey key) {
  const auto rarer = columns_of_value_[static_cast<size_t>(pattern.a)].size() <
                             columns_of_value_[static_cast<size_t>(pattern.b)].size()
                         ? pattern.a
                         : pattern.b;
  const std::vector<int> candidates = columns_of_value_[static_cast<size_t>(rarer)];
  const int value = adder(pattern);
  if (static_cast<size_t>(value) >= columns_of_value_.size()) {
    columns_of_value_.resize(static_cast<size_t>(value) + 1);
  }
  int replaced = 0;
  for (const int column : candidates) {
    while (replace_in(columns_[static_cast<size_t>(column)], pattern, key, value)) {
      auto& list = columns_of_value_[static_cast<size_t>(value)];
      if (list.empty() || list.back() != column) list.push_back(column);
      ++replaced;
    }
  }
  ensure(replaced > 0, "a counted pattern was not found");
}

// Replaces one occurrence of the pattern in a column; false when there is none.
bool Solver::replace_in(Column& column, const Pattern& pattern, PatternKey key, int value) {
  for (size_t i = 0; i < column.size(); ++i) {
    if (column[i].value != pattern.a) continue;
    for (size_t j = 0; j < column.size(); ++j) {
      if (j == i || column[j].value != pattern.b || key_of(column[i], column[j]) != key) continue;
      const Digit a = column[i], b = column[j];
      if (b.power - a.power != pattern.shift) continue;  // the same digits, seen the other way
      const Digit sum = {value, std::min(a.power, b.power), a.sign};
      column.erase(column.begin() + static_cast<ptrdiff_t>(std::max(i, j)));
      column.erase(column.begin() + static_cast<ptrdiff_t>(std::min(i, j)));
      count(key, -1);
      for (const Digit& other : column) {
        count(key_of(a, other), -1);
        count(key_of(b, other), -1);
      }
      for (const Digit& other : column) count(key_of(sum, other), 1);
      column.push_back(sum);
      return true;
    }
  }
  return false;
}

int Solver::adder(const Pattern& pattern) {
  const auto [known, fresh] = known_adders_.try_emplace(key_of(pattern), 0);
  if (!fresh) return known->second;
  Interval a = graph_.range_of(pattern.a), b = graph_.range_of(pattern.b);
  if (pattern.shift < 0) a = shift_left(a, -pattern.shift);
  if (pattern.shift > 0) b = shift_left(b, pattern.shift);
  AdderGraph::Adder adder;
  adder.a = pattern.a;
  adder.b = pattern.b;
  adder.shift = pattern.shift;
  adder.subtract = pattern.subtract;
  adder.range = pattern.subtract ? a - b : a + b;
  adder.depth = 1 + std::max(graph_.depth_of(pattern.a), graph_.depth_of(pattern.b));
  graph_.adders.push_back(adder);
  known->second = static_cast<int>(graph_.inputs.size() + graph_.adders.size()) - 1;
  return known->second;
}

// The two digits ready first, of these the two lowest, are added until one is left.
AdderGraph::Output Solver::add_up(const Column& column) {
  if (column.empty()) return {};
  const auto order = [this](const Digit& x) {
    const int bits = greed_.by_top_bit ? bits_for(graph_.range_of(x.value)) : 0;
    return std::tuple(graph_.depth_of(x.value), x.power + bits, x.value, x.power);
  };
  const auto later = [&](const Digit& x, const Digit& y) { return order(x) > order(y); };
  std::priority_queue<Digit, std::vector<Digit>, decltype(later)> waiting(later);
  for (const Digit& digit : column) waiting.push(digit);
  while (waiting.size() > 1) {
    Digit a = waiting.top();
    waiting.pop();
    Digit b = waiting.top();
    waiting.pop();
    const bool swapped = a.sign < 0 && b.sign > 0;  // b - a needs no negation later
    if (swapped) std::swap(a, b);
    const int sum = adder({a.value, b.value, b.power - a.power, a.sign != b.sign});
    waiting.push({sum, std::min(a.power, b.power), a.sign});
  }
  const Digit last = waiting.top();
  return {last.value, last.power, last.sign < 0};
}

}  // namespace

Interval AdderGraph::range_of(int value) const {
  const auto at = static_cast<size_t>(value);
  return at < inputs.size() ? inputs[at] : adders[at - inputs.size()].range;
}

int AdderGraph::depth_of(int value) const {
  const auto at = static_cast<size_t>(value);
  return at < inputs.size() ? 0 : adders[at - inputs.size()].depth;
}

Effort effort_named(const std::string& name, const std::string& where) {
  if (name == "fast") return Effort::kFast;
  if (name == "default") return Effort::kDefault;
  if (name == "best") return Effort::kBest;
  throw Error(where, fmt::format("effort '{}' is not known", name), "fast, default or best");
}

AdderGraph solve(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                 const AdderGraphOptions& options) {
  AdderGraph best = Solver(matrix, inputs, {}).run();
  if (options.effort != Effort::kBest) return best;
  const auto price = [](const AdderGraph& graph) {
    const AdderGraphCost cost = cost_of(graph);
    return std::pair(cost.lut, cost.depth);
  };
  for (const Greed& greed : {Greed{0, true}, Greed{0, false}, Greed{1, true}, Greed{2, false}}) {
    AdderGraph other = Solver(matrix, inputs, greed).run();
    if (price(other) < price(best)) best = std::move(other);
  }
  return best;
}

std::vector<Int128> evaluate(const AdderGraph& graph, const std::vector<int64_t>& x) {
  std::vector<Int128> values(x.begin(), x.end());
  const auto power = [](int bits) { return static_cast<Int128>(1) << bits; };
  for (const AdderGraph::Adder& adder : graph.adders) {
    const Int128 a = values[static_cast<size_t>(adder.a)] * power(std::max(0, -adder.shift));
    const Int128 b = values[static_cast<size_t>(adder.b)] * power(std::max(0, adder.shift));
    values.push_back(adder.subtract ? a - b : a + b);
  }
  std::vector<Int128> result;
  for (const AdderGraph::Output& output : graph.outputs) {
    const Int128 y =
        output.value < 0 ? 0 : values[static_cast<size_t>(output.value)] * power(output.shift);
    result.push_back(output.negative ? -y : y);
  }
  return result;
}

}  // namespace trigstone
