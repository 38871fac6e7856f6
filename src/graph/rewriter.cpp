// Rewriter: the walk that every pass shares.
#include "base/error.h"
#include "graph/passes.h"

namespace trigstone {

Rewriter::Rewriter(const Graph& from)
    : from_(from), map_(static_cast<size_t>(from.size()), ValueId{-1}) {
  to_.name = from.name;
  to_.metadata = from.metadata;
}

ValueId Rewriter::mapped(ValueId old_value) const {
  const ValueId value = map_.at(static_cast<size_t>(old_value));
  ensure(value >= 0, "Rewriter: a value is read before it was copied or mapped");
  return value;
}

std::vector<ValueId> Rewriter::mapped(const std::vector<ValueId>& old_values) const {
  std::vector<ValueId> values;
  for (const ValueId old_value : old_values) values.push_back(mapped(old_value));
  return values;
}

ValueId Rewriter::copy(ValueId old_value) {
  const Node& node = from_.node(old_value);
  const bool holds_data = node.op == Op::kConstant || node.op == Op::kParam;
  const ValueId value =
      holds_data ? to_.add_data(node.op, node.data, node.name, int_attribute(node, "trainable", 0))
                 : to_.add(node.op, mapped(node.operands), node.attributes, node.name);
  map(old_value, value);
  return value;
}

void Rewriter::map(ValueId old_value, ValueId new_value) {
  map_.at(static_cast<size_t>(old_value)) = new_value;
}

Graph Rewriter::finish() {
  for (const Output& output : from_.outputs()) to_.add_output(output.name, mapped(output.value));
  return std::move(to_);
}

Graph with_outputs(const Graph& graph, const std::vector<ValueId>& values) {
  ensure(values.size() == graph.outputs().size(), "with_outputs: one value an output");
  Rewriter rewriter(graph);
  for (ValueId id = 0; id < graph.size(); ++id) rewriter.copy(id);
  for (size_t i = 0; i < values.size(); ++i) {
    rewriter.to().add_output(graph.outputs()[i].name, values[i]);
  }
  return std::move(rewriter.to());
}

}  // namespace trigstone
