// conv becomes gather + linear (im2col).
//   %1 = conv(%0: [H,W,C], w: [kh,kw,C,O], b)
//   => %1 = linear(reshape(gather(reshape(%0, [H*W,C]))), [H',W',kh*kw*C]), reshape(w), b)
// Why: engines, lowering and placement then know one kind of layer with weights; a gather with
// known indices is wires.
#include "graph/expand.h"
#include "graph/windows.h"

namespace trigstone::detail {

namespace {

ValueId slice_last(Expansion& e, const char* suffix, ValueId x, int64_t start, int64_t count) {
  const Shape& shape = e.graph.shape(x);
  if (start == 0 && count == shape.back()) return x;
  return e.add(suffix, Op::kSlice, {x},
               {{"axis", static_cast<int64_t>(shape.size()) - 1},
                {"start", start},
                {"stop", start + count}});
}

}  // namespace

ValueId expand_conv(Expansion& e, const Node& node, const std::vector<ValueId>& operands) {
  const Shape shape = e.graph.shape(operands[0]), kernel_shape = e.graph.shape(operands[1]);
  const std::vector<int64_t> extents(shape.begin(), shape.end() - 1);
  const std::vector<int64_t> kernel(kernel_shape.begin(), kernel_shape.end() - 2);
  const Windows windows = windows_of(extents, kernel, ints_attribute(node, "strides"),
                                     ints_attribute(node, "pads"), where_of(node));
  const int64_t groups = int_attribute(node, "groups", 1);
  const int64_t channels = shape.back() / groups, outputs = kernel_shape.back() / groups;
  const ValueId pixels = e.add(".pixels", Op::kReshape, {operands[0]},
                               {{"shape", Shape{element_count(extents), shape.back()}}});
  const ValueId taken = e.add(".windows", Op::kGather, {pixels},
                              {{"axis", int64_t{0}}, {"indices", windows.indices}});
  Shape rows = windows.outputs;
  rows.push_back(windows.size * channels);
  std::vector<ValueId> parts;
  for (int64_t g = 0; g < groups; ++g) {
    const ValueId group = slice_last(e, ".group", taken, g * channels, channels);
    const ValueId x = e.add(".rows", Op::kReshape, {group}, {{"shape", rows}});
    const ValueId w = e.add(".matrix", Op::kReshape,
                            {slice_last(e, ".weights", operands[1], g * outputs, outputs)},
                            {{"shape", Shape{windows.size * channels, outputs}}});
    std::vector<ValueId> layer = {x, w};
    if (operands.size() > 2) {
      layer.push_back(slice_last(e, ".bias", operands[2], g * outputs, outputs));
    }
    parts.push_back(e.add(groups == 1 ? "" : ".part", Op::kLinear, layer));
  }
  if (groups == 1) return parts[0];
  return e.add("", Op::kConcat, parts, {{"axis", static_cast<int64_t>(rows.size()) - 1}});
}

}  // namespace trigstone::detail
