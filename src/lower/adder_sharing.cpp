// Greedy two-term sharing, with the choice among shortest digit sums left open.
//
// A column keeps one integer coefficient a value; its digits are chosen only
// when a pattern takes them: 3 x0 + 3 x1 holds x0 + x1 once as 2 x0 + 2 x1 and
// once as x0 + x1, or as 4 x0 + 4 x1 and
// -(x0 + x1). The table counts occurrences of every pattern over all columns; a
// heap with lazy updates gives the one that saves most. A replacement changes
// the counts of one column's pairs with the two values only, and only the new
// value brings new patterns.
//
// Pairs are quadratic in a column's digits, so wide matrices are first shared
// among groups of rows, then as a whole with what is left.
#include "lower/adder_sharing.h"

#include <algorithm>
#include <array>
#include <bit>
#include <queue>

#include "base/error.h"
#include "lower/pattern_counts.h"
#include "lower/signed_digits.h"

namespace trigstone {

namespace {

struct Term {
  int value = 0;
  int64_t coefficient = 0;
  DigitChoices choices;
};

// Ascending values; terms of coefficient 0 are removed now and then.
using Terms = std::vector<Term>;

constexpr int kShifts = 128;  // -64 … 63

uint64_t shifted_down(uint64_t bits, int shift) {
  if (shift >= 64 || shift <= -64) return 0;
  return shift >= 0 ? bits >> shift : bits << -shift;
}

// Calls use(power, negative) for every digit of the choices.
template <class F>
void each_digit(const DigitChoices& choices, const F& use) {
  for (uint64_t bits = choices.plus; bits != 0; bits &= bits - 1)
    use(std::countr_zero(bits), false);
  for (uint64_t bits = choices.minus; bits != 0; bits &= bits - 1)
    use(std::countr_zero(bits), true);
}

Int128 digit(int power, bool negative) {
  const auto size = static_cast<Int128>(1) << power;
  return negative ? -size : size;
}

// Whether two digits can leave a coefficient one after the other.
bool both_leave(const Term& x, int p, bool p_negative, int q, bool q_negative) {
  const Int128 rest = x.coefficient - digit(p, p_negative) - digit(q, q_negative);
  return signed_digit_count(rest) == x.choices.count - 2;
}

// Digits of the fullest column.
int64_t most_digits(const IntegerMatrix& matrix) {
  int64_t most = 1;
  for (int64_t column = 0; column < matrix.columns; ++column) {
    int64_t digits = 0;
    for (int64_t row = 0; row < matrix.rows; ++row) {
      digits += signed_digit_count(matrix.at(row, column));
    }
    most = std::max(most, digits);
  }
  return most;
}

// Numbers of occurrences by shift and sign; remembers which it must clear.
class Tally {
 public:
  void add(int shift, bool subtract, int n) {
    const auto at = static_cast<size_t>((shift + kShifts / 2) * 2 + (subtract ? 1 : 0));
    if (counts_[at] == 0) touched_[used_++] = static_cast<uint8_t>(at);
    counts_[at] += n;
  }
  // Calls use(shift, subtract, count) for each and forgets them.
  template <class F>
  void drain(const F& use) {
    for (size_t i = 0; i < used_; ++i) {
      const size_t at = touched_[i];
      use(static_cast<int>(at / 2) - kShifts / 2, (at & 1) != 0, counts_[at]);
      counts_[at] = 0;
    }
    used_ = 0;
  }

 private:
  std::array<int, 2 * kShifts> counts_{};
  std::array<uint8_t, 2 * kShifts> touched_{};
  size_t used_ = 0;
};

class Sharing {
 public:
  Sharing(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
          const SharingOptions& options)
      : options_(options), matrix_(matrix), sums_{AdderBuilder(inputs), {}} {}

  SharedSums run();

 private:
  DigitChoices choices_of(int64_t coefficient) const {
    return options_.every_form ? every_choice(coefficient) : canonical_choices(coefficient);
  }
  int depth(int value) const { return sums_.builder.depth(value); }
  uint64_t& room(size_t column) { return room_[column % static_cast<size_t>(matrix_.columns)]; }

  void read(int64_t rows_a_group);
  void join_groups();
  void count_everything();
  void count_new(int value, bool earlier_only);
  template <class F>
  void each_pattern(const Term& x, const Term& y, const F& use);
  int64_t saving(const Pattern& pattern, int occurrences) const;
  void push(uint64_t key, int occurrences);
  void share();
  void take_out(const Pattern& pattern, uint64_t key);

  Term* find(size_t column, int value);
  bool fits(size_t column, int a, int b);
  struct Place {
    int power = -1;  // of a's digit
    bool negative = false;
  };
  Place place_of(const Pattern& pattern, const Term& a, const Term& b) const;
  int occurrences(const Pattern& pattern, const std::vector<int>& columns);
  bool replace(size_t column, const Pattern& pattern, const Addend& sum);
  void change_counts(size_t column, int value, int but, int sign);

