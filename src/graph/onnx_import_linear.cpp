// Operators of ONNX with weights, norms and softmax.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "graph/onnx_import.h"

namespace trigstone::detail {

namespace {

Known transposed(const Known& known) {
  Known result = known;
  const int64_t rows = known.shape[0], columns = known.shape[1];
  result.shape = {columns, rows};
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      const auto from = static_cast<size_t>(r * columns + c),
                 to = static_cast<size_t>(c * rows + r);
      result.values[to] = known.values[from];
      if (known.is_integer) result.integers[to] = known.integers[from];
    }
  }
  return result;
}

}  // namespace

void OnnxImport::op_matmul(const Proto& node) {
  OnnxValue &a = input(node, 0), &b = input(node, 1);
  require(node, !a.shape.empty() && !b.shape.empty(), "multiplies a scalar", "use Mul");
  if (!b.varies && b.shape.size() == 2 && a.varies) {
    if (own_ && node.doc_string() == kLinearPart) {  // the bias follows in an Add
      products_[node.output(0)] = {id_of(a), id_of(b)};
      OnnxValue product = a;
      product.id = -1;
      return define(node, product);
    }
    // The event axis is the only row of [1, K]: the graph's value is the row itself.
    return define_like(node, a, add(node, Op::kLinear, {id_of(a), trainable(b)}));
  }
  require(node, a.shape.size() >= 2 && b.shape.size() >= 2,
          fmt::format("shapes {} and {} are not supported", to_string(a.shape), to_string(b.shape)),
          "both operands need two axes or more");
  const bool both_inner =
      (!a.batched || a.shape.size() >= 3) && (!b.batched || b.shape.size() >= 3);
  const bool batched = (a.batched || b.batched) && both_inner;
  const auto inner = [&](OnnxValue& x) {
    const bool leading_one = !x.batched && x.shape.size() >= 3 && x.shape[0] == 1;
    if (!batched) return full(x);
    return leading_one ? reshaped(id_of(x), {x.shape.begin() + 1, x.shape.end()}, x.name + ".inner")
                       : id_of(x);
  };
  const ValueId left = inner(a), right = inner(b);
  const ValueId id = add(node, Op::kMatMul, {left, right});
  define_view(node, OnnxValue{"", {}, nullptr, id, -1, a.varies || b.varies, batched},
              {id, 0, batched}, id);
}

// alpha * B, transposed; known numbers are worked on directly.
ValueId OnnxImport::gemm_operand(const Proto& node, OnnxValue& value, bool transpose, double factor,
                                 const std::string& suffix) {
  if (value.known != nullptr && value.id < 0) {
    OnnxValue changed = value;
    Known known = transpose ? transposed(*value.known) : *value.known;
    if (factor != 1) {
      for (double& x : known.values) x *= factor;
      known.is_integer = false;
    }
    changed.shape = known.shape;
    changed.known = std::make_shared<const Known>(std::move(known));
    changed.param_id = -1;
    return trainable(changed);
  }
  ValueId id = id_of(value);
  if (transpose) {
    id = add_part(node, suffix + "_transposed", Op::kTranspose, {id},
                  {{"perm", std::vector<int64_t>{1, 0}}});
  }
  if (factor == 1) return id;
  return add_part(node, suffix + "_scaled", Op::kMul,
                  {id, constant(reals_known({}, {factor}), name_of(node, suffix + "_factor"))});
}

void OnnxImport::op_gemm(const Proto& node) {
  OnnxValue &a = input(node, 0), &b = input(node, 1);
  require(node, int_of(node, "transA", 0) == 0, "transA is not supported", "transpose before it");
  require(node, !b.varies, "weights depend on an input", "use MatMul and Add");
  require(node, a.shape.size() == 2 && b.shape.size() == 2, "operands need two axes");
  const bool transpose = int_of(node, "transB", 0) != 0;
  const ValueId weights =
      gemm_operand(node, b, transpose, float_of(node, "alpha", 1.0), ".weights");
  std::vector<ValueId> operands = {id_of(a), weights};
  const int64_t outputs = graph_.shape(weights).at(1);
  if (has_input(node, 2)) {
    OnnxValue& c = input(node, 2);
    require(node, !c.varies, "the summand depends on an input", "use MatMul and Add");
    const int64_t count = checked_count(c.shape, where(node));
    require(node, count == outputs || (count == 1 && c.known != nullptr),
            fmt::format("the summand of shape {} is not one a column", to_string(c.shape)));
    OnnxValue row = c;
    if (count == 1 && outputs != 1) {
      row.known = std::make_shared<const Known>(reals_known(
          {outputs}, std::vector<double>(static_cast<size_t>(outputs), c.known->values[0])));
      row.id = row.param_id = -1;
    }
    const ValueId bias = gemm_operand(node, row, false, float_of(node, "beta", 1.0), ".bias");
    operands.push_back(reshaped(bias, {outputs}, name_of(node, ".bias_row")));
  }
  define_like(node, a, add(node, Op::kLinear, operands));
}

