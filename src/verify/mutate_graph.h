// Broken operations: each mutant is what a graph would mean to an engine that computes one
// operation wrongly. The conformance suite must notice every one of them.
//
// A mutant is a rewrite that keeps shapes and formats:
//   %2 = relu(%1) : u<7,3>   =>   %2 = quant(add(relu(%1), one step)) : u<7,3>
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace trigstone {

struct GraphMutant {
  std::string name;  // "argmax: mask ignored"
  Op op;             // the operation that is broken
  // The broken graph: every place where the slip matters is changed. Equal to the graph's text when
  // there is none.
  std::function<Graph(const Graph&)> apply;
};

// One off-by-one for every operation of compiled_ops(), and the slips people make: a neighbouring
// rounding mode, a mask ignored, < for <=, operands swapped, the last of equals, …
const std::vector<GraphMutant>& graph_mutants();

}  // namespace trigstone
