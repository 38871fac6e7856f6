#include "interpret/exact_ops.h"

#include <algorithm>
#include <functional>

#include "interpret/tensor_view.h"

namespace trigstone::detail {

namespace {

template <class T>
Array<T> filled(const Shape& shape, T value = T{}) {
  return {shape, std::vector<T>(static_cast<size_t>(element_count(shape)), value)};
}

template <class T, class Combine>
Array<T> elementwise(const Node& node, const Array<T>& a, const Array<T>& b, Combine combine) {
  Array<T> result = filled<T>(node.type.shape);
  const auto strides_a = broadcast_strides(a.shape, result.shape);
  const auto strides_b = broadcast_strides(b.shape, result.shape);
  each_index(result.shape, [&](size_t flat, const std::vector<int64_t>& index) {
    result.values[flat] =
        combine(a.values[offset(index, strides_a)], b.values[offset(index, strides_b)]);
  });
  return result;
}

template <class T>
Array<T> linear(const Node& node, const std::vector<Array<T>>& x) {
  Array<T> result = filled<T>(node.type.shape);
  const int64_t inputs = x[1].shape[0], outputs = x[1].shape[1];
  const int64_t rows = element_count(x[0].shape) / inputs;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t o = 0; o < outputs; ++o) {
      T sum = x.size() > 2 ? x[2].values[static_cast<size_t>(o)] : T{};
      for (int64_t i = 0; i < inputs; ++i) {
        sum += x[0].values[static_cast<size_t>(row * inputs + i)] *
               x[1].values[static_cast<size_t>(i * outputs + o)];
      }
      result.values[static_cast<size_t>(row * outputs + o)] = sum;
    }
  }
  return result;
}

// A one-dimensional convolution is read as a two-dimensional one of height 1.
template <class T>
Array<T> conv(const Node& node, const std::vector<Array<T>>& x) {
  const bool flat = x[0].shape.size() == 2;
  const auto widen = [&](Shape shape) {
    if (flat) shape.insert(shape.begin(), 1);
    return shape;
  };
  const Shape in = widen(x[0].shape), kernel = widen(x[1].shape), out = widen(node.type.shape);
  auto strides = ints_attribute(node, "strides"), pads = ints_attribute(node, "pads");
  if (flat) {
    strides.insert(strides.begin(), 1);
    pads = {0, pads[0], 0, pads[1]};
  }
  const int64_t groups = int_attribute(node, "groups", 1);
  const int64_t group_in = kernel[2], group_out = out[2] / groups;
  Array<T> result = filled<T>(node.type.shape);
  each_index(out, [&](size_t flat_index, const std::vector<int64_t>& o) {
    T sum = x.size() > 2 ? x[2].values[static_cast<size_t>(o[2])] : T{};
    for (int64_t ky = 0; ky < kernel[0]; ++ky) {
      for (int64_t kx = 0; kx < kernel[1]; ++kx) {
        const int64_t y = o[0] * strides[0] + ky - pads[0], z = o[1] * strides[1] + kx - pads[1];
        if (y < 0 || y >= in[0] || z < 0 || z >= in[1]) continue;
        for (int64_t c = 0; c < group_in; ++c) {
          const int64_t channel = o[2] / group_out * group_in + c;
          sum += x[0].values[static_cast<size_t>((y * in[1] + z) * in[2] + channel)] *
                 x[1].values[static_cast<size_t>(((ky * kernel[1] + kx) * group_in + c) * out[2] +
                                                 o[2])];
        }
      }
    }
    result.values[flat_index] = sum;
  });
  return result;
}

template <class T>
Array<T> matmul(const Node& node, const Array<T>& a, const Array<T>& b) {
  Array<T> result = filled<T>(node.type.shape);
  const Shape& out = result.shape;
  const int64_t rows = out[out.size() - 2], columns = out.back(), terms = a.shape.back();
  const Shape batch(out.begin(), out.end() - 2);
  const auto strides_a = broadcast_strides(Shape(a.shape.begin(), a.shape.end() - 2), batch);
  const auto strides_b = broadcast_strides(Shape(b.shape.begin(), b.shape.end() - 2), batch);
  each_index(batch, [&](size_t flat, const std::vector<int64_t>& index) {
    const T* left = a.values.data() + offset(index, strides_a) * static_cast<size_t>(rows * terms);
    const T* right =
        b.values.data() + offset(index, strides_b) * static_cast<size_t>(terms * columns);
    T* target = result.values.data() + flat * static_cast<size_t>(rows * columns);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < columns; ++c) {
        T sum{};
        for (int64_t k = 0; k < terms; ++k) sum += left[r * terms + k] * right[k * columns + c];
        target[r * columns + c] = sum;
      }
    }
  });
  return result;
}

