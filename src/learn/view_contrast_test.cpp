#include "learn/view_contrast.h"

#include <gtest/gtest.h>

#include <cmath>

namespace trigstone {
namespace {

TEST(ViewContrast, OfPairsDoneByHand) {
  const torch::Tensor anchors = torch::tensor({{2.0F, 0.0F}, {0.0F, 3.0F}});
  // Of other lengths, the same directions: cosines 1 on the diagonal, 0 beside it.
  const torch::Tensor partners = torch::tensor({{5.0F, 0.0F}, {0.0F, 0.1F}});
  const ViewContrast right = contrast_views(anchors, partners, {0, 1}, 0.5);
  EXPECT_NEAR(right.loss.item<double>(), std::log(1 + std::exp(-2)), 1e-6);
  EXPECT_EQ(right.accuracy, 1);
  const ViewContrast wrong = contrast_views(anchors, partners.flip(0), {0, 1}, 0.5);
  EXPECT_NEAR(wrong.loss.item<double>(), std::log(1 + std::exp(2)), 1e-6);
  EXPECT_EQ(wrong.accuracy, 0);
}

TEST(ViewContrast, OtherViewsOfACollisionAreNoNegatives) {
  const torch::Tensor anchors = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}});
  const torch::Tensor partners = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}});
  // A third row equal to the first, of the same collision: the first two see what they saw.
  const auto with = [&](const torch::Tensor& three) {
    return torch::cat({three, three.narrow(0, 0, 1)}, 0);
  };
  const double two = contrast_views(anchors, partners, {7, 9}, 1).loss.item<double>();
  const double same =
      contrast_views(with(anchors), with(partners), {7, 9, 7}, 1).loss.item<double>();
  const double other =
      contrast_views(with(anchors), with(partners), {7, 9, 8}, 1).loss.item<double>();
  // Rows 1 and 3 have one negative each, row 2 has two.
  EXPECT_NEAR(same, (2 * two + std::log(1 + 2 * std::exp(-1))) / 3, 1e-6);
  EXPECT_GT(other, same + 0.1);
}

TEST(ViewContrast, OneCollisionAloneTeachesNothing) {
  torch::Tensor anchors = torch::ones({2, 3}).set_requires_grad(true);
  const ViewContrast none = contrast_views(anchors, torch::ones({2, 3}), {4, 4}, 1);
  EXPECT_EQ(none.loss.item<double>(), 0);
  none.loss.backward();
  EXPECT_EQ(anchors.grad().abs().sum().item<double>(), 0);
}

}  // namespace
}  // namespace trigstone
