// What a linear cut on fixed numbers can tell: logistic regression, solved to the end.
#pragma once

#include <cstdint>
#include <vector>

namespace trigstone {

struct LinearProbe {
  std::vector<double> weights;  // [width]
  double bias = 0;
  // Log-odds of rows x [rows, width].
  std::vector<double> scores(const std::vector<double>& x) const;
};

// Minimises the mean cross-entropy plus l2/2 of the squared weights by Newton's method; both labels
// weigh the same in all. x [rows, width], labels [rows] 0 or 1. `l2` > 0. Deterministic.
LinearProbe fit_linear_probe(const std::vector<double>& x, const std::vector<uint8_t>& labels,
                             double l2);
// Mean cross-entropy of log-odds, both labels weighing the same.
double balanced_cross_entropy(const std::vector<double>& scores,
                              const std::vector<uint8_t>& labels);

}  // namespace trigstone
