// The first half of making an adder graph: sub-sums that several outputs need
// become values.
//
//   y0 = 5 x0 + x1, y1 = 5 x0 - x1   =>   t = x0 + x0 << 2;   y0 = t + x1, y1 =
//   t - x1
#pragma once

#include <cstdint>
#include <vector>

#include "lower/adder_builder.h"

namespace trigstone {

inline constexpr int kDeepest = 62;  // limit of every depth

struct SharingOptions {
  int depth_limit = kDeepest;  // of every output, sums included; at least least_depth()
  bool every_form = true;      // of a coefficient's shortest digit sums, not the
                               // canonical one alone
  int wait_penalty = 0;        // bits an occurrence must save for each adder level it waits
  int bonus = 0;  // bits added to the overlap: how much an adder counts beside its bits
};

struct SharedSums {
  AdderBuilder builder;                      // the shared values
  std::vector<std::vector<Addend>> columns;  // what is left to be added up, one list an output
};

// The depth below which no graph of two-operand adders comes, and the one the
// solver takes unless told otherwise: room for half as many terms again, or three quarters.
int least_depth(const IntegerMatrix& matrix);
int usual_depth(const IntegerMatrix& matrix);

// Two terms of one output are a pattern (value a, value b, distance of their
// powers, relative sign). The pattern that saves most bits is taken out
// wherever it occurs, again and again, while one occurs twice. Deterministic.
// `inputs` are the intervals of the rows.
SharedSums share_sums(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                      const SharingOptions& options);

// Takes the values marked in `removed` (and what is made of them) apart again, and shares anew what
// that leaves. One mark a value, inputs first; theirs are not read.
SharedSums share_again(const SharedSums& sums, const std::vector<bool>& removed,
                       const SharingOptions& options);

}  // namespace trigstone
