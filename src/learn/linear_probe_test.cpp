#include "learn/linear_probe.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace trigstone {
namespace {

TEST(LinearProbe, FindsTheDirectionThatTellsAndLeavesTheOthersAlone) {
  Random random(1);
  std::vector<double> x;
  std::vector<uint8_t> labels;
  for (int i = 0; i < 2000; ++i) {
    labels.push_back(random.chance(0.2) ? 1 : 0);
    x.insert(x.end(), {random.normal() + 2.0 * labels.back(), random.normal(), random.normal()});
  }
  const LinearProbe probe = fit_linear_probe(x, labels, 1e-3);
  // Two normals one spread wide and 2 apart: the log-odds are 2 (x - 1), equal weights given.
  EXPECT_NEAR(probe.weights[0], 2.0, 0.4);
  EXPECT_NEAR(probe.bias / probe.weights[0], -1.0, 0.1);
  EXPECT_NEAR(probe.weights[1], 0.0, 0.2);
  EXPECT_LT(balanced_cross_entropy(probe.scores(x), labels), 0.4);
}

TEST(LinearProbe, TheGradientVanishesAtTheSolution) {
  const std::vector<double> x = {0, 1, 2, 3};
  const std::vector<uint8_t> labels = {0, 1, 0, 1};
  const LinearProbe probe = fit_linear_probe(x, labels, 0.1);
  const auto loss = [&](double change) {
    LinearProbe moved = probe;
    moved.weights[0] += change;
    return balanced_cross_entropy(moved.scores(x), labels) +
           0.05 * moved.weights[0] * moved.weights[0];
  };
  EXPECT_LT(loss(0), loss(1e-3));
  EXPECT_LT(loss(0), loss(-1e-3));
}

TEST(LinearProbe, SeparableLabelsStayFinite) {
  const LinearProbe probe = fit_linear_probe({-1, 1}, {0, 1}, 1e-3);
  EXPECT_GT(probe.weights[0], 0);
  EXPECT_LT(probe.weights[0], 100);
}

}  // namespace
}  // namespace trigstone
