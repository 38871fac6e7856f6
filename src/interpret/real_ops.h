// Composites in double precision: what they mean before expand_for_hardware gives them integers.
#pragma once

#include "interpret/exact_ops.h"

namespace trigstone::detail {

// batch_norm, layer_norm, softmax, reduce_mean and function.
Array<double> evaluate_composite(const Graph& graph, const Node& node,
                                 const std::vector<Array<double>>& x);

}  // namespace trigstone::detail
