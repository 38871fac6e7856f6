// Shapes and exact number formats of results.
#pragma once

#include "graph/graph.h"

namespace trigstone {

// The type of `node` from the types of its operands in `graph` (the node need not be part of it).
// Exact operations of fixed operands get the smallest format that holds every possible result;
// linear and conv use the weights' mantissas when these are constants, their format otherwise.
// Throws Error at the node's place when operands do not fit or 64 bits do not hold the result.
Type infer_type(const Graph& graph, const Node& node);

}  // namespace trigstone
