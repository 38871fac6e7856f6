// The simplifications that the shrinker tries, from the ones that take most to the finest.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "verify/engine.h"

namespace trigstone {

struct ShrinkStep {
  const char* name;
  // Number of places of the question at which it may be tried.
  std::function<size_t(const Question&)> places;
  // The simpler question. Throws Error when there is none at this place.
  std::function<Question(const Question&, size_t place)> apply;
};
const std::vector<ShrinkStep>& shrink_steps();

// Falls with every step that is kept, so that shrinking ends: nodes first, then elements, events,
// bits, numbers that are not zero.
int64_t complexity(const Question& question);

}  // namespace trigstone
