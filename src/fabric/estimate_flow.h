// A graph ready for hardware as a chain of items, without lowering it: seconds for models that take
// hours to compile.
//
// Each node is one item. Its LUTs follow from bit operations, its clocks from adder levels:
// constants of a cost model (estimate_flow.cpp names their sources), right within tens of percent.
// Use `trigstone map` without --estimate before believing the last board.
#pragma once

#include <string>

#include "fabric/fabric.h"
#include "fabric/flow.h"
#include "graph/graph.h"

namespace trigstone {

// `graph` after the hardware passes; `lanes` as for compile.
// Throws Error at the node that has no number format.
Flow estimate_flow(const Graph& graph, int lanes, const Fabric& fabric);

}  // namespace trigstone
