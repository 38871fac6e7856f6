#include "interpret/real_ops.h"

#include <algorithm>
#include <cmath>

#include "interpret/tensor_view.h"

namespace trigstone::detail {

namespace {

using Reals = Array<double>;

double apply_function(const Node& node, const std::string& kind, double x) {
  if (kind == "exp") return std::exp(x);
  if (kind == "log") return std::log(x);
  if (kind == "sigmoid") return 1.0 / (1.0 + std::exp(-x));
  if (kind == "tanh") return std::tanh(x);
  if (kind == "gelu") return 0.5 * x * std::erfc(-x * M_SQRT1_2);
  if (kind == "silu") return x / (1.0 + std::exp(-x));
  if (kind == "sqrt") return std::sqrt(x);
  if (kind == "rsqrt") return 1.0 / std::sqrt(x);
  if (kind == "reciprocal") return 1.0 / x;
  if (kind == "abs") return std::abs(x);
  if (kind == "softplus") return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0);
  throw Error(where_of(node), fmt::format("function '{}' does not exist", kind),
              "see the list at `function` in docs/ops.md");
}

Reals softmax(const Graph& graph, const Node& node, const std::vector<Reals>& x) {
  Reals result = x[0];
  const AxisView view(x[0].shape, axis_attribute(graph, node));
  const auto valid = [&](int64_t i) {
    return x.size() < 2 || x[1].values[static_cast<size_t>(i)] != 0;
  };
  view.each_line([&](int64_t outer, int64_t inner) {
    double largest = -INFINITY, sum = 0;
    for (int64_t i = 0; i < view.extent; ++i) {
      if (valid(i)) largest = std::max(largest, x[0].values[view.at(outer, i, inner)]);
    }
    for (int64_t i = 0; i < view.extent; ++i) {
      double& y = result.values[view.at(outer, i, inner)];
      y = valid(i) ? std::exp(y - largest) : 0.0;
      sum += y;
    }
    for (int64_t i = 0; i < view.extent; ++i) {
      if (sum > 0) result.values[view.at(outer, i, inner)] /= sum;
    }
  });
  return result;
}

Reals batch_norm(const Graph& graph, const Node& node, const std::vector<Reals>& x) {
  Reals result = x[0];
  const AxisView view(x[0].shape, axis_attribute(graph, node));
  const double epsilon = real_attribute(node, "epsilon");
  view.each_line([&](int64_t outer, int64_t inner) {
    for (int64_t c = 0; c < view.extent; ++c) {
      const auto at = static_cast<size_t>(c);
      double& y = result.values[view.at(outer, c, inner)];
      y = (y - x[3].values[at]) / std::sqrt(x[4].values[at] + epsilon) * x[1].values[at] +
          x[2].values[at];
    }
  });
  return result;
}

Reals layer_norm(const Node& node, const std::vector<Reals>& x) {
  Reals result = x[0];
  const auto last = static_cast<int64_t>(x[0].shape.size()) - 1;
  const AxisView view(x[0].shape, last);
  const double epsilon = real_attribute(node, "epsilon");
  view.each_line([&](int64_t outer, int64_t) {
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < view.extent; ++i) mean += x[0].values[view.at(outer, i, 0)];
    mean /= static_cast<double>(view.extent);
    for (int64_t i = 0; i < view.extent; ++i) {
      const double d = x[0].values[view.at(outer, i, 0)] - mean;
      variance += d * d;
    }
    variance /= static_cast<double>(view.extent);
    for (int64_t i = 0; i < view.extent; ++i) {
      double& y = result.values[view.at(outer, i, 0)];
      y = (y - mean) / std::sqrt(variance + epsilon);
      if (x.size() > 1) y *= x[1].values[static_cast<size_t>(i)];
      if (x.size() > 2) y += x[2].values[static_cast<size_t>(i)];
    }
  });
  return result;
}

Reals reduce_mean(const Graph& graph, const Node& node, const std::vector<Reals>& x) {
  const auto axes = reduced_axes(graph, node);
  Shape kept = x[0].shape;
  for (const int64_t axis : axes) kept[static_cast<size_t>(axis)] = 1;
  const auto count = static_cast<size_t>(element_count(node.type.shape));
  Reals result{node.type.shape, std::vector<double>(count, 0.0)};
  std::vector<double> terms(count, 0.0);
  const auto strides = broadcast_strides(kept, x[0].shape);
  each_index(x[0].shape, [&](size_t flat, const std::vector<int64_t>& index) {
    if (x.size() > 1 && x[1].values[static_cast<size_t>(index[static_cast<size_t>(axes[0])])] == 0)
      return;
    result.values[offset(index, strides)] += x[0].values[flat];
    terms[offset(index, strides)] += 1;
  });
  for (size_t i = 0; i < count; ++i) {
    if (terms[i] > 0) result.values[i] /= terms[i];
  }
  return result;
}

}  // namespace

Reals evaluate_composite(const Graph& graph, const Node& node, const std::vector<Reals>& x) {
  if (node.op == Op::kSoftmax) return softmax(graph, node, x);
  if (node.op == Op::kBatchNorm) return batch_norm(graph, node, x);
  if (node.op == Op::kLayerNorm) return layer_norm(node, x);
  if (node.op == Op::kReduceMean) return reduce_mean(graph, node, x);
  ensure(node.op == Op::kFunction, "not a composite");
  Reals result = x[0];
  const std::string& kind = text_attribute(node, "kind");
  for (double& y : result.values) y = apply_function(node, kind, y);
  return result;
}

}  // namespace trigstone::detail