void OnnxImport::op_conv(const Proto& node) {
  OnnxValue &x = input(node, 0), &w = input(node, 1);
  require(node, !w.varies, "weights depend on an input");
  const size_t rank = w.shape.size();
  require(node, (rank == 3 || rank == 4) && x.shape.size() == rank && x.shape[0] == 1,
          fmt::format("x of shape {} with weights {} is not a convolution in one or two dimensions",
                      to_string(x.shape), to_string(w.shape)));
  const bool channels_last = node.domain() == "qonnx.custom_op.channels_last";
  const auto spatial = static_cast<int64_t>(rank) - 2;
  for (const int64_t d : ints_of(node, "dilations")) {
    require(node, d == 1, "dilations are not supported", "write the kernel out with zeros");
  }
  ValueId id =
      x.batched ? id_of(x)
                : reshaped(id_of(x), {x.shape.begin() + 1, x.shape.end()}, name_of(node, ".event"));
  std::vector<int64_t> to_last, to_first = {spatial}, weight_perm;
  for (int64_t i = 0; i < spatial; ++i) {
    to_last.push_back(i + 1);
    to_first.push_back(i);
    weight_perm.push_back(i + 2);
  }
  to_last.push_back(0);
  weight_perm.insert(weight_perm.end(), {1, 0});
  if (!channels_last) id = add_part(node, ".x", Op::kTranspose, {id}, {{"perm", to_last}});
  const ValueId weights =
      add_part(node, ".w", Op::kTranspose, {trainable(w)}, {{"perm", weight_perm}});
  const Shape& shape = graph_.shape(id);
  const std::vector<int64_t> extents(shape.begin(), shape.end() - 1);
  const std::vector<int64_t> kernel(w.shape.begin() + 2, w.shape.end());
  const auto strides =
      ints_of(node, "strides", std::vector<int64_t>(static_cast<size_t>(spatial), 1));
  const auto pads = pads_of(node, extents, kernel, strides);
  std::vector<ValueId> operands = {id, weights};
  if (has_input(node, 2)) operands.push_back(trainable(input(node, 2)));
  const ValueId result =
      graph_.add(Op::kConv, operands,
                 {{"strides", strides}, {"pads", pads}, {"groups", int_of(node, "group", 1)}},
                 name_of(node, channels_last ? "" : ".conv"));
  OnnxValue like;
  like.varies = x.varies;
  like.batched = true;
  define_like(node, like,
              channels_last ? result : add(node, Op::kTranspose, {result}, {{"perm", to_first}}));
}

void OnnxImport::op_batch_normalization(const Proto& node) {
  require(node, int_of(node, "training_mode", 0) == 0, "is in training mode",
          "export for evaluation");
  OnnxValue& x = input(node, 0);
  const bool channels_last = node.domain() == "qonnx.custom_op.channels_last";
  const AxisView view = along(node, x, channels_last ? -1 : 1);
  std::vector<ValueId> operands = {view.id};
  for (int i = 1; i < 5; ++i) operands.push_back(trainable(input(node, i), i < 3));
  const double epsilon = float_of(node, "epsilon", 1e-5F);
  define_view(node, x, view,
              add(node, Op::kBatchNorm, operands, {{"axis", view.axis}, {"epsilon", epsilon}}));
}

void OnnxImport::op_layer_normalization(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const AxisView view = along(node, x, int_of(node, "axis", -1));
  require(node, view.axis + 1 == static_cast<int64_t>(graph_.shape(view.id).size()),
          "normalises more than the last axis");
  std::vector<ValueId> operands = {view.id, trainable(input(node, 1))};
  if (has_input(node, 2)) operands.push_back(trainable(input(node, 2)));
  define_view(node, x, view,
              add(node, Op::kLayerNorm, operands, {{"epsilon", float_of(node, "epsilon", 1e-5F)}}));
}

void OnnxImport::op_softmax(const Proto& node) {
  OnnxValue& x = input(node, 0);
  constexpr int64_t kPerAxisOpset = 13;  // before it, all axes from `axis` on were one
  const int64_t axis =
      onnx_axis(node, int_of(node, "axis", opset_ < kPerAxisOpset ? 1 : -1), x.shape.size());
  const bool last = axis + 1 == static_cast<int64_t>(x.shape.size());
  if (opset_ >= kPerAxisOpset || last) {
    const AxisView view = along(node, x, axis);
    return define_view(node, x, view, add(node, Op::kSoftmax, {view.id}, {{"axis", view.axis}}));
  }
  Shape flat(x.shape.begin(), x.shape.begin() + axis);
  flat.push_back(element_count({x.shape.begin() + axis, x.shape.end()}));
  const ValueId rows = add_part(node, ".flat", Op::kReshape, {id_of(x)}, {{"shape", flat}});
  const ValueId soft = add_part(node, ".rows", Op::kSoftmax, {rows}, {{"axis", axis}});
  define_like(node, x, add(node, Op::kReshape, {soft}, {{"shape", graph_.shape(id_of(x))}}));
}

}  // namespace trigstone::detail
