// ONNX files out: `read_onnx` gives an equal graph back (node by node, names, formats, order).
//
// What ONNX or QONNX can say exactly is written so, with an event axis of 1 in front; any other
// node keeps its name of ops.def in the domain `trigstone`. Fixed-point constants are written as
// the real numbers they stand for, with their format in the tensor's doc_string; those that float32
// does not hold as integer mantissas.
#pragma once

#include <filesystem>
#include <string>

#include "graph/graph.h"

namespace trigstone {

std::string onnx_bytes(const Graph& graph);
void write_onnx(const Graph& graph, const std::filesystem::path& path);

}  // namespace trigstone
