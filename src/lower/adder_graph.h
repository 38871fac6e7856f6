// Constant matrix products as graphs of adders: y_j = sum_i M[i][j] * x_i.
//
// Every output is a sum of inputs times signed powers of two; sub-sums that
// several outputs need are computed once. All numbers are integers (mantissas);
// binary points are the caller's business.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fixed/format.h"

namespace trigstone {

// Row-major, one row an input, one column an output.
struct IntegerMatrix {
  int64_t rows = 0, columns = 0;
  std::vector<int64_t> entries;

  int64_t at(int64_t row, int64_t column) const {
    return entries[static_cast<size_t>(row * columns + column)];
  }
};

struct AdderGraph {
  // a + b * 2^shift, or a - b * 2^shift; a negative shift moves a instead: a *
  // 2^-shift + b. Operands are values: 0 … inputs - 1 are the inputs, then
  // adder k is value inputs + k.
  struct Adder {
    int a = 0, b = 0, shift = 0;
    bool subtract = false;
    Interval range;
    int depth = 0;  // adders on the longest way from an input
  };
  // (negative ? -1 : 1) * value * 2^shift; value = -1: the output is 0.
  struct Output {
    int value = -1, shift = 0;
    bool negative = false;
  };

  std::vector<Interval> inputs;
  std::vector<Adder> adders;
  std::vector<Output> outputs;

  Interval range_of(int value) const;
  int depth_of(int value) const;
};

enum class Effort : uint8_t { kFast, kDefault, kBest };
// "fast", "default", "best". Throws Error at `where`.
const char* name_of(Effort effort);
Effort effort_named(const std::string& name, const std::string& where = "--effort");

struct AdderGraphOptions {
  Effort effort = Effort::kDefault;
  int depth_limit = 0;   // adders on the longest way; 0: what the matrix needs
                         // and a little more
  bool shallow = false;  // with depth_limit 0: what the matrix needs
};

// Pairs of terms that several outputs share become values, those that save most bits first, until
// none occurs twice (adder_sharing.h); what is left of a sum is added in the order of its terms'
// highest bits (sum_plan.h). Effort kFast looks at canonical signed digits only, the others at all
// shortest forms of each coefficient, and go on by taking sums apart and sharing anew: kDefault for
// as long again, kBest as long as it pays, from the cheapest of several weightings
// (adder_search.h).
// Deterministic. `inputs` are the exact intervals of the x_i, one a row.
// Throws Error at "adder graph" for a depth limit that no graph can meet.
AdderGraph solve(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                 const AdderGraphOptions& options = {});

struct AdderGraphCost {
  int64_t adders = 0;
  int64_t lut = 0;          // binary adders, cost/adder_luts.h, output negations included
  int64_t lut_ternary = 0;  // the same products out of three-operand adders: ternary_graph.h
  int64_t depth = 0;
};
AdderGraphCost cost_of(const AdderGraph& graph);
int64_t luts_of(const AdderGraph& graph);  // AdderGraphCost::lut alone

// The outputs for given inputs: the definition the tests compare with.
std::vector<Int128> evaluate(const AdderGraph& graph, const std::vector<int64_t>& x);

}  // namespace trigstone
