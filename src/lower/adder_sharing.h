// The first half of making an adder graph: sub-sums that several outputs need
// become values.
//
//   y0 = 5 x0 + x1, y1 = 5 x0 - x1   =>   t = x0 + x0 << 2;   y0 = t + x1, y1 =
//   t - x1
#pragma once

#include <cstdint>
#include <vector>

#include "lower/adder_builder.h"
#include "lower/sum_table.h"

namespace trigstone {

inline constexpr int kDeepest = 62;  // limit of every depth

struct SharingOptions {
  int depth_limit = kDeepest;  // of every output, sums included; at least least_depth()
  bool every_form = true;      // of a coefficient's shortest digit sums, not the
                               // canonical one alone
  int wait_penalty = 0;        // bits an occurrence must save for each adder level it waits
  int least_count = 2;         // a pattern must occur as often
  int bonus = 0;  // bits added to the overlap: how much an adder counts beside its bits
};

// Sums whose sub-sums are shared, each to be added up within its depth limit.
struct SharedSums {
  struct Sum {
    std::vector<Addend> terms;
    int depth_limit = 0;
  };
  std::vector<Interval> inputs;
  std::vector<Sum> shared;  // value inputs + k; its terms are earlier values
  std::vector<Sum> outputs;
};

// The depth below which no graph of two-operand adders comes, and the one the
// solver takes unless told otherwise: room for a quarter as many terms again.
int least_depth(const IntegerMatrix& matrix);
int usual_depth(const IntegerMatrix& matrix);

// The matrix as a table of one column an output, nothing shared.
SumTable table_of(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                  const SharingOptions& options);

// Two terms of one sum are a pattern (value a, value b, distance of their
// powers, relative sign). The pattern that saves most bits is taken out
// wherever it occurs, again and again, while one occurs twice. Deterministic.
// `inputs` are the intervals of the rows.
SumTable share_sums(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                    const SharingOptions& options);

// What the table holds, shared values in an order in which they can be made.
SharedSums sums_in(const SumTable& table);

}  // namespace trigstone
