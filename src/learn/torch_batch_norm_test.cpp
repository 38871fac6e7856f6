#include "learn/torch_batch_norm.h"

#include <gtest/gtest.h>

namespace trigstone {
namespace {

// The gradients of torch's own batch norm, on the rows that count.
TEST(BatchNormOfKept, HasTheGradientsOfTorch) {
  torch::manual_seed(1);
  const auto options = torch::TensorOptions().dtype(torch::kFloat64);
  for (const bool masked : {false, true}) {
    const torch::Tensor kept = masked ? (torch::rand({40}, options) < 0.6).to(torch::kFloat64)
                                      : torch::ones({40}, options);
    const torch::Tensor rows = (kept != 0).nonzero().squeeze(1);
    const torch::Tensor weight = torch::randn({40, 5}, options) * kept.unsqueeze(1);
    const torch::Tensor x = torch::randn({40, 5}, options) * 3 + 1;
    const torch::Tensor gain = torch::randn({5}, options), bias = torch::randn({5}, options);
    const auto leaf = [](const torch::Tensor& t) { return t.clone().set_requires_grad(true); };

    const torch::Tensor x1 = leaf(x), gain1 = leaf(gain), bias1 = leaf(bias);
    torch::Tensor mean1 = torch::zeros({5}, options), var1 = torch::ones({5}, options);
    const torch::Tensor theirs = torch::batch_norm(x1.index_select(0, rows), gain1, bias1, mean1,
                                                   var1, true, 0.1, 1e-3, false);
    (theirs * weight.index_select(0, rows)).sum().backward();

    const torch::Tensor x2 = leaf(x), gain2 = leaf(gain), bias2 = leaf(bias);
    torch::Tensor mean2 = torch::zeros({5}, options), var2 = torch::ones({5}, options);
    const torch::Tensor ours = batch_norm_of_kept(x2, masked ? kept : torch::Tensor(), gain2, bias2,
                                                  1e-3, {mean2, var2, 0.1});
    (ours * weight).sum().backward();

    // Sums run in another order: real numbers agree to rounding.
    EXPECT_TRUE(torch::allclose(ours.index_select(0, rows), theirs, 1e-10, 1e-10));
    EXPECT_TRUE(torch::allclose(x2.grad(), x1.grad(), 1e-9, 1e-10));
    EXPECT_TRUE(torch::allclose(gain2.grad(), gain1.grad(), 1e-10, 1e-10));
    EXPECT_TRUE(torch::allclose(bias2.grad(), bias1.grad(), 1e-10, 1e-10));
    EXPECT_TRUE(torch::allclose(mean2, mean1, 1e-12, 1e-12));
    EXPECT_TRUE(torch::allclose(var2, var1, 1e-12, 1e-12));
  }
}

TEST(BatchNormOfKept, WithoutRowsUsesTheRunningStatistics) {
  torch::Tensor mean = torch::full({2}, 3.0), variance = torch::full({2}, 4.0);
  const torch::Tensor y =
      batch_norm_of_kept(torch::full({3, 2}, 5.0), torch::zeros({3}), torch::ones({2}),
                         torch::zeros({2}), 0.0, {mean, variance, 0.1});
  EXPECT_TRUE(torch::equal(y, torch::ones({3, 2})));
  EXPECT_TRUE(torch::equal(mean, torch::full({2}, 3.0)));
}

}  // namespace
}  // namespace trigstone
