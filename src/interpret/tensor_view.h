// Reading tensors by axis: shared by the interpreter's files, not a public face.
#pragma once

#include <vector>

#include "base/error.h"
#include "graph/graph.h"

namespace trigstone::detail {

// A shape seen around one axis: element (outer, i, inner) is at (outer * extent + i) * inner_count
// + inner.
struct AxisView {
  int64_t outer_count = 1, extent = 1, inner_count = 1;

  AxisView(const Shape& shape, int64_t axis) {
    for (size_t i = 0; i < shape.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      (at < axis ? outer_count : at == axis ? extent : inner_count) *= shape[i];
    }
  }
  size_t at(int64_t outer, int64_t i, int64_t inner) const {
    return static_cast<size_t>((outer * extent + i) * inner_count + inner);
  }
  // Calls body(outer, inner) for every line along the axis.
  template <class Body>
  void each_line(Body body) const {
    for (int64_t outer = 0; outer < outer_count; ++outer) {
      for (int64_t inner = 0; inner < inner_count; ++inner) body(outer, inner);
    }
  }
};

// Calls body(flat index, index per axis) for every element of a shape, row-major.
template <class Body>
void each_index(const Shape& shape, Body body) {
  const int64_t count = element_count(shape);
  std::vector<int64_t> index(shape.size(), 0);
  for (int64_t flat = 0; flat < count; ++flat) {
    body(static_cast<size_t>(flat), index);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

// Offset of a broadcast operand at an index of the result.
inline size_t offset(const std::vector<int64_t>& index, const std::vector<int64_t>& strides) {
  int64_t sum = 0;
  for (size_t i = 0; i < index.size(); ++i) sum += index[i] * strides[i];
  return static_cast<size_t>(sum);
}

}  // namespace trigstone::detail
