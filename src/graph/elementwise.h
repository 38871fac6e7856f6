// Operations that make each element of their result from the elements at the same place (broadcast)
// of their operands: engines and emitters join chains of them into one pass.
#pragma once

#include "graph/graph.h"

namespace trigstone {

bool is_elementwise(Op op);

}  // namespace trigstone
