// The exact operations on one kind of number: Int128 mantissas or doubles.
//
// A fixed-point operand is brought to the grid of the operation before it is read, so each function
// below is written once and is the definition for both kinds.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace trigstone::detail {

template <class T>
struct Array {
  Shape shape;
  std::vector<T> values;
};

// Evaluates linear, conv, matmul, mul, add, sub, relu, reductions, shapes, select and orderings.
// `x` are the operands, already on one grid where the operation demands it; `type` the result's.
template <class T>
Array<T> evaluate_exact(const Graph& graph, const Node& node, const std::vector<Array<T>>& x);

// Compare, argmax, argmin: numbers in, small integers out.
template <class T>
std::vector<int64_t> evaluate_choice(const Graph& graph, const Node& node,
                                     const std::vector<Array<T>>& x);

}  // namespace trigstone::detail
