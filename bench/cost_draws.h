// Modules and whole networks drawn by a seed, to hold the cost model to what nobody has looked at:
// kinds, widths, signs, shifts, constants and contents are random, and so are the sizes, formats
// and sparsity of the networks.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/cost_cases.h"

namespace trigstone::bench {

// 36 modules and 6 networks. Equal seeds give equal cases.
std::vector<CostCase> drawn_cost_cases(uint64_t seed);

}  // namespace trigstone::bench
