// The second half of making an adder graph: the terms that are left of every
// output are added up.
#pragma once

#include "lower/adder_sharing.h"

namespace trigstone {

// Two at a time, those first that end at the lowest bit, as long as the depth
// limit can still be met: a chain of ever longer sums would pay for its top
// bits again and again.
AdderGraph add_up(const SharedSums& sums, int depth_limit);

}  // namespace trigstone
