// Random measurement errors of the detector response.
#pragma once

#include <cmath>

#include "base/random.h"

namespace trigstone {

// A log-normal value with the given mean and standard deviation: keeps the mean and stays positive,
// as Delphes smears. Returns `mean` unchanged when either is not positive.
inline double smear_log_normal(double mean, double sigma, Random& random) {
  if (mean <= 0 || sigma <= 0) return mean;
  const double ratio = sigma / mean, spread = std::sqrt(std::log1p(ratio * ratio));
  return mean * std::exp(spread * random.normal() - 0.5 * spread * spread);
}

}  // namespace trigstone
