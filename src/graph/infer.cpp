#include "graph/infer.h"

#include <algorithm>
#include <cmath>

#include "graph/inference.h"

namespace trigstone::detail {

Format bare(Format format) {
  format.rounding = Rounding::kTRN;
  format.overflow = Overflow::kWRAP;
  return format;
}

Format index_format(int64_t count) {
  const int bits = bits_for({0, std::max<int64_t>(count - 1, 1)});
  return {bits, bits, false};
}

Shape without_axes(const Shape& shape, const std::vector<int64_t>& axes, bool keepdims) {
  Shape result;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::count(axes.begin(), axes.end(), static_cast<int64_t>(i)) != 0;
    if (!reduced) result.push_back(shape[i]);
    if (reduced && keepdims) result.push_back(1);
  }
  return result;
}

Interval Inference::range(size_t i) const {
  const Node& operand = graph_.node(node_.operands[i]);
  if (operand.op != Op::kConstant || operand.data->mantissas.empty()) {
    return operand.type.format->range();
  }
  const auto [low, high] =
      std::minmax_element(operand.data->mantissas.begin(), operand.data->mantissas.end());
  return {*low, *high};
}

void Inference::check_valid(size_t i, int64_t slots) const {
  require(fixed(i) && type(i).format->same_numbers(kBool) && shape(i) == Shape{slots},
          fmt::format("the valid mask must be u<1,1>[{}]", slots));
}

Type Inference::source() const {
  require(node_.data != nullptr, "has no data");
  const Tensor& data = *node_.data;
  const auto count = static_cast<size_t>(data.size());
  if (!data.is_fixed()) {
    require(data.reals.size() == count && data.mantissas.empty(), "data does not fill its shape");
    for (const double x : data.reals) {
      require(std::isfinite(x), "holds a number that is not finite",
              "train again or drop the node");
    }
    return {data.shape, std::nullopt};
  }
  check_format(*data.format, where_);
  require(data.mantissas.size() == count && data.reals.empty(), "data does not fill its shape");
  for (const int64_t m : data.mantissas) {
    require(data.format->range().contains(m),
            fmt::format("mantissa {} is outside {}", m, to_string(*data.format)));
  }
  return {data.shape, bare(*data.format)};
}

Type Inference::input() const {
  const Shape& shape = ints_attribute(node_, "shape");
  for (const int64_t extent : shape) require(extent > 0, "a shape needs positive extents");
  const int64_t axis = int_attribute(node_, "token_axis", -1);
  require(axis >= -1 && axis < static_cast<int64_t>(shape.size()), "token_axis does not exist");
  if (!node_.attributes.contains("format")) return {shape, std::nullopt};
  const Format format = format_attribute(node_);
  check_format(format, where_);
  return {shape, bare(format)};
}

Type Inference::quant() const {
  const FormatMap& map = formats_attribute(node_, "formats");
  require(static_cast<int64_t>(map.formats.size()) == element_count(map.shape),
          "formats do not fill their shape");
  require(broadcast(map.shape, shape(0), where_) == shape(0),
          fmt::format("formats of shape {} do not broadcast to {}", to_string(map.shape),
                      to_string(shape(0))));
  for (const Format& format : map.formats) check_format(format, where_);
  return {shape(0), bare(carrier_of(map, where_))};
}

