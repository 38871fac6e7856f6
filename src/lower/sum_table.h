// Sums under construction: outputs and the values they share, each a sum of inputs and shared
// values with integer coefficients.
//
// A column is one sum, of an output or of a shared value; a row is one value and its terms in the
// columns. A coefficient's digits are chosen only when a pattern takes them: 3 x0 + 3 x1 holds
// x0 + x1 once as 2 x0 + 2 x1 and once as x0 + x1, or as 4 x0 + 4 x1 and -(x0 + x1).
#pragma once

#include <cstdint>
#include <vector>

#include "lower/term_patterns.h"

namespace trigstone {

using Row = std::vector<Term>;  // ascending columns

struct Column {
  std::vector<int> values;  // those with a term, in any order
  // 2^depth summed over the digits: two-operand adders can be arranged within
  // the limit while this is at most 2^limit (Kraft's inequality).
  uint64_t room = 0;
  int digits = 0;
  int depth_limit = 0;  // of a shared value: its depth
  int64_t cost = 0;     // kept for the search
};

class SumTable {
 public:
  SumTable(const std::vector<Interval>& inputs, int outputs, int depth_limit, bool every_form);

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  int values() const { return static_cast<int>(rows_.size()); }
  int columns() const { return static_cast<int>(columns_.size()); }
  const Row& row(int value) const { return rows_[static_cast<size_t>(value)]; }
  const Column& column(int at) const { return columns_[static_cast<size_t>(at)]; }
  // Where a shared value is summed, and the value of such a column.
  int column_of(int value) const { return outputs_ + value - inputs_; }
  int value_of(int column) const { return inputs_ + column - outputs_; }
  bool is_shared(int value) const { return value >= inputs_; }
  bool alive(int value) const { return states_[static_cast<size_t>(value)].alive; }
  int depth(int value) const { return states_[static_cast<size_t>(value)].depth; }
  int bits(int value) const { return states_[static_cast<size_t>(value)].bits; }
  Interval range(int value) const { return states_[static_cast<size_t>(value)].range; }
  const Term* find(int column, int value) const;
  // Whether a column that adds a and b early still meets its depth limit.
  bool fits(int column, int a, int b) const;
  // Digits that read the value, in all columns.
  int readers(int value) const;

  // Adds to the coefficient of a value; false, and nothing changed, where that overflows.
  bool add(int column, int value, Int128 coefficient);
  // Makes the pattern a value with a column of its own: a +- b * 2^shift is
  // (negative ? -1 : 1) * value * 2^power.
  struct Made {
    int value = -1, power = 0;
    bool negative = false;
  };
  Made make(const Pattern& pattern);
  // The same of a shared value whose column is this pattern and nothing else.
  Made made_in(const Pattern& pattern, int value) const;
  // Of a shared value with two digits.
  Pattern pattern_of(int value) const;
  // Takes the pattern out of a column as often as it can; returns how often.
  int replace(int column, const Pattern& pattern, const Made& made);
  // Writes a shared value's terms into its readers and forgets it; false, and nothing changed, when
  // a coefficient would overflow.
  bool dissolve(int value);

  // Makes a shared value its negative.
  void flip(int value);

  // Makes a shared value no deeper than two-operand adders of its terms need be; true when that
  // changed something.
  bool flatten(int value);

  // Columns whose terms changed since this was cleared, each once or more.
  std::vector<int> changed;
  // Terms that dissolved values brought: their column and value.
  std::vector<std::pair<int, int>> fresh;

  void set_cost(int column, int64_t cost);
  // Numbers the values anew, dead ones left out.
  void compact();
  // After begin(), undo() brings everything back as it was, commit() keeps it.
  void begin();
  void undo();
  void commit();

 private:
  struct State {
    Interval range;
    int bits = 0, depth = 0;
    bool alive = true;
  };
  Row& row_to_change(int value);
  Column& column_to_change(int at);
  void set(Term& term, Column& column, int value, int64_t coefficient,
           const DigitChoices& choices) const;
  void drop_empty(int value, int column);
  DigitChoices choices_of(int64_t coefficient) const {
    return every_form_ ? every_choice(coefficient) : canonical_choices(coefficient);
  }
  DigitChoices less_one(const DigitChoices& choices, int64_t rest, int power) const;

  int inputs_, outputs_;
  bool every_form_;
  std::vector<State> states_;
  std::vector<Row> rows_;
  std::vector<Column> columns_;

  bool recording_ = false;
  int values_before_ = 0;
  uint32_t epoch_ = 0;
  std::vector<uint32_t> row_saved_, column_saved_;
  std::vector<std::pair<int, Row>> saved_rows_;
  std::vector<std::pair<int, Column>> saved_columns_;
  std::vector<int> killed_, flipped_;
  std::vector<std::pair<int, int>> flattened_;  // values and their depths before
};

}  // namespace trigstone
