// Choosing among many graphs of one matrix: what effort "best" spends its time on.
#pragma once

#include "lower/adder_sharing.h"
#include "lower/ternary_graph.h"

namespace trigstone {

// Starts with the best of a few weightings, then takes a few random values apart and shares anew,
// and keeps what is not worse; the number of steps falls with the size of the matrix. The cheapest
// binary graph, and the cheapest ternary one of all that came by; without `ternary`, that stays
// empty. Deterministic.
AdderGraphs search(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                   int depth_limit, bool ternary);

}  // namespace trigstone
