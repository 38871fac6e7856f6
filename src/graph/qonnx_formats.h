// Which formats QONNX's Quant can say: one rounding mode and signedness, saturation, scales of
// float32.
#pragma once

#include <optional>
#include <string>

#include "graph/graph.h"

namespace trigstone {

// QONNX's name of a rounding mode, if it has one for this.
std::optional<std::string> qonnx_rounding(Rounding rounding);

// Whether one Quant node with a tensor of scales rounds to exactly these formats.
bool qonnx_expresses(const FormatMap& map);

}  // namespace trigstone
