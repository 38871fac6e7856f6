// How many levels of adders the sums of constant products may take.
//
// With a level more than a matrix needs its graph costs some percent less; behind each other such
// levels add up to clocks. So all take the level more, unless some without it save a clock: then
// those that cost least.
#pragma once

#include <functional>
#include <vector>

#include "lower/adder_graph.h"

namespace trigstone {

// What one choice of nodes with the fewest levels comes to.
struct DepthTrial {
  int clocks = 0;                     // from inputs to outputs
  std::vector<AdderGraphCost> costs;  // of the nodes
};

// The nodes, of `count`, that take the fewest levels. As few clocks as with all of them shallow; of
// those choices, one from which none can be taken away, the cheaper nodes tried first.
// Deterministic; calls `trial` twice, and when that shows a difference, a few times more.
std::vector<bool> shallow_nodes(size_t count,
                                const std::function<DepthTrial(const std::vector<bool>&)>& trial);

}  // namespace trigstone
