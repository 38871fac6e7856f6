// Where the elements of a value really are, behind reshapes, transposes, slices and the like.
//
//   transpose(concat(a, b)) element 7  =>  element 3 of b
#pragma once

#include <vector>

#include "lower/plan.h"

namespace trigstone {

// value = 2^exponent times element `index` (row-major in the whole shape) of `root`; root = -1: 0.
struct Element {
  ValueId root = -1;
  int64_t index = 0;
  int exponent = 0;
  bool operator==(const Element&) const = default;
};

// One view undone: the operand and its element.
Element behind_view(const Graph& graph, const Node& node, int64_t index);
// All views undone.
Element resolve(const Graph& graph, const Plan& plan, ValueId value, int64_t index);

// The element of an operand, broadcast to shape `to`, that makes element `flat` of the result.
int64_t broadcast_source(const Shape& from, const Shape& to, int64_t flat);

// A value with logic of its own that is read through views.
struct Root {
  ValueId value = -1;
  bool direct = true;  // the stream reaches the reader as a stream, the resident value as such
};
// All non-constant roots of a value when it is read like that.
std::vector<Root> roots_of(const Graph& graph, const Plan& plan, ValueId value, Reading reading);

// Splits a flat index around the token axis.
struct TokenAxis {
  int64_t stride = 1, tokens = 1;

  TokenAxis(const Shape& shape, Reading reading);
  int64_t token(int64_t index) const { return index / stride % tokens; }
  // Index in the local shape, where the axis has one entry, and back for a given token.
  int64_t local(int64_t index) const { return index / (stride * tokens) * stride + index % stride; }
  int64_t whole(int64_t local, int64_t token) const {
    return (local / stride * tokens + token) * stride + local % stride;
  }
};

}  // namespace trigstone
