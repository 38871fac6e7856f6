#include "lower/elements.h"

#include "base/error.h"

namespace trigstone {

namespace {

int64_t transposed(const Shape& from, const Shape& to, const std::vector<int64_t>& perm,
                   int64_t index) {
  const auto strides = broadcast_strides(from, from);
  int64_t source = 0;
  for (size_t axis = to.size(); axis-- > 0;) {
    source += index % to[axis] * strides[static_cast<size_t>(perm[axis])];
    index /= to[axis];
  }
  return source;
}

}  // namespace

int64_t broadcast_source(const Shape& from, const Shape& to, int64_t flat) {
  const auto strides = broadcast_strides(from, to);
  int64_t at = 0;
  for (size_t axis = to.size(); axis-- > 0;) {
    at += flat % to[axis] * strides[axis];
    flat /= to[axis];
  }
  return at;
}

Element behind_view(const Graph& graph, const Node& node, int64_t index) {
  const ValueId operand = node.operands[0];
  if (node.op == Op::kReshape) return {operand, index, 0};
  if (node.op == Op::kScale) {
    return {operand, index, static_cast<int>(int_attribute(node, "exponent"))};
  }
  if (node.op == Op::kTranspose) {
    const auto& perm = ints_attribute(node, "perm");
    return {operand, transposed(graph.shape(operand), node.type.shape, perm, index), 0};
  }
  // The others choose along one axis.
  const Reading axis{axis_attribute(graph, node)};
  const TokenAxis to(node.type.shape, axis);
  int64_t at = to.token(index);
  ValueId from = operand;
  if (node.op == Op::kSlice) {
    at = int_attribute(node, "start") + at * int_attribute(node, "step", 1);
  } else if (node.op == Op::kGather) {
    at = ints_attribute(node, "indices")[static_cast<size_t>(at)];
    if (at < 0) return {};
  } else {
    ensure(node.op == Op::kConcat, "not a view");
    for (const ValueId part : node.operands) {
      const int64_t extent = graph.shape(part)[static_cast<size_t>(axis.axis)];
      from = part;
      if (at < extent) break;
      at -= extent;
    }
  }
  const TokenAxis source(graph.shape(from), axis);
  return {from, source.whole(to.local(index), at), 0};
}

namespace {

void gather_roots(const Graph& graph, const Plan& plan, ValueId value, Reading reading,
                  std::vector<Root>& roots) {
  const NodePlan& node = plan.of(value);
  if (node.constant) return;
  const bool direct = node.result == reading;
  if (!node.view) {
    roots.push_back({value, direct});
    return;
  }
  for (size_t i = 0; i < graph.node(value).operands.size(); ++i) {
    const ValueId operand = graph.node(value).operands[i];
    gather_roots(graph, plan, operand, direct ? node.operands[i] : Reading{}, roots);
  }
}

}  // namespace

TokenAxis::TokenAxis(const Shape& shape, Reading reading) {
  if (!reading.per_token()) return;
  const auto axis = static_cast<size_t>(reading.axis);
  tokens = shape[axis];
  for (size_t i = axis + 1; i < shape.size(); ++i) stride *= shape[i];
}

Element resolve(const Graph& graph, const Plan& plan, ValueId value, int64_t index) {
  int exponent = 0;
  while (plan.of(value).view) {
    const Element next = behind_view(graph, graph.node(value), index);
    if (next.root < 0) return {};
    value = next.root;
    index = next.index;
    exponent += next.exponent;
  }
  return {value, index, exponent};
}

std::vector<Root> roots_of(const Graph& graph, const Plan& plan, ValueId value, Reading reading) {
  std::vector<Root> roots;
  gather_roots(graph, plan, value, reading, roots);
  return roots;
}

}  // namespace trigstone
