// Result formats of sums and products: the smallest that holds every possible result.
#include <algorithm>
#include <cmath>

#include "graph/inference.h"

namespace trigstone::detail {

// Range of sum_i x_i w[i,o] + b[o] over all outputs o; the weights' mantissas are known. The last
// axis of the weights is the output.
Interval Inference::constant_dot_range(const Tensor& weights, Interval x, const Tensor* bias,
                                       int bias_shift) const {
  const int64_t outputs = weights.shape.back();
  Interval all{0, 0};
  for (int64_t o = 0; o < outputs; ++o) {
    Interval sum{0, 0};
    for (size_t i = static_cast<size_t>(o); i < weights.mantissas.size();
         i += static_cast<size_t>(outputs)) {
      const Int128 w = weights.mantissas[i];
      sum = sum + x * Interval{w, w};
    }
    if (bias != nullptr) {
      const Int128 b = bias->mantissas[static_cast<size_t>(o)];
      sum = sum + shift_left({b, b}, bias_shift);
    }
    all = o == 0 ? sum : hull(all, sum);
  }
  return all;
}

Interval Inference::dot_range(size_t x, size_t w, size_t bias, int64_t terms,
                              int fraction_bits) const {
  const int product_fraction = fraction(x) + fraction(w);
  const Node& weights = graph_.node(node_.operands[w]);
  const Node* biases = has(bias) ? &graph_.node(node_.operands[bias]) : nullptr;
  const bool known = weights.op == Op::kConstant &&
                     (biases == nullptr || biases->op == Op::kConstant) &&
                     product_fraction == fraction_bits;
  if (known) {
    product(range(x), range(w), terms);  // refuses what could leave 128 bits
    const int bias_shift = biases == nullptr ? 0 : fraction_bits - fraction(bias);
    return constant_dot_range(*weights.data, range(x), biases ? biases->data.get() : nullptr,
                              bias_shift);
  }
  Interval sum = product(range(x), range(w), terms);
  sum = shift_left(hull(sum, {0, 0}), fraction_bits - product_fraction);
  return has(bias) ? sum + aligned_range(bias, fraction_bits) : sum;
}

Type Inference::linear() const {
  require(!shape(0).empty() && shape(1).size() == 2 && shape(0).back() == shape(1)[0],
          fmt::format("x {} and weights {} do not fit", to_string(shape(0)), to_string(shape(1))),
          "weights have the shape [inputs, outputs]");
  if (has(2)) {
    require(shape(2) == Shape{shape(1)[1]},
            fmt::format("bias {} does not fit {} outputs", to_string(shape(2)), shape(1)[1]));
  }
  Shape result = shape(0);
  result.back() = shape(1)[1];
  if (!fixed(0) || !fixed(1) || (has(2) && !fixed(2))) return {result, std::nullopt};
  const int fraction_bits = std::max(fraction(0) + fraction(1), has(2) ? fraction(2) : -100000);
  return {result, cover(dot_range(0, 1, 2, shape(1)[0], fraction_bits), fraction_bits)};
}

Type Inference::conv() const {
  const size_t rank = shape(0).size();
  require(rank == 2 || rank == 3, "x must be [L,C] or [H,W,C]");
  require(shape(1).size() == rank + 1, "weights must be [k,C,O] or [kh,kw,C,O]");
  const size_t spatial = rank - 1;
  const int64_t groups = int_attribute(node_, "groups", 1);
  const int64_t outputs = shape(1).back();
  require(groups > 0 && outputs % groups == 0 && shape(1)[spatial] * groups == shape(0).back(),
          "channels do not fit the weights and groups");
  const auto& strides = ints_attribute(node_, "strides");
  const auto& pads = ints_attribute(node_, "pads");
  require(strides.size() == spatial && pads.size() == 2 * spatial, "strides or pads do not fit");
  Shape result;
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t span = shape(0)[i] + pads[i] + pads[spatial + i] - shape(1)[i];
    require(span >= 0 && strides[i] > 0 && pads[i] >= 0 && pads[spatial + i] >= 0,
            "the kernel is larger than the padded input");
    result.push_back(span / strides[i] + 1);
  }
  result.push_back(outputs);
  if (has(2)) require(shape(2) == Shape{outputs}, "bias does not fit the outputs");
  if (!fixed(0) || !fixed(1) || (has(2) && !fixed(2))) return {result, std::nullopt};
  const int fraction_bits = std::max(fraction(0) + fraction(1), has(2) ? fraction(2) : -100000);
  const int64_t terms = element_count(shape(1)) / outputs;
  return {result, cover(dot_range(0, 1, 2, terms, fraction_bits), fraction_bits)};
}

