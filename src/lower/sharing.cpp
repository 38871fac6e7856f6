#include "lower/sharing.h"

#include <algorithm>
#include <iterator>

namespace trigstone {

namespace {

uint64_t shifted_down(uint64_t bits, int shift) {
  if (shift >= 64 || shift <= -64) return 0;
  return shift >= 0 ? bits >> shift : bits << -shift;
}

}  // namespace

// Patterns of a value with the others of its columns, itself included.
void Sharing::count_new(int value, bool earlier_only) {
  struct Meeting {
    int other, column;
  };
  std::vector<Meeting> meetings;
  for (const int column : where_[static_cast<size_t>(value)]) {
    if (find(static_cast<size_t>(column), value) == nullptr) continue;
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
      each_pattern(x, y, pair_, [&](int shift, bool sub, int n) { all_.add(shift, sub, n); });
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
  const int overlap = std::max(top - std::max(low_a, low_b) + options_.bonus, 1);
  const int wait = std::abs(depth(pattern.a) - depth(pattern.b));
  return static_cast<int64_t>(occurrences) * overlap - int64_t{options_.wait_penalty} * wait;
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
  note_columns(static_cast<size_t>(sum.value), changed);
  for (const int column : changed) {
    std::erase_if(columns_[static_cast<size_t>(column)],
                  [](const Term& x) { return x.coefficient == 0; });
  }
  count_new(sum.value, false);
}

// Adds columns to those of a value; both lists are ascending.
void Sharing::note_columns(size_t value, const std::vector<int>& columns) {
  std::vector<int> all;
  std::set_union(where_[value].begin(), where_[value].end(), columns.begin(), columns.end(),
                 std::back_inserter(all));
  where_[value] = std::move(all);
}

// Counts the patterns of a value with all others of a column but one, `sign`
// times.
void Sharing::change_counts(size_t column, int value, int but, int sign) {
  const Term* own = find(column, value);
  if (own == nullptr) return;
  for (const Term& x : columns_[column]) {
    if (x.coefficient == 0 || x.value == but) continue;
    const Term &first = x.value < value ? x : *own, &second = x.value < value ? *own : x;
    each_pattern(first, second, pair_, [&](int shift, bool subtract, int n) {
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

}  // namespace trigstone