Type Inference::thresholds() const {
  const Node& steps = graph_.node(node_.operands[1]);
  require(steps.op == Op::kConstant, "thresholds must be a constant");
  require(steps.type.shape.size() == 2, "thresholds must have the shape [channels, steps]");
  const int64_t channels = steps.type.shape[0], count = steps.type.shape[1];
  const int64_t axis = this->axis();
  require(channels == 1 || channels == shape(0)[static_cast<size_t>(axis)],
          "thresholds do not have one row a channel");
  const auto& base = ints_attribute(node_, "base");
  const auto& direction = ints_attribute(node_, "direction");
  const Format& format = format_attribute(node_);
  check_format(format, where_);
  for (const auto* list : {&base, &direction}) {
    const auto size = static_cast<int64_t>(list->size());
    require(size == 1 || size == channels, "base and direction need one entry, or one a channel");
  }
  for (size_t c = 0; c < std::max(base.size(), direction.size()); ++c) {
    const int64_t first = base[base.size() == 1 ? 0 : c];
    const int64_t sign = direction[direction.size() == 1 ? 0 : c];
    require(sign == 1 || sign == -1, "direction must be +1 or -1");
    require(format.range().contains(first) &&
                format.range().contains(static_cast<Int128>(first) + Int128{sign} * count),
            fmt::format("a result lies outside {}", to_string(format)));
  }
  for (int64_t row = 0; row < channels; ++row) {
    const auto ascending = [&](const auto& list) {
      return std::is_sorted(list.begin() + row * count, list.begin() + (row + 1) * count);
    };
    require(
        steps.data->is_fixed() ? ascending(steps.data->mantissas) : ascending(steps.data->reals),
        "thresholds must ascend");
  }
  return {shape(0), bare(format)};
}

Type Inference::table() const {
  require(fixed(0), "a table needs a quantised operand", "put a quant before it");
  const int width = type(0).format->width_bits;
  require(width <= 16, fmt::format("a table of 2^{} entries is over 2^16", width),
          "quantise its operand to 16 bits or fewer");
  const auto& entries = ints_attribute(node_, "entries");
  require(entries.size() == size_t{1} << width,
          fmt::format("has {} entries, its operand needs {}", entries.size(), size_t{1} << width));
  const Format& format = format_attribute(node_);
  check_format(format, where_);
  for (const int64_t entry : entries) {
    require(format.range().contains(entry),
            fmt::format("entry {} is outside {}", entry, to_string(format)));
  }
  return {shape(0), bare(format)};
}

Type Inference::run() {
  const OpTraits& traits = traits_of(node_.op);
  const auto count = static_cast<int>(node_.operands.size());
  require(count >= traits.fewest && (traits.most < 0 || count <= traits.most),
          fmt::format("'{}' takes {} to {} operands, not {}", traits.text, traits.fewest,
                      traits.most, count));
  switch (node_.op) {
    case Op::kInput:
      return input();
    case Op::kConstant:
    case Op::kParam:
      return source();
    case Op::kQuant:
      return quant();
    case Op::kThresholds:
      return thresholds();
    case Op::kTable:
      return table();
    case Op::kLinear:
      return linear();
    case Op::kConv:
      return conv();
    case Op::kMatMul:
      return matmul();
    case Op::kMul:
    case Op::kAdd:
    case Op::kSub:
      return elementwise();
    case Op::kRelu:
      if (!fixed(0)) return type(0);
      return {shape(0), cover({0, std::max<Int128>(range(0).high, 0)}, fraction(0))};
    case Op::kClamp:
      return clamp();
    case Op::kScale:
      return scale();
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReduceMean:
      return reduction();
    case Op::kReshape:
      return reshape();
    case Op::kTranspose:
      return transpose();
    case Op::kSlice:
      return slice();
    case Op::kConcat:
      return concat();
    case Op::kGather:
      return gather();
    case Op::kCompare:
      return compare();
    case Op::kSelect:
      return select();
    case Op::kArgMax:
    case Op::kArgMin:
      return arg_extreme();
    case Op::kTopK:
    case Op::kSort:
      return ordered();
    case Op::kLeadingOne:
      require(fixed(0) && !type(0).format->is_signed, "the operand must be unsigned fixed-point");
      return {shape(0), index_format(type(0).format->width_bits)};
    case Op::kShiftLeft:
      return shift_left_op();
    case Op::kTreeEnsemble:
      return tree_ensemble();
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
      return normalisation();
    case Op::kFunction:
      text_attribute(node_, "kind");
      return {shape(0), std::nullopt};
  }
  internal_error("unknown op");
}

}  // namespace trigstone::detail

namespace trigstone {

Type infer_type(const Graph& graph, const Node& node) {
  return detail::Inference(graph, node).run();
}

}  // namespace trigstone
