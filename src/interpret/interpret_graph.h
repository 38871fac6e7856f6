// The reference interpreter of graphs: slow, obvious, the oracle every engine is compared with.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace trigstone {

// One event's value of every node, indexed by ValueId. Fixed values hold mantissas, real values
// reals (evaluated in double).
std::vector<Tensor> interpret_all(const Graph& graph, const std::vector<Tensor>& inputs);

// The outputs in order of graph.outputs(). `inputs` in order of graph.inputs(), with equal shapes;
// fixed inputs must hold mantissas inside their format.
// Throws Error when shapes or formats differ.
std::vector<Tensor> interpret(const Graph& graph, const std::vector<Tensor>& inputs);

// Evaluates a value that depends on constants and parameters only (for fold_constants).
Tensor evaluate_constant(const Graph& graph, ValueId id);

// Rounds reals into the format of an input, counting values outside it in *outside.
Tensor quantize_input(const Graph& graph, ValueId input, const std::vector<double>& values,
                      int64_t* outside = nullptr);

}  // namespace trigstone