template <class T>
Array<T> reduce(const Graph& graph, const Node& node, const std::vector<Array<T>>& x, T empty,
                const std::function<T(T, T)>& combine) {
  const auto axes = reduced_axes(graph, node);
  // Work on the shape with kept dims: its flat order is the same as the result's.
  Shape kept = x[0].shape;
  for (const int64_t axis : axes) kept[static_cast<size_t>(axis)] = 1;
  Array<T> result = filled<T>(node.type.shape, empty);
  std::vector<bool> begun(result.values.size(), false);
  const auto strides = broadcast_strides(kept, x[0].shape);
  each_index(x[0].shape, [&](size_t flat, const std::vector<int64_t>& index) {
    const bool masked = x.size() > 1;
    if (masked && x[1].values[static_cast<size_t>(index[static_cast<size_t>(axes[0])])] == T{})
      return;
    const size_t at = offset(index, strides);
    result.values[at] =
        begun[at] ? combine(result.values[at], x[0].values[flat]) : x[0].values[flat];
    begun[at] = true;
  });
  return result;
}

template <class T>
Array<T> transpose(const Node& node, const Array<T>& x) {
  const auto& perm = ints_attribute(node, "perm");
  Array<T> result = filled<T>(node.type.shape);
  std::vector<int64_t> strides(perm.size());
  const auto original = broadcast_strides(x.shape, x.shape);
  for (size_t i = 0; i < perm.size(); ++i) strides[i] = original[static_cast<size_t>(perm[i])];
  each_index(result.shape, [&](size_t flat, const std::vector<int64_t>& index) {
    result.values[flat] = x.values[offset(index, strides)];
  });
  return result;
}

// Elements `indices` of an axis; -1 gives 0.
template <class T>
Array<T> take(const Node& node, const Array<T>& x, int64_t axis,
              const std::vector<int64_t>& indices) {
  Array<T> result = filled<T>(node.type.shape);
  const AxisView from(x.shape, axis), to(result.shape, axis);
  from.each_line([&](int64_t outer, int64_t inner) {
    for (size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] < 0) continue;
      result.values[to.at(outer, static_cast<int64_t>(i), inner)] =
          x.values[from.at(outer, indices[i], inner)];
    }
  });
  return result;
}

template <class T>
Array<T> concat(const Node& node, const std::vector<Array<T>>& x, int64_t axis) {
  Array<T> result = filled<T>(node.type.shape);
  const AxisView to(result.shape, axis);
  int64_t begin = 0;
  for (const Array<T>& part : x) {
    const AxisView from(part.shape, axis);
    from.each_line([&](int64_t outer, int64_t inner) {
      for (int64_t i = 0; i < from.extent; ++i) {
        result.values[to.at(outer, begin + i, inner)] = part.values[from.at(outer, i, inner)];
      }
    });
    begin += from.extent;
  }
  return result;
}

// Each number becomes the smallest so far in its run.
template <class T>
void lower_in_runs(const std::vector<int64_t>& runs, std::vector<T>& line) {
  size_t begin = 0;
  for (const int64_t length : runs) {
    const size_t end = begin + static_cast<size_t>(length);
    for (size_t i = begin + 1; i < end; ++i) line[i] = std::min(line[i - 1], line[i]);
    begin = end;
  }
}

template <class T>
Array<T> sorted(const Graph& graph, const Node& node, const Array<T>& x, bool descending) {
  const int64_t axis = axis_attribute(graph, node);
  const std::vector<int64_t> runs = run_lengths(graph, node);
  Array<T> result = filled<T>(node.type.shape);
  const AxisView from(x.shape, axis), to(result.shape, axis);
  from.each_line([&](int64_t outer, int64_t inner) {
    std::vector<T> line;
    for (int64_t i = 0; i < from.extent; ++i) line.push_back(x.values[from.at(outer, i, inner)]);
    lower_in_runs(runs, line);
    std::sort(line.begin(), line.end());
    if (descending) std::reverse(line.begin(), line.end());
    for (int64_t i = 0; i < to.extent; ++i) {
      result.values[to.at(outer, i, inner)] = line[static_cast<size_t>(i)];
    }
  });
  return result;
}

template <class T>
Array<T> select(const Node& node, const std::vector<Array<T>>& x) {
  Array<T> result = filled<T>(node.type.shape);
  std::vector<std::vector<int64_t>> strides;
  for (const Array<T>& operand : x)
    strides.push_back(broadcast_strides(operand.shape, result.shape));
  each_index(result.shape, [&](size_t flat, const std::vector<int64_t>& index) {
    const size_t chosen = x[0].values[offset(index, strides[0])] != T{} ? 1 : 2;
    result.values[flat] = x[chosen].values[offset(index, strides[chosen])];
  });
  return result;
}

