// Where sharing begins: with the digits of a matrix, or with sums of which some are taken apart.
//
// Pairs are quadratic in a column's digits, so tall matrices are first shared among groups of rows,
// then as a whole with what is left.
#include "lower/adder_sharing.h"

#include <algorithm>

#include "base/error.h"
#include "lower/sharing.h"

namespace trigstone {

namespace {

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

int depth_for(int64_t terms) {
  return static_cast<int>(std::bit_width(static_cast<uint64_t>(terms - 1)));
}

}  // namespace

void Sharing::read(const IntegerMatrix& matrix, int64_t rows_a_group) {
  const int64_t groups = (matrix.rows + rows_a_group - 1) / std::max<int64_t>(rows_a_group, 1);
  columns_.resize(static_cast<size_t>(groups * matrix.columns));
  where_.resize(static_cast<size_t>(matrix.rows));
  room_.assign(outputs_, 0);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const Interval x = sums_.builder.graph.inputs[static_cast<size_t>(row)];
    if (x.low == 0 && x.high == 0) continue;
    for (int64_t column = 0; column < matrix.columns; ++column) {
      const int64_t c = matrix.at(row, column);
      if (c == 0) continue;
      const int64_t at = row / rows_a_group * matrix.columns + column;
      columns_[static_cast<size_t>(at)].push_back({static_cast<int>(row), c, choices_of(c)});
      where_[static_cast<size_t>(row)].push_back(static_cast<int>(at));
      room_[static_cast<size_t>(column)] += static_cast<uint64_t>(signed_digit_count(c));
    }
  }
}

