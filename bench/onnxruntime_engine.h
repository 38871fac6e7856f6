// ONNX Runtime beside the engine: the same function in ONNX's integer operators, run by a Python
// that has it.
#pragma once

#include <optional>
#include <string>

#include "bench/bench_engine.h"

namespace trigstone::bench {

// Nothing when `python` cannot import onnxruntime and numpy. Its functions throw Error where a
// model has no such form (integer_onnx.h) and where Python fails.
std::optional<OtherEngine> onnxruntime_engine(const std::string& python = "python3");

}  // namespace trigstone::bench
