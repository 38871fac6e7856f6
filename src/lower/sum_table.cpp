#include "lower/sum_table.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

bool fits_64(Int128 x) { return x == static_cast<int64_t>(x); }

auto place_in(auto& row, int column) {
  return std::lower_bound(row.begin(), row.end(), column,
                          [](const Term& x, int c) { return x.column < c; });
}

}  // namespace

SumTable::SumTable(const std::vector<Interval>& inputs, int outputs, int depth_limit,
                   bool every_form)
    : inputs_(static_cast<int>(inputs.size())),
      outputs_(outputs),
      every_form_(every_form),
      rows_(inputs.size()),
      columns_(static_cast<size_t>(outputs)),
      row_saved_(inputs.size(), 0),
      column_saved_(static_cast<size_t>(outputs), 0) {
  for (const Interval& range : inputs) states_.push_back({range, bits_for(range), 0, true});
  for (Column& column : columns_) column.depth_limit = depth_limit;
}

const Term* SumTable::find(int column, int value) const {
  const Row& row = rows_[static_cast<size_t>(value)];
  const auto at = place_in(row, column);
  return at == row.end() || at->column != column ? nullptr : &*at;
}

bool SumTable::fits(int column, int a, int b) const {
  const Column& at = columns_[static_cast<size_t>(column)];
  const int deeper = std::max(depth(a), depth(b));
  const uint64_t before = (uint64_t{1} << depth(a)) + (uint64_t{1} << depth(b));
  return at.room - before + (uint64_t{2} << deeper) <= uint64_t{1} << at.depth_limit;
}

int SumTable::readers(int value) const {
  int digits = 0;
  for (const Term& x : row(value)) digits += x.choices.count;
  return digits;
}

DigitChoices SumTable::less_one(const DigitChoices& choices, int64_t rest, int power) const {
  if (every_form_) return fewer_choices(choices, rest);
  const uint64_t others = ~(uint64_t{1} << power);
  return {choices.plus & others, choices.minus & others, choices.count - 1};
}

Row& SumTable::row_to_change(int value) {
  Row& row = rows_[static_cast<size_t>(value)];
  uint32_t& saved = row_saved_[static_cast<size_t>(value)];
  if (recording_ && saved != epoch_ && value < values_before_) {
    saved = epoch_;
    saved_rows_.emplace_back(value, row);
  }
  return row;
}

Column& SumTable::column_to_change(int at) {
  Column& column = columns_[static_cast<size_t>(at)];
  uint32_t& saved = column_saved_[static_cast<size_t>(at)];
  if (recording_ && saved != epoch_ && at < column_of(values_before_)) {
    saved = epoch_;
    saved_columns_.emplace_back(at, column);
  }
  return column;
}

void SumTable::set(Term& term, Column& column, int value, int64_t coefficient,
                   const DigitChoices& choices) const {
  column.digits += choices.count - term.choices.count;
  column.room += static_cast<uint64_t>(choices.count) << depth(value);
  column.room -= static_cast<uint64_t>(term.choices.count) << depth(value);
  term.coefficient = coefficient;
  term.choices = choices;
}

void SumTable::drop_empty(int value, int column) {
  Row& row = rows_[static_cast<size_t>(value)];
  const auto at = place_in(row, column);
  if (at == row.end() || at->column != column || at->coefficient != 0) return;
  row.erase(at);
  auto& values = columns_[static_cast<size_t>(column)].values;
  const auto found = std::find(values.begin(), values.end(), value);
  *found = values.back();
  values.pop_back();
}

bool SumTable::add(int column, int value, Int128 coefficient) {
  Row& row = row_to_change(value);
  Column& sum = column_to_change(column);
  auto at = place_in(row, column);
  const bool known = at != row.end() && at->column == column;
  const Int128 total = (known ? at->coefficient : 0) + coefficient;
  if (!fits_64(total)) return false;
  if (total == 0 && !known) return true;
  if (!known) {
    at = row.insert(at, Term{column, 0, {}});
    sum.values.push_back(value);
  }
  const auto size = static_cast<int64_t>(total);
  set(*at, sum, value, size, choices_of(size));
  if (size == 0) drop_empty(value, column);
  changed.push_back(column);
  return true;
}