  const SharingOptions options_;
  const IntegerMatrix& matrix_;
  SharedSums sums_;
  std::vector<Terms> columns_;           // groups of rows one after the other
  std::vector<std::vector<int>> where_;  // columns of each value; may name some that lost it
  // 2^depth summed over a column's terms: adders can be arranged within the
  // limit while this is at most 2^limit (Kraft's inequality).
  std::vector<uint64_t> room_;
  PatternCounts counts_;
  struct Entry {
    int64_t saving;
    uint64_t key;
    bool operator<(const Entry& other) const {  // equal savings: the oldest values first
      return saving != other.saving ? saving < other.saving : key > other.key;
    }
  };
  std::priority_queue<Entry> heap_;
  Tally pair_, all_;
};

void Sharing::read(int64_t rows_a_group) {
  const int64_t groups = (matrix_.rows + rows_a_group - 1) / std::max<int64_t>(rows_a_group, 1);
  columns_.resize(static_cast<size_t>(groups * matrix_.columns));
  where_.resize(static_cast<size_t>(matrix_.rows));
  room_.assign(static_cast<size_t>(matrix_.columns), 0);
  for (int64_t row = 0; row < matrix_.rows; ++row) {
    const Interval x = sums_.builder.graph.inputs[static_cast<size_t>(row)];
    if (x.low == 0 && x.high == 0) continue;
    for (int64_t column = 0; column < matrix_.columns; ++column) {
      const int64_t c = matrix_.at(row, column);
      if (c == 0) continue;
      const int64_t at = row / rows_a_group * matrix_.columns + column;
      columns_[static_cast<size_t>(at)].push_back({static_cast<int>(row), c, choices_of(c)});
      where_[static_cast<size_t>(row)].push_back(static_cast<int>(at));
      room_[static_cast<size_t>(column)] += static_cast<uint64_t>(signed_digit_count(c));
    }
  }
}

void Sharing::join_groups() {
  const auto columns = static_cast<size_t>(matrix_.columns);
  for (size_t at = columns; at < columns_.size(); ++at) {
    Terms& whole = columns_[at % columns];
    whole.insert(whole.end(), columns_[at].begin(), columns_[at].end());
  }
  columns_.resize(columns);
  for (auto& list : where_) list.clear();
  for (size_t at = 0; at < columns; ++at) {
    Terms& terms = columns_[at];
    std::sort(terms.begin(), terms.end(),
              [](const Term& x, const Term& y) { return x.value < y.value; });
    for (const Term& x : terms) {
      where_[static_cast<size_t>(x.value)].push_back(static_cast<int>(at));
    }
  }
  counts_ = {};
  heap_ = {};
}

// Calls use(shift, subtract, n) for the patterns that x (the earlier value) and
// y make, or x with itself; n is how many can be taken out one after the other,
// or a little more.
template <class F>
void Sharing::each_pattern(const Term& x, const Term& y, const F& use) {
  const bool same = x.value == y.value;
  each_digit(x.choices, [&](int p, bool p_negative) {
    each_digit(y.choices, [&](int q, bool q_negative) {
      if (same && (q <= p || !both_leave(x, p, p_negative, q, q_negative))) return;
      pair_.add(q - p, p_negative != q_negative, 1);
    });
  });
  const int most = same ? x.choices.count / 2 : std::min(x.choices.count, y.choices.count);
  pair_.drain([&](int shift, bool subtract, int n) { use(shift, subtract, std::min(n, most)); });
}

// Patterns of a value with the others of its columns, itself included.
void Sharing::count_new(int value, bool earlier_only) {
  struct Meeting {
    int other, column;
  };
  std::vector<Meeting> meetings;
  for (const int column : where_[static_cast<size_t>(value)]) {
    for (const Term& x : columns_[static_cast<size_t>(column)]) {
      if (x.coefficient == 0 || (earlier_only && x.value > value)) continue;
      meetings.push_back({x.value, column});
    }
  }
  std::sort(meetings.begin(), meetings.end(), [](const Meeting& x, const Meeting& y) {
    return std::pair(x.other, x.column) < std::pair(y.other, y.column);
  });
  for (size_t begin = 0; begin < meetings.size();) {
    const int other = meetings[begin].other;
    size_t end = begin;
    for (; end < meetings.size() && meetings[end].other == other; ++end) {
      const auto column = static_cast<size_t>(meetings[end].column);
      const Term &x = *find(column, std::min(other, value)),
                 &y = *find(column, std::max(other, value));
      each_pattern(x, y, [&](int shift, bool sub, int n) { all_.add(shift, sub, n); });
    }
    all_.drain([&](int shift, bool subtract, int n) {
      if (n < 2) return;
      const uint64_t key =
          packed({std::min(other, value), std::max(other, value), shift, subtract});
      counts_.set(key, n);
      push(key, n);
    });
    begin = end;
  }
}

void Sharing::count_everything() {
  for (size_t value = 0; value < where_.size(); ++value) {
    count_new(static_cast<int>(value), true);
  }
}

// Bits in which both operands meet, times the adders saved: what lies beyond
// the overlap is wires here and makes later adders longer.
int64_t Sharing::saving(const Pattern& pattern, int occurrences) const {
  const AdderBuilder& builder = sums_.builder;
  const int low_a = std::max(0, -pattern.shift), low_b = std::max(0, pattern.shift);
  const int top = std::min(builder.bits(pattern.a) + low_a, builder.bits(pattern.b) + low_b);
  const int overlap = std::max(top - std::max(low_a, low_b), 1) + options_.bonus;
  const int wait = std::abs(depth(pattern.a) - depth(pattern.b));
  return static_cast<int64_t>(occurrences) * overlap - options_.wait_penalty * wait;
}

void Sharing::push(uint64_t key, int occurrences) {
  heap_.push({saving(unpacked(key), occurrences), key});
}

Term* Sharing::find(size_t column, int value) {
  Terms& terms = columns_[column];
  const auto found = std::lower_bound(terms.begin(), terms.end(), value,
                                      [](const Term& x, int v) { return x.value < v; });
  if (found == terms.end() || found->value != value || found->coefficient == 0) return nullptr;
  return &*found;
}

// Whether a column that adds a and b early still meets the depth limit.
bool Sharing::fits(size_t column, int a, int b) {
  const int deeper = std::max(depth(a), depth(b));
  const uint64_t before = (uint64_t{1} << depth(a)) + (uint64_t{1} << depth(b));
  return room(column) - before + (uint64_t{2} << deeper) <= uint64_t{1} << options_.depth_limit;
}

// The lowest place where both digits can be taken.
Sharing::Place Sharing::place_of(const Pattern& pattern, const Term& a, const Term& b) const {
  const uint64_t same =
      shifted_down(pattern.subtract ? b.choices.minus : b.choices.plus, pattern.shift);
  const uint64_t opposite =
      shifted_down(pattern.subtract ? b.choices.plus : b.choices.minus, pattern.shift);
  uint64_t plus = a.choices.plus & same, minus = a.choices.minus & opposite;
  while ((plus | minus) != 0) {
    const int power = std::countr_zero(plus | minus);
    const bool negative = (plus >> power & 1) == 0;
    if (a.value != b.value ||
        both_leave(a, power, negative, power + pattern.shift, negative != pattern.subtract)) {
      return {power, negative};
    }
    (negative ? minus : plus) &= ~(uint64_t{1} << power);
  }
  return {};
}

// Columns that hold the pattern and may use it; counts at most two.
int Sharing::occurrences(const Pattern& pattern, const std::vector<int>& columns) {
  int found = 0;
  for (const int at : columns) {
    const auto column = static_cast<size_t>(at);
    const Term *a = find(column, pattern.a), *b = find(column, pattern.b);
    if (a == nullptr || b == nullptr || !fits(column, pattern.a, pattern.b)) continue;
    if (place_of(pattern, *a, *b).power < 0) continue;
    const int n = pattern.a == pattern.b ? a->choices.count / 2
                                         : std::min(a->choices.count, b->choices.count);
    // With several digits of both, a second place may follow the first.
    found += std::min(n, 2);
    if (found >= 2) break;
  }
  return found;
}

void Sharing::share() {
  while (!heap_.empty()) {
    const Entry entry = heap_.top();
    heap_.pop();
    const int count = counts_.count(entry.key);
    if (count < 2) continue;
    const Pattern pattern = unpacked(entry.key);
    const int64_t now = saving(pattern, count);
    if (now < entry.saving) {
      heap_.push({now, entry.key});
      continue;
    }
    take_out(pattern, entry.key);
  }
}

void Sharing::take_out(const Pattern& pattern, uint64_t key) {
  const auto& of_a = where_[static_cast<size_t>(pattern.a)];
  const auto& of_b = where_[static_cast<size_t>(pattern.b)];
  const std::vector<int> candidates = of_a.size() < of_b.size() ? of_a : of_b;
  counts_.set(key, 0);
  if (occurrences(pattern, candidates) < 2) return;
  const Addend sum =
      sums_.builder.add({pattern.a, 0, false}, {pattern.b, pattern.shift, pattern.subtract});
  where_.resize(static_cast<size_t>(sums_.builder.values()));
  std::vector<int> changed;
  for (const int column : candidates) {
    bool any = false;
    while (replace(static_cast<size_t>(column), pattern, sum)) any = true;
    if (any) changed.push_back(column);
  }
  where_[static_cast<size_t>(sum.value)] = changed;
  for (const int column : changed) {
    std::erase_if(columns_[static_cast<size_t>(column)],
                  [](const Term& x) { return x.coefficient == 0; });
  }
  count_new(sum.value, false);
}

// Counts the patterns of a value with all others of a column but one, `sign`
// times.
void Sharing::change_counts(size_t column, int value, int but, int sign) {
  const Term* own = find(column, value);
  if (own == nullptr) return;
  for (const Term& x : columns_[column]) {
    if (x.coefficient == 0 || x.value == but) continue;
    const Term &first = x.value < value ? x : *own, &second = x.value < value ? *own : x;
    each_pattern(first, second, [&](int shift, bool subtract, int n) {
      counts_.add(packed({first.value, second.value, shift, subtract}), sign * n);
    });
  }
}

// Replaces one occurrence of the pattern in a column; false when there is none.
bool Sharing::replace(size_t column, const Pattern& pattern, const Addend& sum) {
  Term *a = find(column, pattern.a), *b = find(column, pattern.b);
  if (a == nullptr || b == nullptr || !fits(column, pattern.a, pattern.b)) return false;
  const Place place = place_of(pattern, *a, *b);
  if (place.power < 0) return false;
  const Term* own = find(column, sum.value);
  const Int128 of_sum = (own == nullptr ? 0 : own->coefficient) +
                        digit(place.power + sum.power, place.negative != sum.negative);
  const Int128 of_a = a->coefficient - digit(place.power, place.negative);
  const Int128 of_b = (a == b ? of_a : b->coefficient) -
                      digit(place.power + pattern.shift, place.negative != pattern.subtract);
  for (const Int128 c : {of_sum, of_a, of_b}) {
    if (c != static_cast<int64_t>(c)) return false;  // +2^63, one of INT64_MAX's digits
  }

  const bool distinct = pattern.a != pattern.b;
  change_counts(column, pattern.a, -1, -1);
  if (distinct) change_counts(column, pattern.b, pattern.a, -1);
  a->coefficient = static_cast<int64_t>(of_a);
  b->coefficient = static_cast<int64_t>(of_b);
  a->choices = choices_of(a->coefficient);
  if (distinct) b->choices = choices_of(b->coefficient);
  change_counts(column, pattern.a, -1, 1);
  if (distinct) change_counts(column, pattern.b, pattern.a, 1);

  Terms& terms = columns_[column];
  auto at = std::lower_bound(terms.begin(), terms.end(), sum.value,
                             [](const Term& x, int v) { return x.value < v; });
  if (at == terms.end() || at->value != sum.value) at = terms.insert(at, {sum.value, 0, {}});
  uint64_t& used = room(column);
  used -= static_cast<uint64_t>(at->choices.count) << depth(sum.value);
  at->coefficient = static_cast<int64_t>(of_sum);
  at->choices = choices_of(at->coefficient);
  used += static_cast<uint64_t>(at->choices.count) << depth(sum.value);
  used -= (uint64_t{1} << depth(pattern.a)) + (uint64_t{1} << depth(pattern.b));
  return true;
}

SharedSums Sharing::run() {
  // So many groups that no column of one has more than a few hundred digits.
  constexpr int64_t kDigits = 320;
  const int64_t most = most_digits(matrix_);
  const int64_t groups = (most + kDigits - 1) / kDigits;
  read(std::max<int64_t>((matrix_.rows + groups - 1) / groups, 1));
  count_everything();
  share();
  if (groups > 1) {
    join_groups();
    count_everything();
    share();
  }
  for (const Terms& terms : columns_) {
    std::vector<Addend> left;
    for (const Term& x : terms) {
      for (const SignedDigit digit : canonical_signed_digits(x.coefficient)) {
        left.push_back({x.value, digit.power, digit.sign < 0});
      }
    }
    sums_.columns.push_back(std::move(left));
  }
  return std::move(sums_);
}

int depth_for(int64_t terms) {
  return static_cast<int>(std::bit_width(static_cast<uint64_t>(terms - 1)));
}

}  // namespace

int least_depth(const IntegerMatrix& matrix) { return depth_for(most_digits(matrix)); }

int usual_depth(const IntegerMatrix& matrix) { return depth_for(most_digits(matrix) * 3 / 2); }

SharedSums share_sums(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                      const SharingOptions& options) {
  ensure(static_cast<int64_t>(inputs.size()) == matrix.rows, "share_sums: one interval an input");
  return Sharing(matrix, inputs, options).run();
}

}  // namespace trigstone
