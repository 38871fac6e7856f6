// Operators of ONNX that move elements and compute nothing.
#include <fmt/format.h>

#include <algorithm>

#include "graph/onnx_import.h"

namespace trigstone::detail {

void OnnxImport::op_shape(const Proto& node) {
  const Shape shape = input(node, 0).shape;
  const auto rank = static_cast<int64_t>(shape.size());
  const auto bounded = [&](int64_t i) {
    return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  const int64_t first = bounded(int_of(node, "start", 0));
  const int64_t last = std::max(first, bounded(int_of(node, "end", rank)));
  define_known(node, integers_known({last - first}, {shape.begin() + first, shape.begin() + last}));
}

// x with the ONNX shape `to`; a leading 1 that comes back is the event axis again.
void OnnxImport::define_reshaped(const Proto& node, OnnxValue& x, const Shape& to) {
  if (checked_count(to, where(node)) != checked_count(x.shape, where(node))) {
    refuse(node,
           fmt::format("{} does not hold the elements of {}", to_string(to), to_string(x.shape)));
  }
  OnnxValue value;
  value.shape = to;
  value.varies = x.varies;
  value.batched = x.varies && (x.batched || event_axis_) && !to.empty() && to[0] == 1;
  const Shape inner(to.begin() + (value.batched ? 1 : 0), to.end());
  const bool same = graph_.shape(id_of(x)) == inner;
  value.id = same && !own_ ? id_of(x) : add(node, Op::kReshape, {id_of(x)}, {{"shape", inner}});
  define(node, value);
}

Shape OnnxImport::resolved_shape(const Proto& node, const Shape& from,
                                 std::vector<int64_t> to) const {
  int64_t known = 1;
  int open = -1;
  const bool allow_zero = int_of(node, "allowzero", 0) != 0;
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] == 0 && !allow_zero) {
      require(node, i < from.size(), "the new shape copies an axis that does not exist");
      to[i] = from[i];
    }
    if (to[i] == -1) {
      require(node, open < 0, "the new shape leaves two extents open");
      open = static_cast<int>(i);
    } else {
      require(node, to[i] > 0 && !__builtin_mul_overflow(known, to[i], &known),
              fmt::format("the new shape {} is not possible", to_string(to)));
    }
  }
  const int64_t count = checked_count(from, where(node));
  if (open >= 0) {
    require(node, count % known == 0,
            fmt::format("{} does not fit the new shape {}", to_string(from), to_string(to)));
    to[static_cast<size_t>(open)] = count / known;
  }
  return to;
}

void OnnxImport::op_reshape(const Proto& node) {
  OnnxValue& x = input(node, 0);
  define_reshaped(node, x, resolved_shape(node, x.shape, known_integers(node, 1)));
}

void OnnxImport::op_flatten(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const auto rank = static_cast<int64_t>(x.shape.size());
  int64_t axis = int_of(node, "axis", 1);
  require(node, axis >= -rank && axis <= rank, "axis does not exist");
  if (axis < 0) axis += rank;
  define_reshaped(node, x,
                  {element_count({x.shape.begin(), x.shape.begin() + axis}),
                   element_count({x.shape.begin() + axis, x.shape.end()})});
}

Shape OnnxImport::squeezed_shape(const Proto& node, const Shape& from, bool keep_first) {
  std::vector<int64_t> axes = ints_or_input(node, "axes", 1);
  for (int64_t& axis : axes) {
    axis = onnx_axis(node, axis, from.size());
    require(node, from[static_cast<size_t>(axis)] == 1, "a squeezed axis is longer than 1");
  }
  Shape to;
  for (size_t i = 0; i < from.size(); ++i) {
    const bool named = std::count(axes.begin(), axes.end(), static_cast<int64_t>(i)) != 0;
    const bool dropped = axes.empty() ? from[i] == 1 && !(i == 0 && keep_first) : named;
    if (!dropped) to.push_back(from[i]);
  }
  return to;
}

void OnnxImport::op_squeeze(const Proto& node) {
  OnnxValue& x = input(node, 0);
  // Without a list every 1 goes, but the event axis is only 1 because events come one by one.
  define_reshaped(node, x, squeezed_shape(node, x.shape, x.batched));
}

