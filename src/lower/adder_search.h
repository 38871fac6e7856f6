// Choosing among many graphs of one matrix: what efforts above "fast" spend their time on.
#pragma once

#include "lower/adder_sharing.h"
#include "lower/ternary_graph.h"

namespace trigstone {

// Starts with the best of a few weightings (effort best; else with one), then takes a few random
// values apart and shares anew, and keeps what is not worse: first by the cost of two-operand
// adders, then, from there, by that of three-operand ones. How long is counted in terms looked at,
// by the digits of the matrix, never by a clock. Without `ternary`, that graph stays empty.
// Deterministic.
AdderGraphs search(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                   int depth_limit, Effort effort, bool ternary);

}  // namespace trigstone
