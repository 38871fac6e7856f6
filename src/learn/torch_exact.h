// How many bits torch must hold to compute a node without any rounding.
//
// Floating point adds and multiplies integers exactly while they, and every partial sum whatever
// the order, fit the significand: 24 bits in float32, 53 in float64. Nothing here needs torch.
#pragma once

#include "graph/graph.h"

namespace trigstone {

enum class ExactType : uint8_t { kFloat32, kFloat64 };

// Bits of the largest magnitude that the node's operands, partial sums or result can reach, counted
// on their common grid. 53 for a node with a real operand or result: it is computed in double.
int exact_bits(const Graph& graph, ValueId id);

// The narrower type that computes the node exactly.
// Throws Error at the node when more than 53 bits are needed.
ExactType exact_type(const Graph& graph, ValueId id);

}  // namespace trigstone
