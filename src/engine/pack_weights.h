// Chooses how sums of products are formed and lays constant weights out for it.
#pragma once

#include "engine/isa.h"
#include "engine/plan.h"

namespace trigstone::engine {

// Sets path, weights_int, bias32 and fast of a step whose shape, lanes, bias and epilogue are
// known. `matrix` is [output][term], `x` the inputs' range, `sum` the results'.
void pack_weights(LinearStep& step, const std::vector<int64_t>& matrix, Interval x, Interval sum,
                  Isa isa);

// Sets blocks, stream and the path's weights, once it is known what lies packed.
void pack_blocks(LinearStep& step, Isa isa);

// Sets path and swapped. `bound` is at least the magnitude of every partial sum.
void choose_matmul_path(MatMulStep& step, Interval a, Interval b, double bound, Isa isa);

}  // namespace trigstone::engine
