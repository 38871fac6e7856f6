// Numbers that are known while an ONNX file is read, and the protobuf tensors they come from.
#pragma once

#include <onnx/onnx_pb.h>

#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace trigstone::detail {

// An initializer, or what is computed of initializers and shapes. `values` always holds the
// numbers; integer tensors hold them exactly in `integers` too.
struct Known {
  Shape shape;
  std::vector<double> values;
  std::vector<int64_t> integers;
  bool is_integer = false;
  int element_type = 0;  // of ONNX; 0 when computed here
};
using KnownPtr = std::shared_ptr<const Known>;

// More elements than this are refused: no trigger model is near, a corrupt file may be.
inline constexpr int64_t kMostElements = int64_t{1} << 26;
// The number of elements of a shape from a file. Throws Error at `where` on a negative or
// overflowing extent and above kMostElements.
int64_t checked_count(const Shape& shape, const std::string& where);

// Throws Error at `where` on external data, an unknown element type or a size that does not fit.
KnownPtr known_tensor(const onnx::TensorProto& proto, const std::string& where);
Known integers_known(Shape shape, std::vector<int64_t> integers);
Known reals_known(Shape shape, std::vector<double> values);

// A double as an integer, clamped to +-2^62 (ONNX writes "to the end" as the largest int64).
int64_t clamped_integer(double x);

}  // namespace trigstone::detail