void Sharing::join_groups() {
  const size_t columns = outputs_;
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

SharedSums Sharing::run(const IntegerMatrix& matrix) {
  // So many groups that no column of one has more than a few hundred digits.
  constexpr int64_t kDigits = 320;
  const int64_t most = most_digits(matrix);
  const int64_t groups = (most + kDigits - 1) / kDigits;
  read(matrix, std::max<int64_t>((matrix.rows + groups - 1) / groups, 1));
  count_everything();
  share();
  if (groups > 1) {
    join_groups();
    count_everything();
    share();
  }
  return finish();
}

SharedSums Sharing::finish() {
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

// Makes the values that are not removed; for each earlier value the number it has now, or -1.
std::vector<int> Sharing::take_over(const SharedSums& before, const std::vector<bool>& removed) {
  const AdderGraph& graph = before.builder.graph;
  std::vector<int> now;
  for (size_t i = 0; i < graph.inputs.size(); ++i) now.push_back(static_cast<int>(i));
  for (const AdderGraph::Adder& adder : graph.adders) {
    if (removed[now.size()]) {
      now.push_back(-1);
      continue;
    }
    const int a = now[static_cast<size_t>(adder.a)], b = now[static_cast<size_t>(adder.b)];
    now.push_back(sums_.builder.add({a, 0, false}, {b, adder.shift, adder.subtract}).value);
  }
  return now;
}

// Writes the columns without the removed values; returns which values have new digits.
std::vector<bool> Sharing::loosen(const SharedSums& before, const std::vector<bool>& removed,
                                  const std::vector<int>& now) {
  const AdderGraph& graph = before.builder.graph;
  const size_t inputs = graph.inputs.size();
  std::vector<Int128> coefficients(removed.size());
  std::vector<bool> touched(static_cast<size_t>(sums_.builder.values()), false);
  columns_.resize(outputs_);
  where_.resize(touched.size());
  room_.assign(outputs_, 0);
  for (size_t column = 0; column < outputs_; ++column) {
    std::fill(coefficients.begin(), coefficients.end(), 0);
    for (const Addend& x : before.columns[column]) {
      coefficients[static_cast<size_t>(x.value)] += digit(x.power, x.negative);
    }
    for (size_t value = removed.size(); value-- > inputs;) {
      const Int128 c = coefficients[value];
      if (c == 0 || !removed[value]) continue;
      const AdderGraph::Adder& adder = graph.adders[value - inputs];
      coefficients[static_cast<size_t>(adder.a)] += c;
      const Int128 of_b = c * digit(adder.shift, adder.subtract);
      coefficients[static_cast<size_t>(adder.b)] += of_b;
      for (const int operand : {adder.a, adder.b}) {
        const int own = now[static_cast<size_t>(operand)];
        if (own >= 0) touched[static_cast<size_t>(own)] = true;
      }
      if (loosened_.empty() || loosened_.back() != static_cast<int>(column)) {
        loosened_.push_back(static_cast<int>(column));
      }
    }
    for (size_t value = 0; value < removed.size(); ++value) {
      if (removed[value] || coefficients[value] == 0) continue;
      const auto c = static_cast<int64_t>(coefficients[value]);
      const int own = now[value];
      columns_[column].push_back({own, c, choices_of(c)});
      where_[static_cast<size_t>(own)].push_back(static_cast<int>(column));
      room_[column] += static_cast<uint64_t>(signed_digit_count(c)) << depth(own);
    }
  }
  return touched;
}

// Takes values that are there anyway into the loosened columns, even once; notes which got digits.
void Sharing::reuse(std::vector<bool>& touched) {
  const size_t inputs = sums_.builder.graph.inputs.size();
  for (size_t value = inputs; value < touched.size(); ++value) {
    const AdderGraph::Adder adder = sums_.builder.graph.adders[value - inputs];
    if (!touched[static_cast<size_t>(adder.a)] && !touched[static_cast<size_t>(adder.b)]) continue;
    const Pattern pattern = {adder.a, adder.b, adder.shift, adder.subtract};
    std::vector<int> changed;
    for (const int column : loosened_) {
      bool any = false;
      while (replace(static_cast<size_t>(column), pattern, {static_cast<int>(value), 0, false})) {
        any = true;
      }
      if (any) changed.push_back(column);
    }
    if (changed.empty()) continue;
    touched[value] = true;
    note_columns(value, changed);
  }
  for (const int column : loosened_) {
    std::erase_if(columns_[static_cast<size_t>(column)],
                  [](const Term& x) { return x.coefficient == 0; });
  }
}

SharedSums Sharing::run_again(const SharedSums& before, std::vector<bool> removed) {
  const AdderGraph& graph = before.builder.graph;
  const size_t inputs = graph.inputs.size();
  for (size_t k = 0; k < graph.adders.size(); ++k) {
    const auto& adder = graph.adders[k];
    if (removed[static_cast<size_t>(adder.a)] || removed[static_cast<size_t>(adder.b)]) {
      removed[inputs + k] = true;
    }
  }
  const std::vector<int> now = take_over(before, removed);
  std::vector<bool> touched = loosen(before, removed, now);
  reuse(touched);
  for (size_t value = 0; value < touched.size(); ++value) {
    if (touched[value]) count_new(static_cast<int>(value), false);
  }
  share();
  return finish();
}

int least_depth(const IntegerMatrix& matrix) { return depth_for(most_digits(matrix)); }

// In long sums a further level costs less of the latency and saves more.
int usual_depth(const IntegerMatrix& matrix) {
  const int64_t most = most_digits(matrix);
  return depth_for(most + (most < 32 ? most / 2 : most * 3 / 4));
}

SharedSums share_sums(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                      const SharingOptions& options) {
  ensure(static_cast<int64_t>(inputs.size()) == matrix.rows, "share_sums: one interval an input");
  return Sharing(inputs, static_cast<size_t>(matrix.columns), options).run(matrix);
}

SharedSums share_again(const SharedSums& sums, const std::vector<bool>& removed,
                       const SharingOptions& options) {
  return Sharing(sums.builder.graph.inputs, sums.columns.size(), options).run_again(sums, removed);
}

}  // namespace trigstone
