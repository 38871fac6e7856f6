// Where sharing begins and ends: with the digits of a matrix, and with sums of values.
#include "lower/adder_sharing.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "lower/first_sharing.h"

namespace trigstone {

namespace {

// Digits of the fullest column.
int64_t most_digits(const IntegerMatrix& matrix) {
  std::vector<int64_t> digits(static_cast<size_t>(matrix.columns), 0);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t column = 0; column < matrix.columns; ++column) {
      digits[static_cast<size_t>(column)] += signed_digit_count(matrix.at(row, column));
    }
  }
  int64_t most = 1;
  for (const int64_t n : digits) most = std::max(most, n);
  return most;
}

int depth_for(int64_t terms) {
  return static_cast<int>(std::bit_width(static_cast<uint64_t>(terms - 1)));
}

// Shared values after those they are made of.
std::vector<int> making_order(const SumTable& table) {
  std::vector<int> order;
  std::vector<bool> done(static_cast<size_t>(table.values()), false);
  std::vector<std::pair<int, size_t>> open;  // a value and how many of its terms were visited
  for (int value = table.inputs(); value < table.values(); ++value) {
    if (table.alive(value) && !done[static_cast<size_t>(value)]) open.emplace_back(value, 0);
    while (!open.empty()) {
      auto& [top, visited] = open.back();
      const auto& terms = table.column(table.column_of(top)).values;
      if (visited == terms.size()) {
        if (!done[static_cast<size_t>(top)]) order.push_back(top);
        done[static_cast<size_t>(top)] = true;
        open.pop_back();
        continue;
      }
      const int next = terms[visited++];
      if (table.is_shared(next) && !done[static_cast<size_t>(next)]) open.emplace_back(next, 0);
    }
  }
  return order;
}

}  // namespace

int least_depth(const IntegerMatrix& matrix) { return depth_for(most_digits(matrix)); }

// A tree that is nearly full leaves no choice of what to add first, which costs some percent; below
// four fifths the least levels cost a percent or two at most.
int usual_depth(const IntegerMatrix& matrix) {
  const int64_t most = most_digits(matrix);
  return depth_for(most + most / 4);
}

SumTable table_of(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                  const SharingOptions& options) {
  ensure(static_cast<int64_t>(inputs.size()) == matrix.rows, "share_sums: one interval an input");
  SumTable table(inputs, static_cast<int>(matrix.columns), options.depth_limit, options.every_form);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const Interval x = inputs[static_cast<size_t>(row)];
    if (x.low == 0 && x.high == 0) continue;
    for (int64_t column = 0; column < matrix.columns; ++column) {
      const int64_t entry = matrix.at(row, column);
      if (entry != 0) table.add(static_cast<int>(column), static_cast<int>(row), entry);
    }
  }
  table.changed.clear();
  return table;
}

SharedSums sums_in(const SumTable& table) {
  SharedSums sums;
  std::vector<int> now(static_cast<size_t>(table.values()), -1);
  for (int i = 0; i < table.inputs(); ++i) {
    sums.inputs.push_back(table.range(i));
    now[static_cast<size_t>(i)] = i;
  }
  const auto sum_of = [&](int at) {
    SharedSums::Sum sum;
    sum.depth_limit = table.column(at).depth_limit;
    for (const int value : table.column(at).values) {
      for (const SignedDigit digit : canonical_signed_digits(table.find(at, value)->coefficient)) {
        sum.terms.push_back({now[static_cast<size_t>(value)], digit.power, digit.sign < 0});
      }
    }
    return sum;
  };
  for (const int value : making_order(table)) {
    sums.shared.push_back(sum_of(table.column_of(value)));
    now[static_cast<size_t>(value)] = table.inputs() + static_cast<int>(sums.shared.size()) - 1;
  }
  for (int at = 0; at < table.outputs(); ++at) sums.outputs.push_back(sum_of(at));
  return sums;
}

SumTable share_sums(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                    const SharingOptions& options) {
  SumTable table = table_of(matrix, inputs, options);
  share_outputs(table, options);
  return table;
}

}  // namespace trigstone
