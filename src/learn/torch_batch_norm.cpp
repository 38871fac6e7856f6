#include "learn/torch_batch_norm.h"

namespace trigstone {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Sums over rows are products with a row of weights: one pass over memory, masked or not.
//   y = (x - mean) r g + b,  r = 1/sqrt(var + eps),  weight w_i = kept_i / number kept
//   dx = g r [ dy - w (sum dy + r^2 (x - mean) sum dy (x - mean)) ]
struct BatchNormFunction : torch::autograd::Function<BatchNormFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weights,
                        const Tensor& mean, const Tensor& inverse_deviation, const Tensor& gain,
                        const Tensor& bias) {
    const Tensor centred = x - mean;
    context->save_for_backward({centred, weights, inverse_deviation, gain});
    return torch::addcmul(bias, centred, gain * inverse_deviation);
  }
  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &centred = saved[0], &weights = saved[1], &r = saved[2], &gain = saved[3];
    const Tensor& dy = gradients[0];
    const Tensor ones = torch::ones({1, dy.size(0)}, dy.options());
    const Tensor sum = ones.mm(dy)[0];
    const Tensor product = ones.mm(dy * centred)[0];
    Tensor dx = torch::addcmul(sum, centred, r * r * product);
    dx.mul_(weights.unsqueeze(1)).neg_().add_(dy).mul_(gain * r);
    return {dx, Tensor(), Tensor(), Tensor(), product * r, sum};
  }
};

}  // namespace

torch::Tensor batch_norm_of_kept(const torch::Tensor& rows, const torch::Tensor& kept,
                                 const torch::Tensor& gain, const torch::Tensor& bias,
                                 double epsilon, const BatchStatistics& statistics) {
  torch::Tensor mean, variance, weights;
  {
    const torch::NoGradGuard no_gradient;
    const double count =
        kept.defined() ? kept.sum().item<double>() : static_cast<double>(rows.size(0));
    if (count < 2) {
      mean = statistics.running_mean.clone();
      variance = statistics.running_var.clone();
      weights = torch::zeros({rows.size(0)}, rows.options());
    } else {
      weights =
          kept.defined() ? kept / count : torch::full({rows.size(0)}, 1.0 / count, rows.options());
      const torch::Tensor row = weights.unsqueeze(0);
      mean = row.mm(rows)[0];
      variance = row.mm((rows - mean).square_())[0];
      statistics.running_mean.lerp_(mean, statistics.momentum);
      statistics.running_var.lerp_(variance * (count / (count - 1)), statistics.momentum);
    }
  }
  const torch::Tensor r = (variance + epsilon).rsqrt();
  return BatchNormFunction::apply(rows, weights, mean, r, gain, bias);
}

}  // namespace trigstone