std::vector<int64_t> slice_indices(const Node& node) {
  std::vector<int64_t> indices;
  const int64_t step = int_attribute(node, "step", 1);
  for (int64_t i = int_attribute(node, "start"); i < int_attribute(node, "stop"); i += step) {
    indices.push_back(i);
  }
  return indices;
}

template <class T>
bool holds(const std::string& relation, T a, T b) {
  if (relation == "lt") return a < b;
  if (relation == "le") return a <= b;
  if (relation == "gt") return a > b;
  if (relation == "ge") return a >= b;
  return (relation == "eq") == (a == b);
}

}  // namespace

template <class T>
Array<T> evaluate_exact(const Graph& graph, const Node& node, const std::vector<Array<T>>& x) {
  const auto axis = [&] { return axis_attribute(graph, node); };
  switch (node.op) {
    case Op::kLinear:
      return linear(node, x);
    case Op::kConv:
      return conv(node, x);
    case Op::kMatMul:
      return matmul(node, x[0], x[1]);
    case Op::kMul:
      return elementwise(node, x[0], x[1], [](T a, T b) { return a * b; });
    case Op::kAdd:
      return elementwise(node, x[0], x[1], [](T a, T b) { return a + b; });
    case Op::kSub:
      return elementwise(node, x[0], x[1], [](T a, T b) { return a - b; });
    case Op::kReduceSum:
      return reduce<T>(graph, node, x, T{}, [](T a, T b) { return a + b; });
    case Op::kReduceMax:
    case Op::kReduceMin: {
      // Two operands and a third of one element: the result where no slot is valid.
      std::vector<Array<T>> operands(x.begin(), x.end() - 1);
      const bool largest = node.op == Op::kReduceMax;
      return reduce<T>(graph, node, operands, x.back().values[0],
                       [largest](T a, T b) { return largest ? std::max(a, b) : std::min(a, b); });
    }
    case Op::kReshape:
    case Op::kScale:
      return {node.type.shape, x[0].values};
    case Op::kTranspose:
      return transpose(node, x[0]);
    case Op::kSlice:
      return take(node, x[0], axis(), slice_indices(node));
    case Op::kGather:
      return take(node, x[0], axis(), ints_attribute(node, "indices"));
    case Op::kConcat:
      return concat(node, x, axis());
    case Op::kSelect:
      return select(node, x);
    case Op::kTopK:
      return sorted(graph, node, x[0], true);
    case Op::kSort:
      return sorted(graph, node, x[0], int_attribute(node, "descending", 0) != 0);
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kQuant:
    case Op::kThresholds:
    case Op::kTable:
    case Op::kRelu:
    case Op::kClamp:
    case Op::kReduceMean:
    case Op::kCompare:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
    case Op::kTreeEnsemble:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      break;
  }
  internal_error(
      fmt::format("'{}' is not an exact operation of one grid", traits_of(node.op).text));
}

template <class T>
std::vector<int64_t> evaluate_choice(const Graph& graph, const Node& node,
                                     const std::vector<Array<T>>& x) {
  std::vector<int64_t> result(static_cast<size_t>(element_count(node.type.shape)), 0);
  if (node.op == Op::kCompare) {
    const std::string& relation = text_attribute(node, "relation");
    const auto a = broadcast_strides(x[0].shape, node.type.shape);
    const auto b = broadcast_strides(x[1].shape, node.type.shape);
    each_index(node.type.shape, [&](size_t flat, const std::vector<int64_t>& index) {
      result[flat] = holds(relation, x[0].values[offset(index, a)], x[1].values[offset(index, b)]);
    });
    return result;
  }
  const bool largest = node.op == Op::kArgMax;
  const AxisView view(x[0].shape, axis_attribute(graph, node));
  view.each_line([&](int64_t outer, int64_t inner) {
    int64_t best = -1;
    for (int64_t i = 0; i < view.extent; ++i) {
      if (x.size() > 1 && x[1].values[static_cast<size_t>(i)] == T{}) continue;
      const T value = x[0].values[view.at(outer, i, inner)];
      const bool better = best < 0 || (largest ? value > x[0].values[view.at(outer, best, inner)]
                                               : value < x[0].values[view.at(outer, best, inner)]);
      if (better) best = i;
    }
    result[static_cast<size_t>(outer * view.inner_count + inner)] = std::max<int64_t>(best, 0);
  });
  return result;
}

template Array<Int128> evaluate_exact(const Graph&, const Node&, const std::vector<Array<Int128>>&);
template Array<double> evaluate_exact(const Graph&, const Node&, const std::vector<Array<double>>&);
template std::vector<int64_t> evaluate_choice(const Graph&, const Node&,
                                              const std::vector<Array<Int128>>&);
template std::vector<int64_t> evaluate_choice(const Graph&, const Node&,
                                              const std::vector<Array<double>>&);

}  // namespace trigstone::detail