Shape OnnxImport::unsqueezed_shape(const Proto& node, Shape shape) {
  std::vector<int64_t> axes = ints_or_input(node, "axes", 1);
  const size_t rank = shape.size() + axes.size();
  for (int64_t& axis : axes) axis = onnx_axis(node, axis, rank);
  std::sort(axes.begin(), axes.end());
  require(node, std::adjacent_find(axes.begin(), axes.end()) == axes.end(), "axes repeat");
  for (const int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
  return shape;
}

void OnnxImport::op_unsqueeze(const Proto& node) {
  OnnxValue& x = input(node, 0);
  define_reshaped(node, x, unsqueezed_shape(node, x.shape));
}

std::vector<int64_t> OnnxImport::permutation_of(const Proto& node, size_t rank) const {
  std::vector<int64_t> reversed;
  for (size_t i = rank; i-- > 0;) reversed.push_back(static_cast<int64_t>(i));
  const std::vector<int64_t> perm = ints_of(node, "perm", reversed);
  std::vector<int64_t> sorted = perm;
  std::sort(sorted.rbegin(), sorted.rend());
  require(node, sorted == reversed, "perm does not name each axis once");
  return perm;
}

void OnnxImport::op_transpose(const Proto& node) {
  OnnxValue& x = input(node, 0);
  std::vector<int64_t> perm = permutation_of(node, x.shape.size());
  if (x.batched && perm[0] == 0) {
    perm.erase(perm.begin());
    for (int64_t& axis : perm) --axis;
    return define_like(node, x, add(node, Op::kTranspose, {id_of(x)}, {{"perm", perm}}));
  }
  OnnxValue plain = x;
  plain.batched = false;
  define_like(node, plain, add(node, Op::kTranspose, {full(x)}, {{"perm", perm}}));
}

void OnnxImport::op_slice(const Proto& node) {
  OnnxValue x = input(node, 0);
  const auto starts = ints_or_input(node, "starts", 1), ends = ints_or_input(node, "ends", 2);
  std::vector<int64_t> every;
  for (size_t i = 0; i < starts.size(); ++i) every.push_back(static_cast<int64_t>(i));
  auto axes = ints_or_input(node, "axes", 3);
  if (axes.empty()) axes = every;
  const auto steps =
      has_input(node, 4) ? known_integers(node, 4) : std::vector<int64_t>(starts.size(), 1);
  require(
      node,
      ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size(),
      "starts, ends, axes and steps differ in length");
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t axis = onnx_axis(node, axes[i], x.shape.size());
    const int64_t extent = x.shape[static_cast<size_t>(axis)];
    const int64_t step = steps[i];
    require(node, step > 0, "steps below 1 are not supported", "use Gather");
    const auto bounded = [&](int64_t at) {
      return std::clamp<int64_t>(at < 0 ? at + extent : at, 0, extent);
    };
    const int64_t start = bounded(starts[i]), stop = bounded(ends[i]);
    require(node, start < stop, "a slice is empty");
    if (start == 0 && stop == extent && step == 1) continue;
    const AxisView view = along(node, x, axis);
    x.id = graph_.add(Op::kSlice, {view.id},
                      {{"axis", view.axis}, {"start", start}, {"stop", stop}, {"step", step}},
                      name_of(node));
    x.known = nullptr;
    x.batched = view.batched;
    x.shape[static_cast<size_t>(axis)] = (stop - start + step - 1) / step;
  }
  define(node, x);
}

void OnnxImport::op_split(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const int64_t axis = onnx_axis(node, int_of(node, "axis", 0), x.shape.size());
  const int64_t extent = x.shape[static_cast<size_t>(axis)];
  std::vector<int64_t> sizes = ints_or_input(node, "split", 1);
  const int64_t parts = node.output_size();
  if (sizes.empty()) {
    const int64_t size = (extent + parts - 1) / parts;
    sizes.assign(static_cast<size_t>(parts), size);
    sizes.back() = extent - size * (parts - 1);
  }
  require(node, static_cast<int64_t>(sizes.size()) == parts, "sizes and results differ in number");
  const AxisView view = along(node, x, axis);
  int64_t start = 0;
  for (int i = 0; i < node.output_size(); ++i) {
    const int64_t size = sizes[static_cast<size_t>(i)];
    require(node, size > 0 && size <= extent - start, "sizes do not add up to the axis");
    const ValueId part = graph_.add(Op::kSlice, {view.id},
                                    {{"axis", view.axis}, {"start", start}, {"stop", start + size}},
                                    name_of(node, fmt::format(".{}", i)));
    define_view(node, x, view, part, i);
    start += size;
  }
  require(node, start == extent, "sizes do not add up to the axis");
}

