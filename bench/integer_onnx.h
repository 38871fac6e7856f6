// A quantised graph in ONNX's standard operators on integers, so that ONNX Runtime computes the
// same function: sums of 8-bit products by MatMulInteger, quantisers by clips and shifts.
#pragma once

#include <string>

#include "graph/graph.h"

namespace trigstone::bench {

// The bytes of an ONNX model. Every value has an axis of events in front; inputs are int8 or uint8
// mantissas where they fit, else int32; outputs are int32.
// Throws Error at the node that has no such form: it needs more than 32 bits, or another rounding
// than TRN and RND.
std::string integer_onnx(const Graph& graph);

}  // namespace trigstone::bench
