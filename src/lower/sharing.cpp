#include "lower/sharing.h"

#include <algorithm>

#include "lower/common_terms.h"

namespace trigstone {

// What lies beyond the overlap is wires here and makes later adders longer.
int saved_bits(const SumTable& table, const SharingOptions& options, const Pattern& pattern,
               int occurrences) {
  const int low_a = std::max(0, -pattern.shift), low_b = std::max(0, pattern.shift);
  const int top = std::min(table.bits(pattern.a) + low_a, table.bits(pattern.b) + low_b);
  const int overlap = std::max(top - std::max(low_a, low_b) + options.bonus, 1);
  const int wait = std::abs(table.depth(pattern.a) - table.depth(pattern.b));
  return occurrences * overlap - options.wait_penalty * wait;
}

// Notes the patterns of two values, the earlier one first.
void Sharing::count_pair(int a, int b) {
  const bool same = a == b;
  each_common(table_.row(a), table_.row(b), [&](const Term& x, const Term& y) {
    add_patterns(x, y, same, pair_, all_);
    ++work_;
  });
  all_.drain([&](int shift, bool subtract, int n) {
    if (n < options_.least_count) return;
    const Pattern pattern = {a, b, shift, subtract};
    queue_.push(saved_bits(table_, options_, pattern, n), packed(pattern));
  });
}

// Notes the patterns of a value with the others of its columns, itself included.
void Sharing::count_with(int value) {
  marks_.resize(static_cast<size_t>(table_.values()), 0);
  int most = 0;
  for (const Term& x : table_.row(value)) {
    most = std::max(most, x.choices.count);
    for (const int other : table_.column(x.column).values) {
      if (marks_[static_cast<size_t>(other)]++ == 0) met_.push_back(other);
    }
    work_ += static_cast<int64_t>(table_.column(x.column).values.size());
  }
  for (const int other : met_) {
    int& marks = marks_[static_cast<size_t>(other)];
    if (marks >= 2 || most >= 2) count_pair(std::min(value, other), std::max(value, other));
    marks = 0;
  }
  met_.clear();
}

void Sharing::count_everything() {
  for (int b = 0; b < table_.values(); ++b) {
    for (int a = 0; a <= b; ++a) count_pair(a, b);
  }
}

// Takes values that are there anyway into the columns that dissolved values brought terms, even
// once: what is then left makes other patterns than before.
void Sharing::reuse() {
  std::vector<int> columns;
  std::vector<bool> fresh(static_cast<size_t>(table_.values()), false);
  for (const auto& [column, value] : table_.fresh) {
    columns.push_back(column);
    fresh[static_cast<size_t>(value)] = true;
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  for (int value = table_.inputs(); value < table_.values(); ++value) {
    const int own = table_.column_of(value);
    const Column& sum = table_.column(own);
    if (sum.digits != 2) continue;
    const int a = std::min(sum.values.front(), sum.values.back());
    const int b = std::max(sum.values.front(), sum.values.back());
    if (!fresh[static_cast<size_t>(a)] && !fresh[static_cast<size_t>(b)]) continue;
    const Pattern pattern = table_.pattern_of(value);
    if (table_.depth(value) > 1 + std::max(table_.depth(a), table_.depth(b))) continue;
    const SumTable::Made made = table_.made_in(pattern, value);
    work_ += static_cast<int64_t>(columns.size());
    for (const int column : columns) {
      if (column == own || table_.replace(column, pattern, made) == 0) continue;
      table_.fresh.emplace_back(column, value);
      fresh[static_cast<size_t>(value)] = true;
    }
  }
}

// Patterns of the terms that dissolved values brought, with the others of their columns.
void Sharing::count_fresh() {
  marks_.resize(static_cast<size_t>(table_.values()), 0);
  auto& fresh = table_.fresh;
  std::sort(fresh.begin(), fresh.end(), [](const auto& x, const auto& y) {
    return std::pair(x.second, x.first) < std::pair(y.second, y.first);
  });
  for (size_t begin = 0, end = 0; begin < fresh.size(); begin = end) {
    const int value = fresh[begin].second;
    for (; end < fresh.size() && fresh[end].second == value; ++end) {
      for (const int other : table_.column(fresh[end].first).values) {
        if (marks_[static_cast<size_t>(other)]++ == 0) met_.push_back(other);
      }
    }
    for (const int other : met_) {
      marks_[static_cast<size_t>(other)] = 0;
      if (!table_.row(value).empty()) count_pair(std::min(value, other), std::max(value, other));
    }
    met_.clear();
  }
  fresh.clear();
}

// How often a pattern can be taken out now.
int Sharing::occurrences(const Pattern& pattern) {
  int found = 0;
  common_.clear();
  each_common(table_.row(pattern.a), table_.row(pattern.b), [&](const Term& x, const Term& y) {
    ++work_;
    const int n = times(pattern, x, y);
    if (n == 0 || !table_.fits(x.column, pattern.a, pattern.b)) return;
    found += n;
    common_.push_back(x.column);
  });
  return found;
}

void Sharing::share() {
  while (!queue_.empty()) {
    const PatternQueue::Entry entry = queue_.pop();
    const Pattern pattern = unpacked(entry.key);
    const int count = occurrences(pattern);
    if (count < options_.least_count) continue;
    const int now = saved_bits(table_, options_, pattern, count);
    if (now < entry.score && entry.score > 0) {
      queue_.push(now, entry.key);
      continue;
    }
    take_out(pattern);
  }
}

void Sharing::take_out(const Pattern& pattern) {
  // A column that holds the pattern alone makes the value already.
  SumTable::Made made;
  for (const int column : common_) {
    if (column < table_.outputs() || table_.column(column).digits != 2) continue;
    made = table_.made_in(pattern, table_.value_of(column));
    break;
  }
  const std::vector<int> columns = common_;
  if (made.value < 0) made = table_.make(pattern);
  const int own = table_.column_of(made.value);
  for (const int column : columns) {
    if (column != own) table_.replace(column, pattern, made);
  }
  // The count may have promised more than there was.
  if (table_.readers(made.value) < 2) {
    const size_t fresh = table_.fresh.size();
    table_.dissolve(made.value);
    table_.fresh.resize(fresh);
    return;
  }
  count_with(made.value);
}

}  // namespace trigstone