Pattern SumTable::pattern_of(int value) const {
  const auto& values = column(column_of(value)).values;
  const int a = std::min(values.front(), values.back());
  const int b = std::max(values.front(), values.back());
  int powers[2] = {}, count = 0;
  bool negative[2] = {};
  for (const int x : {a, b}) {
    if (count == 2) break;
    each_digit(canonical_choices(find(column_of(value), x)->coefficient),
               [&](int power, bool minus) {
                 powers[count] = power;
                 negative[count++] = minus;
               });
  }
  if (a == b && powers[1] < powers[0]) std::swap(powers[0], powers[1]);
  return {a, b, powers[1] - powers[0], negative[0] != negative[1]};
}

SumTable::Made SumTable::made_in(const Pattern& pattern, int value) const {
  const int own = column_of(value);
  const Places places = places_of(pattern, *find(own, pattern.a), *find(own, pattern.b));
  const int power = std::countr_zero(places.plus | places.minus);
  return {value, -power, (places.plus >> power & 1) == 0};
}

SumTable::Made SumTable::make(const Pattern& pattern) {
  const int value = values();
  ensure(value < 1 << 28, "more shared sums than a pattern can name");
  const int up_a = std::max(0, -pattern.shift), up_b = std::max(0, pattern.shift);
  const bool minus_a = pattern.shift < 0 && pattern.subtract;
  const bool minus_b = pattern.shift >= 0 && pattern.subtract;
  const Interval a = shift_left(range(pattern.a), up_a), b = shift_left(range(pattern.b), up_b);
  State state;
  state.range = minus_a ? b - a : minus_b ? a - b : a + b;
  state.bits = bits_for(state.range);
  state.depth = 1 + std::max(depth(pattern.a), depth(pattern.b));
  states_.push_back(state);
  rows_.emplace_back();
  columns_.emplace_back();
  columns_.back().depth_limit = state.depth;
  row_saved_.push_back(0);
  column_saved_.push_back(0);
  const bool kept = add(column_of(value), pattern.a, digit(up_a, minus_a)) &&
                    add(column_of(value), pattern.b, digit(up_b, minus_b));
  ensure(kept, "a pattern of 64 bits");
  // The lower term is not subtracted, which keeps its low bits wires.
  return {value, -up_a, minus_a};
}

int SumTable::replace(int column, const Pattern& pattern, const Made& made) {
  Row &row_a = row_to_change(pattern.a), &row_b = row_to_change(pattern.b);
  const bool same = pattern.a == pattern.b;
  int count = 0;
  while (true) {
    const auto a = place_in(row_a, column), b = place_in(row_b, column);
    if (a == row_a.end() || a->column != column || b == row_b.end() || b->column != column) break;
    if (!fits(column, pattern.a, pattern.b)) break;
    const Places places = places_of(pattern, *a, *b);
    if (places.none()) break;
    const int power = std::countr_zero(places.plus | places.minus);  // the lowest place
    const bool negative = (places.plus >> power & 1) == 0;
    const int power_b = power + pattern.shift;
    const Int128 of_a = a->coefficient - digit(power, negative);
    const Int128 of_b =
        (same ? of_a : b->coefficient) - digit(power_b, negative != pattern.subtract);
    // +2^63 is one of INT64_MAX's digits.
    if (!fits_64(of_a) || !fits_64(of_b)) break;
    if (!add(column, made.value, digit(power + made.power, negative != made.negative))) break;
    Column& sum = column_to_change(column);
    const auto rest_a = static_cast<int64_t>(of_a), rest_b = static_cast<int64_t>(of_b);
    if (same) {
      set(*a, sum, pattern.a, rest_b,
          less_one(less_one(a->choices, rest_a, power), rest_b, power_b));
    } else {
      set(*a, sum, pattern.a, rest_a, less_one(a->choices, rest_a, power));
      set(*b, sum, pattern.b, rest_b, less_one(b->choices, rest_b, power_b));
    }
    drop_empty(pattern.a, column);
    if (!same) drop_empty(pattern.b, column);
    ++count;
  }
  return count;
}

bool SumTable::dissolve(int value) {
  const int own = column_of(value);
  const Row readers = row(value);
  const std::vector<int> values = column(own).values;
  std::vector<std::pair<int, int64_t>> terms;
  for (const int x : values) terms.emplace_back(x, find(own, x)->coefficient);
  for (const Term& reader : readers) {
    for (const auto& [x, coefficient] : terms) {
      const Term* there = find(reader.column, x);
      const Int128 more = static_cast<Int128>(coefficient) * reader.coefficient;
      if (!fits_64(more + (there == nullptr ? 0 : there->coefficient))) return false;
    }
  }
  for (const Term& reader : readers) {
    for (const auto& [x, coefficient] : terms) {
      add(reader.column, x, static_cast<Int128>(coefficient) * reader.coefficient);
      fresh.emplace_back(reader.column, x);
    }
    add(reader.column, value, -static_cast<Int128>(reader.coefficient));
  }
  for (const auto& [x, coefficient] : terms) add(own, x, -static_cast<Int128>(coefficient));
  states_[static_cast<size_t>(value)].alive = false;
  if (recording_) killed_.push_back(value);
  return true;
}

