// Constant matrix products out of adders with three operands: one carry chain
// of UltraScale+ adds three numbers at one LUT a bit (LUT6_2 and CARRY8).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "lower/adder_graph.h"
#include "lower/sum_plan.h"

namespace trigstone {

struct TernaryGraph {
  // (negative ? -1 : 1) * value * 2^shift, shift >= 0.
  struct Operand {
    int value = -1, shift = 0;  // value -1: none
    bool negative = false;
  };
  // Values: 0 … inputs - 1 are the inputs, then adder k is value inputs + k.
  struct Adder {
    std::array<Operand, 3> operands;  // two or three
    Interval range;
    int depth = 0;  // adders on the longest way from an input

    int operand_count() const { return operands[2].value < 0 ? 2 : 3; }
  };

  std::vector<Interval> inputs;
  std::vector<Adder> adders;
  std::vector<AdderGraph::Output> outputs;

  Interval range_of(int value) const;
  int depth_of(int value) const;
};

// Appends the adders of a plan for `terms`; returns the sum. Adders are as deep as their operands
// make them, whatever depth the terms were planned with.
SumTerm append_sum(TernaryGraph& graph, std::vector<SumTerm> terms, const SumPlan& plan);

// The same products. Sub-sums that are read once vanish in their reader's sum;
// those that are read several times stay where they save more than they cost.
// No output becomes deeper.
TernaryGraph ternary_of(const AdderGraph& graph);

// `lut` counts a two-operand adder as a binary one and a three-operand one,
// after alkaid, as w + ceil(w / 8) for w bits of the result; low bits that one
// positive operand alone covers are wires. Output negations cost their bits.
struct TernaryCost {
  int64_t adders = 0, lut = 0, depth = 0;
};
TernaryCost cost_of(const TernaryGraph& graph);

// Both graphs of a matrix, each the cheapest that was found; arguments and errors are solve()'s.
struct AdderGraphs {
  AdderGraph binary;
  TernaryGraph ternary;
};
AdderGraphs solve_both(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                       const AdderGraphOptions& options = {});

// The outputs for given inputs: the definition the tests compare with.
std::vector<Int128> evaluate(const TernaryGraph& graph, const std::vector<int64_t>& x);

}  // namespace trigstone
