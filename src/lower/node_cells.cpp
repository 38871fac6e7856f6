#include "lower/node_cells.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fixed/quantize.h"
#include "lower/constant_products.h"
#include "lower/decisions.h"
#include "lower/elements.h"
#include "lower/sorted_lines.h"

namespace trigstone {

namespace {

class NodeLowering {
 public:
  NodeLowering(NodeContext& context, const std::vector<LocalTensor>& x)
      : context_(context),
        node_(context.node),
        builder_(context.builder),
        x_(x),
        shape_(local_shape(context.node.type.shape, context.plan.result)) {}

  std::vector<CellId> run() {
    std::vector<CellId> cells = compute();
    for (CellId& cell : cells) cell = fitted(cell);
    return cells;
  }

 private:
  std::vector<CellId> compute();
  CellId fitted(CellId cell);
  CellId element(size_t operand, const std::vector<int64_t>& strides, int64_t flat) const;

  template <class Make>
  std::vector<CellId> elementwise(Make make);
  std::vector<CellId> quant();
  std::vector<CellId> table();
  std::vector<CellId> clamp();
  std::vector<CellId> reduction();
  CellId masked(size_t flat, CellId cell, const TokenAxis& line);
  CellId compare(CellId a, CellId b);

  NodeContext& context_;
  const Node& node_;
  ModuleBuilder& builder_;
  const std::vector<LocalTensor>& x_;
  const Shape shape_;
};

// Onto the node's grid and into its width. Adder trees know the interval of sums whose terms are
// bound together less exactly than the graph does, so spare high bits may have to go.
CellId NodeLowering::fitted(CellId cell) {
  const Format& format = *node_.type.format;
  const int surplus = builder_.cell(cell).fraction_bits - format.fraction_bits();
  if (surplus > 0) cell = builder_.relabel(builder_.shr(cell, surplus), format.fraction_bits());
  if (surplus < 0) cell = builder_.align(cell, format.fraction_bits());
  return builder_.wrap(cell, format.width_bits, format.is_signed);
}

CellId NodeLowering::element(size_t operand, const std::vector<int64_t>& strides,
                             int64_t flat) const {
  int64_t at = 0;
  for (size_t axis = shape_.size(); axis-- > 0;) {
    at += flat % shape_[axis] * strides[axis];
    flat /= shape_[axis];
  }
  return x_[operand].cells[static_cast<size_t>(at)];
}

// make(cells of the operands) for every element, shapes broadcast.
template <class Make>
std::vector<CellId> NodeLowering::elementwise(Make make) {
  std::vector<std::vector<int64_t>> strides;
  for (const LocalTensor& operand : x_) strides.push_back(broadcast_strides(operand.shape, shape_));
  std::vector<CellId> result, cells(x_.size());
  for (int64_t flat = 0; flat < element_count(shape_); ++flat) {
    for (size_t i = 0; i < x_.size(); ++i) cells[i] = element(i, strides[i], flat);
    result.push_back(make(cells));
  }
  return result;
}

// Formats of a stream are the same for every token, so those of the first one serve.
std::vector<CellId> NodeLowering::quant() {
  const FormatMap& map = formats_attribute(node_, "formats");
  const auto strides = broadcast_strides(map.shape, node_.type.shape);
  std::vector<CellId> result;
  for (int64_t flat = 0; flat < element_count(shape_); ++flat) {
    int64_t rest = flat, at = 0;
    for (size_t axis = shape_.size(); axis-- > 0;) {
      at += rest % shape_[axis] * strides[axis];
      rest /= shape_[axis];
    }
    result.push_back(builder_.quantize(x_[0].cells[static_cast<size_t>(flat)],
                                       map.formats[static_cast<size_t>(at)]));
  }
  return result;
}

std::vector<CellId> NodeLowering::table() {
  const auto& entries = ints_attribute(node_, "entries");
  const int64_t base = context_.graph.type(node_.operands[0]).format->min_mantissa();
  const int fraction = node_.type.format->fraction_bits();
  return elementwise(
      [&](const std::vector<CellId>& x) { return builder_.table(x[0], entries, base, fraction); });
}

std::vector<CellId> NodeLowering::clamp() {
  const int fraction = context_.graph.type(node_.operands[0]).format->fraction_bits();
  const auto bound = [&](const char* key) {
    const double mantissa = std::ldexp(real_attribute(node_, key), fraction);
    return builder_.constant(static_cast<int64_t>(mantissa), fraction);
  };
  const CellId low = bound("low"), high = bound("high");
  return elementwise(
      [&](const std::vector<CellId>& x) { return builder_.min(builder_.max(x[0], low), high); });
}

// An invalid slot shows what changes nothing: 0 of a sum, the far end of the format of an extreme.
CellId NodeLowering::masked(size_t flat, CellId cell, const TokenAxis& line) {
  if (x_.size() < 2) return cell;
  const Format& format = *context_.graph.type(node_.operands[0]).format;
  int64_t idle = 0;
  if (node_.op == Op::kReduceMax) idle = format.min_mantissa();
  if (node_.op == Op::kReduceMin) idle = format.max_mantissa();
  const CellId valid = x_[1].cells[static_cast<size_t>(line.token(static_cast<int64_t>(flat)))];
  return builder_.mux(valid, cell, builder_.constant(idle, format.fraction_bits()));
}

std::vector<CellId> NodeLowering::reduction() {
  const auto axes = reduced_axes(context_.graph, node_);
  const Shape& from = x_[0].shape;
  Shape kept = from;
  for (const int64_t axis : axes) kept[static_cast<size_t>(axis)] = 1;
  const auto strides = broadcast_strides(kept, from);
  // A mask has one axis; in a stream that sums over its tokens the axis has one entry here.
  const TokenAxis line(from, axes.size() == 1 ? Reading{axes[0]} : Reading{});
  std::vector<std::vector<CellId>> groups(static_cast<size_t>(element_count(kept)));
  for (size_t flat = 0; flat < x_[0].cells.size(); ++flat) {
    auto rest = static_cast<int64_t>(flat);
    int64_t at = 0;
    for (size_t axis = from.size(); axis-- > 0;) {
      at += rest % from[axis] * strides[axis];
      rest /= from[axis];
    }
    groups[static_cast<size_t>(at)].push_back(masked(flat, x_[0].cells[flat], line));
  }
  std::vector<CellId> result;
  for (auto& group : groups) {
    result.push_back(combine_all(builder_, std::move(group), combine_of(node_)));
  }
  return result;
}

CellId NodeLowering::compare(CellId a, CellId b) {
  const std::string& relation = text_attribute(node_, "relation");
  if (relation == "lt") return builder_.less(a, b);
  if (relation == "gt") return builder_.less(b, a);
  if (relation == "le") return builder_.logic_not(builder_.less(b, a));
  if (relation == "ge") return builder_.logic_not(builder_.less(a, b));
  if (relation == "eq") return builder_.equal(a, b);
  return builder_.logic_not(builder_.equal(a, b));
}

std::vector<CellId> NodeLowering::compute() {
  using Cells = const std::vector<CellId>&;
  switch (node_.op) {
    case Op::kQuant:
      return quant();
    case Op::kThresholds:
      return lower_thresholds(context_, x_[0]);
    case Op::kTable:
      return table();
    case Op::kLinear:
      return lower_linear(context_, x_[0]);
    case Op::kConv:
      return lower_conv(context_, x_[0]);
    case Op::kMatMul:
      return lower_matmul(context_, x_[0], x_[1]);
    case Op::kMul:
      return elementwise([&](Cells x) { return multiply(context_, x[0], x[1]); });
    case Op::kAdd:
      return elementwise([&](Cells x) { return builder_.add(x[0], x[1]); });
    case Op::kSub:
      return elementwise([&](Cells x) { return builder_.sub(x[0], x[1]); });
    case Op::kRelu: {
      const CellId zero = builder_.constant(0, node_.type.format->fraction_bits());
      return elementwise([&](Cells x) { return builder_.max(x[0], zero); });
    }
    case Op::kClamp:
      return clamp();
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
      return reduction();
    case Op::kCompare:
      return elementwise([&](Cells x) { return compare(x[0], x[1]); });
    case Op::kSelect:
      return elementwise([&](Cells x) { return builder_.mux(x[0], x[1], x[2]); });
    case Op::kArgMax:
    case Op::kArgMin:
      return lower_arg_extreme(context_, x_);
    case Op::kTopK:
    case Op::kSort:
      return lower_sorted(context_, x_[0]);
    case Op::kLeadingOne:
      return elementwise([&](Cells x) { return builder_.leading_one(x[0]); });
    case Op::kShiftLeft:
      return elementwise([&](Cells x) { return builder_.shift_var(x[0], x[1]); });
    case Op::kTreeEnsemble:
      return lower_trees(context_, x_[0]);
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kReshape:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kScale:
    case Op::kReduceMean:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      break;
  }
  internal_error(fmt::format("'{}' has no cells of its own", traits_of(node_.op).text));
}

}  // namespace

void add_cost(AdderGraphCost& sum, const AdderGraphCost& more, int64_t copies) {
  sum.adders += more.adders * copies;
  sum.lut += more.lut * copies;
  sum.lut_ternary += more.lut_ternary * copies;
  sum.depth = std::max(sum.depth, more.depth);
}

Combine combine_of(const Node& node) {
  if (node.op == Op::kReduceMax) return Combine::kMax;
  if (node.op == Op::kReduceMin) return Combine::kMin;
  return Combine::kSum;  // reduce_sum, and products contracted over the tokens
}

CellId combine_all(ModuleBuilder& builder, std::vector<CellId> cells, Combine how) {
  ensure(!cells.empty(), "combine: nothing to combine");
  const auto pair = [&](CellId a, CellId b) {
    switch (how) {
      case Combine::kSum:
        return builder.add(a, b);
      case Combine::kMax:
        return builder.max(a, b);
      case Combine::kMin:
        return builder.min(a, b);
    }
    internal_error("unknown combination");
  };
  while (cells.size() > 1) {
    std::vector<CellId> next;
    for (size_t i = 0; i + 1 < cells.size(); i += 2) next.push_back(pair(cells[i], cells[i + 1]));
    if (cells.size() % 2 == 1) next.push_back(cells.back());
    cells = std::move(next);
  }
  return cells[0];
}

std::vector<CellId> lower_node(NodeContext& context, const std::vector<LocalTensor>& operands) {
  return NodeLowering(context, operands).run();
}

}  // namespace trigstone
