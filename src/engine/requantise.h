// Reduces a quant to shifts, limits and masks for operands whose range is known.
#pragma once

#include "engine/plan.h"

namespace trigstone::engine {

struct RequantisePlan {
  Requantise requantise;
  Interval need;  // numbers that a lane must hold while it works; beyond 64 bits: by reference
};

// The quant of mantissas in `range` with `in_fraction` fraction bits into `format`, the result
// carried with `carrier_fraction` bits (at least the format's).
RequantisePlan plan_requantise(Interval range, int in_fraction, const Format& format,
                               int carrier_fraction);

// The epilogue of output `o` in the vector kernels' short form, if it has one. Sums lie in `sum`,
// results are stored as `lane`.
FastEpilogue fast_epilogue(const Epilogue& epilogue, size_t o, Interval sum, Lane lane);

// What all of these need together.
FastKind fast_kind(const std::vector<FastEpilogue>& outputs);

}  // namespace trigstone::engine