Type Inference::matmul() const {
  const Shape &a = shape(0), &b = shape(1);
  require(a.size() >= 2 && b.size() >= 2 && a.back() == b[b.size() - 2],
          fmt::format("shapes {} and {} do not multiply", to_string(a), to_string(b)));
  Shape result = broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2), where_);
  result.push_back(a[a.size() - 2]);
  result.push_back(b.back());
  if (!fixed(0) || !fixed(1)) return {result, std::nullopt};
  return {result, cover(product(range(0), range(1), a.back()), fraction(0) + fraction(1))};
}

Type Inference::elementwise() const {
  const Shape result = broadcast(shape(0), shape(1), where_);
  if (!fixed(0) || !fixed(1)) return {result, std::nullopt};
  if (node_.op == Op::kMul)
    return {result, cover(product(range(0), range(1)), fraction(0) + fraction(1))};
  const int common = std::max(fraction(0), fraction(1));
  const Interval a = aligned_range(0, common), b = aligned_range(1, common);
  return {result, cover(node_.op == Op::kAdd ? a + b : a - b, common)};
}

Type Inference::clamp() const {
  const double low = real_attribute(node_, "low"), high = real_attribute(node_, "high");
  require(low <= high, "low is above high");
  if (!fixed(0)) return type(0);
  Int128 bounds[2];
  for (const auto& [bound, at] : {std::pair{low, 0}, std::pair{high, 1}}) {
    const double mantissa = std::ldexp(bound, fraction(0));
    require(mantissa == std::floor(mantissa) && std::abs(mantissa) < 0x1p62,
            fmt::format("bound {} is not on the grid of {}", bound, to_string(*type(0).format)));
    bounds[at] = static_cast<Int128>(mantissa);
  }
  const Interval x = range(0);
  return {shape(0),
          cover({std::clamp(x.low, bounds[0], bounds[1]), std::clamp(x.high, bounds[0], bounds[1])},
                fraction(0))};
}

Type Inference::scale() const {
  const int64_t exponent = int_attribute(node_, "exponent");
  require(std::abs(exponent) <= 256, "exponent is beyond +-256");
  if (!fixed(0)) return type(0);
  Format format = *type(0).format;
  format.integer_bits += static_cast<int>(exponent);
  check_format(format, where_);
  return {shape(0), format};
}

Type Inference::reduction() const {
  const auto axes = reduced_axes(graph_, node_);
  const Shape result = without_axes(shape(0), axes, int_attribute(node_, "keepdims", 0) != 0);
  int64_t terms = 1;
  for (const int64_t axis : axes) terms *= shape(0)[static_cast<size_t>(axis)];
  if (has(1)) {
    require(axes.size() == 1, "a masked reduction has one axis");
    check_valid(1, terms);
  }
  if (!fixed(0) || node_.op == Op::kReduceMean) return {result, std::nullopt};
  if (node_.op != Op::kReduceSum) {
    return {result, has(1) ? *type(0).format : cover(range(0), fraction(0))};
  }
  Interval sum = product(range(0), {1, 1}, terms);
  if (has(1)) sum = hull(sum, {0, 0});
  return {result, cover(sum, fraction(0))};
}

Type Inference::shift_left_op() const {
  require(fixed(0) && fixed(1), "operands must be fixed-point");
  require(!type(1).format->is_signed && fraction(1) == 0, "the amount must be an unsigned integer");
  const Interval amount = range(1);
  require(amount.high <= 63, "the amount may exceed 63", "clamp it");
  const Interval x = range(0);
  return {broadcast(shape(0), shape(1), where_),
          cover(hull(shift_left(x, static_cast<int>(amount.low)),
                     shift_left(x, static_cast<int>(amount.high))),
                fraction(0))};
}

}  // namespace trigstone::detail
