// The terms of two values that stand in the same columns.
#pragma once

#include <algorithm>

#include "lower/sum_table.h"

namespace trigstone {

// Calls use(at, y) for the terms of a long row that share a column with one of a short row.
template <class F>
void each_met(const Row& row, const Row& few, const F& use) {
  auto at = row.begin();
  for (const Term& y : few) {
    at = std::lower_bound(at, row.end(), y.column,
                          [](const Term& x, int column) { return x.column < column; });
    if (at == row.end()) return;
    if (at->column == y.column) use(*at, y);
  }
}

// Calls use(x, y) for the terms of two rows in one column.
template <class F>
void each_common(const Row& a, const Row& b, const F& use) {
  constexpr size_t kMuchLonger = 8;
  if (a.size() > kMuchLonger * b.size()) {
    each_met(a, b, use);
    return;
  }
  if (b.size() > kMuchLonger * a.size()) {
    each_met(b, a, [&](const Term& y, const Term& x) { use(x, y); });
    return;
  }
  auto x = a.begin();
  auto y = b.begin();
  while (x != a.end() && y != b.end()) {
    if (x->column < y->column) {
      ++x;
    } else if (y->column < x->column) {
      ++y;
    } else {
      use(*x++, *y++);
    }
  }
}

}  // namespace trigstone
