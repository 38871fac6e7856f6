// One seed on one crossing: passed or not, and by how much.
#pragma once

#include <span>
#include <vector>

#include "physics/classical.h"
#include "trigger/menu.h"

namespace trigstone {

// By which factor the thresholds of a condition on classical objects (pT, sums) could grow and the
// crossing still pass; other limits stay. 0 when they forbid it. At least 1 means passed.
double threshold_margin(const Condition& condition, const ClassicalObjects& objects);

struct SeedAnswer {
  bool passed = false;
  // What the threshold scan of equal rates cuts on. Of a classical seed the margin (the least of
  // its conditions). Of a seed with heads the value of its first head, if the other conditions
  // hold. Minus infinity when no threshold would let the crossing pass.
  double score = 0;
};

// `head_values` holds one number for each of the menu's heads.
SeedAnswer evaluate_seed(const Seed& seed, const ClassicalObjects& objects,
                         std::span<const double> head_values);

}  // namespace trigstone
