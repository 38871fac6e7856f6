// The words that bring a model's weights into firmware that keeps them in memories.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "interpret/stimulus.h"
#include "netlist/firmware.h"

namespace trigstone {

// One word a weight and bias, in order of their addresses. `graph` is a quantised graph with the
// nodes that firmware.weights names. Throws Error at the node that is missing, has another shape or
// format, or whose results leave the format that the firmware keeps for them.
std::vector<LoadWord> load_words(const Firmware& firmware, const Graph& graph);

}  // namespace trigstone
