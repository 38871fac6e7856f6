// Rounding to nearest adds half a step and drops what is below: the half moves into the sum before.
//
//   linear(x, w, b) -> relu -> quant u<8,3,RND,SAT>
//   =>  linear(x, w, b + 2^-6) -> relu -> quant u<8,3,TRN,SAT>
//
// An adder of its own, behind all others, becomes a constant among the terms of the sum, which has
// one for the bias in most models.
#pragma once

#include "graph/graph.h"
#include "lower/strategy.h"

namespace trigstone {

// For linear and conv out of adder graphs whose results only such a quant reads, through relu and
// clamps at most; bounds of the clamps must lie on the quant's grid, then they change places with
// the half. Of the modes, RND and RND_MIN_INF are a constant and a floor; of numbers that are not
// negative RND_INF, RND_ZERO and TRN_ZERO are, too. Every output of the graph stays what it is.
Graph round_in_sums(const Graph& graph, const Strategies& strategies);

}  // namespace trigstone
