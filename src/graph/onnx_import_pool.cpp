// Pooling, reductions and selections of ONNX.
#include <fmt/format.h>

#include <algorithm>

#include "graph/onnx_import.h"
#include "graph/windows.h"

namespace trigstone::detail {

std::vector<int64_t> OnnxImport::pads_of(const Proto& node, const std::vector<int64_t>& extents,
                                         const std::vector<int64_t>& kernel,
                                         const std::vector<int64_t>& strides) const {
  const size_t axes = extents.size();
  require(node, kernel.size() == axes && strides.size() == axes, "kernel or strides do not fit");
  for (size_t i = 0; i < axes; ++i) {
    require(node, kernel[i] > 0 && strides[i] > 0 && kernel[i] <= kMostElements,
            "kernel and strides must be positive");
  }
  const std::string mode = text_of(node, "auto_pad", "NOTSET");
  std::vector<int64_t> pads = ints_of(node, "pads", std::vector<int64_t>(2 * axes, 0));
  require(node, pads.size() == 2 * axes, "pads do not fit");
  for (const int64_t p : pads) {
    require(node, p >= 0 && p <= kMostElements, "pads must not be negative or huge");
  }
  if (mode == "NOTSET") return pads;
  if (mode == "VALID") return std::vector<int64_t>(2 * axes, 0);
  require(node, mode == "SAME_UPPER" || mode == "SAME_LOWER",
          fmt::format("auto_pad '{}' is not supported", mode));
  for (size_t i = 0; i < axes; ++i) {
    const int64_t outputs = (extents[i] + strides[i] - 1) / strides[i];
    const int64_t total = std::max<int64_t>(0, (outputs - 1) * strides[i] + kernel[i] - extents[i]);
    const int64_t before = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    pads[i] = before;
    pads[axes + i] = total - before;
  }
  return pads;
}

namespace {

// A maximum may read an element of its window twice, so paddings read one that is inside.
void replace_paddings(Windows& windows, const std::string& where) {
  for (auto first = windows.indices.begin(); first != windows.indices.end();
       first += windows.size) {
    const auto last = first + windows.size;
    const auto inside = std::find_if(first, last, [](int64_t i) { return i >= 0; });
    if (inside == last) throw Error(where, "a window lies in the padding altogether", "pad less");
    std::replace(first, last, int64_t{-1}, *inside);
  }
}

}  // namespace

void OnnxImport::op_pool(const Proto& node) {
  OnnxValue& x = input(node, 0);
  require(node, int_of(node, "ceil_mode", 0) == 0, "ceil_mode is not supported", "pad the input");
  for (const int64_t d : ints_of(node, "dilations"))
    require(node, d == 1, "dilations are not supported");
  require(node, x.shape.size() >= 3 && x.shape[0] == 1, "x must be [1,C,L] or [1,C,H,W]");
  const std::vector<int64_t> extents(x.shape.begin() + 2, x.shape.end());
  const auto kernel = ints_of(node, "kernel_shape");
  const auto strides = ints_of(node, "strides", std::vector<int64_t>(kernel.size(), 1));
  const auto pads = pads_of(node, extents, kernel, strides);
  Windows windows = windows_of(extents, kernel, strides, pads, where(node), kMostElements);
  const bool largest = node.op_type() == "MaxPool";
  if (largest) {
    replace_paddings(windows, where(node));
    require(node, node.output_size() < 2 || node.output(1).empty(), "indices are not supported");
  } else {
    const bool padded = std::any_of(pads.begin(), pads.end(), [](int64_t p) { return p != 0; });
    require(node, !padded || int_of(node, "count_include_pad", 0) != 0,
            "an average that leaves paddings out is not supported", "set count_include_pad");
  }
  const int64_t channels = x.shape[1];
  Shape out = {channels};
  out.insert(out.end(), windows.outputs.begin(), windows.outputs.end());
  Shape split = out;
  split.push_back(windows.size);
  checked_count(split, where(node));
  const ValueId flat =
      add_part(node, ".flat", Op::kReshape, {id_of(x)},
               {{"shape", Shape{channels, element_count({extents.begin(), extents.end()})}}});
  const ValueId taken = add_part(node, ".windows", Op::kGather, {flat},
                                 {{"axis", int64_t{1}}, {"indices", windows.indices}});
  const ValueId rows = add_part(node, ".rows", Op::kReshape, {taken}, {{"shape", split}});
  const std::vector<int64_t> axes = {static_cast<int64_t>(split.size()) - 1};
  OnnxValue like;
  like.varies = x.varies;
  like.batched = true;
  define_like(node, like,
              add(node, largest ? Op::kReduceMax : Op::kReduceMean, {rows}, {{"axes", axes}}));
}

void OnnxImport::op_global_pool(const Proto& node) {
  OnnxValue& x = input(node, 0);
  require(node, x.batched && x.shape.size() >= 3, "x must be [1,C,L] or [1,C,H,W]");
  std::vector<int64_t> axes;
  for (size_t i = 1; i + 1 < x.shape.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  const Op op = node.op_type() == "GlobalMaxPool" ? Op::kReduceMax : Op::kReduceMean;
  define_like(node, x, add(node, op, {id_of(x)}, {{"axes", axes}, {"keepdims", int64_t{1}}}));
}

void OnnxImport::op_reduce(const Proto& node) {
  static const std::map<std::string, Op> kOps = {{"ReduceMax", Op::kReduceMax},
                                                 {"ReduceMean", Op::kReduceMean},
                                                 {"ReduceMin", Op::kReduceMin},
                                                 {"ReduceSum", Op::kReduceSum}};
  OnnxValue& x = input(node, 0);
  std::vector<int64_t> axes = ints_or_input(node, "axes", 1);
  if (axes.empty()) {
    if (int_of(node, "noop_with_empty_axes", 0) != 0) return alias(node);
    for (size_t i = 0; i < x.shape.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  }
  for (int64_t& axis : axes) axis = onnx_axis(node, axis, x.shape.size());
  const bool over_events = std::count(axes.begin(), axes.end(), 0) != 0;
  const bool batched = x.batched && !over_events;
  if (batched) {
    for (int64_t& axis : axes) --axis;
  }
  const ValueId id = batched || !x.batched ? id_of(x) : full(x);
  const ValueId result = add(node, kOps.at(node.op_type()), {id},
                             {{"axes", axes}, {"keepdims", int_of(node, "keepdims", 1)}});
  define_view(node, x, {result, 0, batched}, result);
}

void OnnxImport::op_arg(const Proto& node) {
  require(node, int_of(node, "select_last_index", 0) == 0, "select_last_index is not supported",
          "the first of equals is taken");
  OnnxValue& x = input(node, 0);
  const AxisView view = along(node, x, int_of(node, "axis", 0));
  const ValueId result =
      add(node, node.op_type() == "ArgMax" ? Op::kArgMax : Op::kArgMin, {view.id},
          {{"axis", view.axis}, {"keepdims", int_of(node, "keepdims", 1)}});
  define_view(node, x, view, result);
}

void OnnxImport::op_topk(const Proto& node) {
  require(node, node.output_size() < 2 || readers_[node.output(1)] == 0,
          "the indices of TopK are not supported", "use its values, or ArgMax");
  require(node, int_of(node, "largest", 1) == 1, "the smallest are not supported",
          "negate the operand");
  OnnxValue& x = input(node, 0);
  const AxisView view = along(node, x, int_of(node, "axis", -1));
  const int64_t k = node.input_size() > 1 ? known_integers(node, 1).at(0) : int_of(node, "k", 0);
  define_view(node, x, view, add(node, Op::kTopK, {view.id}, {{"axis", view.axis}, {"k", k}}));
}

}  // namespace trigstone::detail
