// Adding up terms with three-operand adders: which are taken together, and what
// that costs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fixed/format.h"

namespace trigstone {

// One term of a sum: (negative ? -1 : 1) * value * 2^power, of a value with
// this interval.
struct TernaryTerm {
  int value = 0, power = 0;
  bool negative = false;
  Interval range;  // of the value
  int depth = 0;   // of the value
  int top = 0;     // the first bit beyond the term, its sign left out
};
// Fills in `top`.
TernaryTerm ternary_term(int value, int power, bool negative, Interval range, int depth);

// The steps of a sum: step k joins two or three terms into term `terms + k`.
struct TernarySum {
  struct Step {
    std::array<int, 3> terms = {-1, -1, -1};
    TernaryTerm result;  // its value is left open
  };
  std::vector<Step> steps;
  int64_t luts = 0;
};

// Terms that end lowest first, as long as the last step's depth can stay within
// `depth_limit`; when their number is even, the first step takes two. The last
// step gives a positive sum when `positive`, the others whatever sign keeps
// their low bits wires.
TernarySum plan_ternary_sum(const std::vector<TernaryTerm>& terms, int depth_limit, bool positive);

// What adding these two or three costs, and the sum.
struct TernaryAddition {
  TernaryTerm result;
  int64_t luts = 0;
};
TernaryAddition ternary_addition(const std::vector<TernaryTerm>& terms, bool positive);

}  // namespace trigstone
