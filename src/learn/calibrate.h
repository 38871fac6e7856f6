// The ranges that the values of a real graph take on events, for choosing number formats.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "learn/insert_quant.h"
#include "learn/token_set.h"

namespace trigstone {

// [1 - quantile, quantile] of every value that depends on an input, over the first `events`
// training rows of the set; {0, 0} for the others.
std::vector<ValueRange> calibrate(const Graph& graph, const TokenSet& set, int64_t events,
                                  double quantile);

}  // namespace trigstone
