#include "learn/linear_probe.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace trigstone {

namespace {

// Weight of each row: half the total for each label.
std::vector<double> balanced(const std::vector<uint8_t>& labels) {
  const auto ones = std::count(labels.begin(), labels.end(), uint8_t{1});
  const auto zeros = std::ssize(labels) - ones;
  std::vector<double> weights;
  for (const uint8_t label : labels) {
    weights.push_back(0.5 / static_cast<double>(std::max<int64_t>(label != 0 ? ones : zeros, 1)));
  }
  return weights;
}

// Solves a x = b for a symmetric positive definite a [n, n] by Cholesky's method; x replaces b.
void solve(std::vector<double> a, std::vector<double>& b) {
  const size_t n = b.size();
  for (size_t j = 0; j < n; ++j) {
    for (size_t k = 0; k < j; ++k) {
      for (size_t i = j; i < n; ++i) a[i * n + j] -= a[i * n + k] * a[j * n + k];
    }
    const double root = std::sqrt(a[j * n + j]);
    for (size_t i = j; i < n; ++i) a[i * n + j] /= root;
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

constexpr int kMostSteps = 50;
constexpr double kConverged = 1e-10;  // of the largest change of a weight

}  // namespace

std::vector<double> LinearProbe::scores(const std::vector<double>& x) const {
  const size_t width = weights.size();
  std::vector<double> scores;
  for (size_t row = 0; row < x.size() / width; ++row) {
    double score = bias;
    for (size_t i = 0; i < width; ++i) score += weights[i] * x[row * width + i];
    scores.push_back(score);
  }
  return scores;
}

LinearProbe fit_linear_probe(const std::vector<double>& x, const std::vector<uint8_t>& labels,
                             double l2) {
  ensure(!labels.empty() && x.size() % labels.size() == 0 && l2 > 0, "fit_linear_probe: shapes");
  const size_t width = x.size() / labels.size(), n = width + 1;  // the bias comes last
  const std::vector<double> weight = balanced(labels);
  LinearProbe probe{std::vector<double>(width, 0.0), 0};
  for (int step = 0; step < kMostSteps; ++step) {
    std::vector<double> gradient(n, 0.0), hessian(n * n, 0.0), row(n, 1.0);
    const std::vector<double> scores = probe.scores(x);
    for (size_t r = 0; r < labels.size(); ++r) {
      std::copy_n(x.begin() + static_cast<int64_t>(r * width), width, row.begin());
      const double p = 1 / (1 + std::exp(-scores[r]));
      const double slope = weight[r] * (p - labels[r]), bend = weight[r] * p * (1 - p);
      for (size_t i = 0; i < n; ++i) {
        gradient[i] += slope * row[i];
        for (size_t j = 0; j < n; ++j) hessian[i * n + j] += bend * row[i] * row[j];
      }
    }
    for (size_t i = 0; i < n; ++i) hessian[i * n + i] += i < width ? l2 : 1e-9;
    for (size_t i = 0; i < width; ++i) gradient[i] += l2 * probe.weights[i];
    solve(std::move(hessian), gradient);
    double largest = 0;
    for (size_t i = 0; i < width; ++i) probe.weights[i] -= gradient[i];
    probe.bias -= gradient[width];
    for (const double change : gradient) largest = std::max(largest, std::abs(change));
    if (largest < kConverged) break;
  }
  return probe;
}

double balanced_cross_entropy(const std::vector<double>& scores,
                              const std::vector<uint8_t>& labels) {
  const std::vector<double> weight = balanced(labels);
  double sum = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    const double wrong = labels[i] != 0 ? -scores[i] : scores[i];
    sum += weight[i] * (std::max(wrong, 0.0) + std::log1p(std::exp(-std::abs(wrong))));
  }
  return sum;
}

}  // namespace trigstone
