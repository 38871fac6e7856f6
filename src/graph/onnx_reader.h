// ONNX and QONNX files in.
//
// A graph is a function of one event, so the leading axis of ONNX values is dropped: that of an
// input is the event axis when it is symbolic or 1. An input whose leading axis has any other
// extent is taken to be one event, and metadata "event_axis" says "none".
// Initializers used as weights become trainable params; operators are translated one by one, and
// real scales stay real: `absorb_scales` turns them into integers for hardware.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace trigstone {

// Throws Error at "FILE" or "FILE:node 'NAME'" when the file is not ONNX, uses an operator or a
// form of it that is not supported, is inconsistent, or keeps its data outside.
Graph read_onnx(const std::filesystem::path& path);
// The same from memory; `where` is the name that errors carry.
Graph parse_onnx(std::string_view bytes, const std::string& where);

}  // namespace trigstone
