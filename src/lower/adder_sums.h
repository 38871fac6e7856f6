// The second half of making an adder graph: the terms of every sum are added up.
#pragma once

#include "lower/adder_sharing.h"
#include "lower/ternary_graph.h"

namespace trigstone {

// With two-operand adders (SumPlanner::binary).
AdderGraph add_up(const SharedSums& sums);

// With three-operand ones (SumPlanner::ternary), every shared sum a value.
TernaryGraph add_up_ternary(const SharedSums& sums);

}  // namespace trigstone
