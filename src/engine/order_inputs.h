// Brings inputs of a sparse layer into an order in which more words of four weights are zero.
#pragma once

#include "engine/plan.h"

namespace trigstone::engine {

// Reorders the outputs of `before`, which hands packed words to `after` alone, and the inputs of
// `after` with them, when enough weights of `after` are zero for that to pay. Their weights are
// not yet in blocks.
//   outputs 0 1 2 3 | 4 5 6 7   =>   0 5 2 6 | 4 1 3 7
void order_inputs(LinearStep& before, LinearStep& after);

}  // namespace trigstone::engine