void OnnxImport::op_concat(const Proto& node) {
  require(node, node.input_size() > 0 && attribute(node, "axis") != nullptr, "axis is missing");
  const int64_t axis = onnx_axis(node, int_of(node, "axis", 0), input(node, 0).shape.size());
  bool batched = false, varies = false;
  for (int i = 0; i < node.input_size(); ++i) {
    const OnnxValue& x = input(node, i);
    require(node, x.shape.size() == input(node, 0).shape.size(),
            "operands differ in their number of axes");
    batched |= x.batched;
    varies |= x.varies;
  }
  batched = batched && axis != 0;
  std::vector<ValueId> operands;
  for (int i = 0; i < node.input_size(); ++i) {
    OnnxValue& x = input(node, i);
    if (!batched) {
      operands.push_back(full(x));
    } else {
      require(node, x.shape[0] == 1, "operands differ in the event axis");
      operands.push_back(
          reshaped(id_of(x), {x.shape.begin() + 1, x.shape.end()}, x.name + ".inner"));
    }
  }
  const ValueId result = add(node, Op::kConcat, operands, {{"axis", batched ? axis - 1 : axis}});
  define_view(node, OnnxValue{"", {}, nullptr, result, -1, varies, batched}, {result, 0, batched},
              result);
}

void OnnxImport::op_gather(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const Known& indices = known(node, 1);
  std::vector<int64_t> list = known_integers(node, 1);
  const AxisView view = along(node, x, int_of(node, "axis", 0));
  const int64_t extent = graph_.shape(view.id)[static_cast<size_t>(view.axis)];
  for (int64_t& index : list) {
    require(node, index >= -extent && index < extent, fmt::format("index {} is outside", index));
    if (index < 0) index += extent;
  }
  Shape shape = graph_.shape(view.id);
  shape.erase(shape.begin() + view.axis);
  shape.insert(shape.begin() + view.axis, indices.shape.begin(), indices.shape.end());
  checked_count(shape, where(node));
  const ValueId taken = add(node, Op::kGather, {view.id}, {{"axis", view.axis}, {"indices", list}});
  define_view(node, x, view, reshaped(taken, shape, name_of(node, ".shaped")));
}

void OnnxImport::op_pad(const Proto& node) {
  OnnxValue x = input(node, 0);
  require(node, text_of(node, "mode", "constant") == "constant",
          "only constant padding is supported");
  const double value = has_input(node, 2) ? known_scalar(node, 2) : float_of(node, "value", 0);
  require(node, value == 0, "only padding with 0 is supported");
  require(node, !has_input(node, 3), "a list of axes is not supported", "pad every axis");
  const auto pads = ints_or_input(node, "pads", 1);
  const size_t rank = x.shape.size();
  require(node, pads.size() == 2 * rank, "pads do not fit the operand");
  for (size_t i = 0; i < rank; ++i) {
    const int64_t before = pads[i], after = pads[rank + i];
    if (before == 0 && after == 0) continue;
    require(node, before >= 0 && after >= 0 && before + x.shape[i] + after <= kMostElements,
            "pads must not be negative or huge");
    const AxisView view = along(node, x, static_cast<int64_t>(i));
    std::vector<int64_t> indices(static_cast<size_t>(before), -1);
    for (int64_t k = 0; k < x.shape[i]; ++k) indices.push_back(k);
    indices.insert(indices.end(), static_cast<size_t>(after), -1);
    x.shape[i] += before + after;
    checked_count(x.shape, where(node));
    x.id = add(node, Op::kGather, {view.id}, {{"axis", view.axis}, {"indices", indices}});
    x.known = nullptr;
    x.batched = view.batched;
  }
  define(node, x);
}

void OnnxImport::op_expand(const Proto& node) {
  OnnxValue x = input(node, 0);
  const Shape to = broadcast(x.shape, known_integers(node, 1), where(node));
  checked_count(to, where(node));
  require(node, to.size() == x.shape.size(), "new axes are not supported", "use Unsqueeze first");
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] == x.shape[i]) continue;
    const AxisView view = along(node, x, static_cast<int64_t>(i));
    x.id = add(
        node, Op::kGather, {view.id},
        {{"axis", view.axis}, {"indices", std::vector<int64_t>(static_cast<size_t>(to[i]), 0)}});
    x.known = nullptr;
    x.batched = view.batched;
    x.shape[i] = to[i];
  }
  define(node, x);
}

}  // namespace trigstone::detail