void SumTable::flip(int value) {
  const auto twice = [](int64_t coefficient) { return -2 * static_cast<Int128>(coefficient); };
  const int own = column_of(value);
  const Row readers = row(value);
  const std::vector<int> values = column(own).values;
  for (const int x : values) add(own, x, twice(find(own, x)->coefficient));
  for (const Term& reader : readers) add(reader.column, value, twice(reader.coefficient));
  State& state = states_[static_cast<size_t>(value)];
  state.range = {-state.range.high, -state.range.low};
  state.bits = bits_for(state.range);
  if (recording_) flipped_.push_back(value);
}

bool SumTable::flatten(int value) {
  const int own = column_of(value), before = depth(value);
  const int least = std::max(static_cast<int>(std::bit_width(column(own).room - 1)), 1);
  if (least >= before) return false;
  for (const Term& reader : row(value)) {
    const auto digits = static_cast<uint64_t>(reader.choices.count);
    Column& sum = column_to_change(reader.column);
    sum.room -= (digits << before) - (digits << least);
    changed.push_back(reader.column);
  }
  column_to_change(own).depth_limit = least;
  states_[static_cast<size_t>(value)].depth = least;
  changed.push_back(own);
  if (recording_) flattened_.emplace_back(value, before);
  return true;
}

void SumTable::set_cost(int column, int64_t cost) { column_to_change(column).cost = cost; }

void SumTable::compact() {
  ensure(!recording_, "compact between steps");
  std::vector<int> now(rows_.size(), -1);
  int values = 0;
  for (int value = 0; value < this->values(); ++value) {
    if (alive(value)) now[static_cast<size_t>(value)] = values++;
  }
  SumTable table = *this;
  table.states_.clear();
  table.rows_.clear();
  table.columns_.resize(static_cast<size_t>(outputs_));
  for (int value = 0; value < this->values(); ++value) {
    if (!alive(value)) continue;
    table.states_.push_back(states_[static_cast<size_t>(value)]);
    table.rows_.push_back(std::move(rows_[static_cast<size_t>(value)]));
    for (Term& x : table.rows_.back()) {
      if (x.column >= outputs_) x.column = column_of(now[static_cast<size_t>(value_of(x.column))]);
    }
    if (is_shared(value)) table.columns_.push_back(column(column_of(value)));
  }
  for (Column& column : table.columns_) {
    for (int& value : column.values) value = now[static_cast<size_t>(value)];
  }
  table.row_saved_.assign(table.rows_.size(), 0);
  table.column_saved_.assign(table.columns_.size(), 0);
  table.epoch_ = 0;
  table.changed.clear();
  table.fresh.clear();
  *this = std::move(table);
}

void SumTable::begin() {
  recording_ = true;
  ++epoch_;
  values_before_ = values();
}

void SumTable::undo() {
  const auto kept = static_cast<size_t>(values_before_);
  states_.resize(kept);
  rows_.resize(kept);
  row_saved_.resize(kept);
  columns_.resize(static_cast<size_t>(column_of(values_before_)));
  column_saved_.resize(columns_.size());
  for (auto& [value, row] : saved_rows_) rows_[static_cast<size_t>(value)] = std::move(row);
  for (auto& [at, column] : saved_columns_) columns_[static_cast<size_t>(at)] = std::move(column);
  for (size_t i = flattened_.size(); i-- > 0;) {
    const auto [value, before] = flattened_[i];
    if (value < values_before_) states_[static_cast<size_t>(value)].depth = before;
  }
  for (const int value : flipped_) {
    if (value >= values_before_) continue;
    State& state = states_[static_cast<size_t>(value)];
    state.range = {-state.range.high, -state.range.low};
    state.bits = bits_for(state.range);
  }
  for (const int value : killed_) {
    if (value < values_before_) states_[static_cast<size_t>(value)].alive = true;
  }
  commit();
}

void SumTable::commit() {
  recording_ = false;
  saved_rows_.clear();
  saved_columns_.clear();
  killed_.clear();
  flipped_.clear();
  flattened_.clear();
}

}  // namespace trigstone
