// A model file of either form: ONNX, or the text form.
#pragma once

#include <filesystem>

#include "graph/graph.h"

namespace trigstone {

// Reads the text form when the file begins with "trigstone.graph/", ONNX otherwise.
// Throws Error as the two readers do.
Graph read_model(const std::filesystem::path& path);

}  // namespace trigstone
