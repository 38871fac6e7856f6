#include "learn/torch_matmul.h"

#include "learn/small_matmul.h"

namespace trigstone {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

template <class T>
MatrixBatch<T> view_of(const Tensor& x) {
  return {x.data_ptr<T>(), x.stride(0), x.stride(1), x.stride(2)};
}

// a [N, rows, terms], b [N, terms, columns].
Tensor matrix_products(const Tensor& a, const Tensor& b) {
  Tensor c = torch::empty({a.size(0), a.size(1), b.size(2)}, a.options());
  const auto run = [&]<class T>(T*) {
    small_matmul(view_of<T>(a), view_of<T>(b), c.data_ptr<T>(), a.size(0), a.size(1), a.size(2),
                 b.size(2));
  };
  if (a.scalar_type() == torch::kFloat32) {
    run(static_cast<float*>(nullptr));
  } else {
    run(static_cast<double*>(nullptr));
  }
  return c;
}

struct MatMulFunction : torch::autograd::Function<MatMulFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& a, const Tensor& b) {
    context->save_for_backward({a, b});
    return matrix_products(a, b);
  }
  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    return {matrix_products(gradients[0], saved[1].transpose(1, 2)),
            matrix_products(saved[0].transpose(1, 2), gradients[0])};
  }
};

}  // namespace

torch::Tensor batched_matmul(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.dim() == 3 && b.dim() == 3 && a.size(0) == b.size(0)) return MatMulFunction::apply(a, b);
  if (a.dim() < 3 || b.dim() < 3) return torch::matmul(a, b);
  // Leading axes to one: broadcast and flattened.
  const auto leading =
      at::infer_size(a.sizes().slice(0, a.dim() - 2), b.sizes().slice(0, b.dim() - 2));
  const auto flat = [&](const torch::Tensor& x) {
    std::vector<int64_t> wide(leading.begin(), leading.end());
    wide.push_back(x.size(-2));
    wide.push_back(x.size(-1));
    return x.expand(wide).reshape({-1, x.size(-2), x.size(-1)});
  };
  std::vector<int64_t> shape(leading.begin(), leading.end());
  shape.push_back(a.size(-2));
  shape.push_back(b.size(-1));
  return MatMulFunction::apply(flat(a), flat(b)).reshape(shape);
}

}  // namespace trigstone
