#include "graph/verify_graph.h"

#include <set>

#include "graph/infer.h"

namespace trigstone {

Diagnostics verify(const Graph& graph) {
  Diagnostics problems;
  std::set<std::string> names;
  for (ValueId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (!names.insert(node.name).second)
      problems.add(where_of(node), "its name is used twice", "give each node a name of its own");
    bool ordered = true;
    for (const ValueId operand : node.operands) ordered &= operand >= 0 && operand < id;
    if (!ordered) {
      problems.add(where_of(node), "reads a value that is not defined before it",
                   "list operations in the order of their use");
      continue;
    }
    try {
      const Type type = infer_type(graph, node);
      if (type.shape != node.type.shape || type.format != node.type.format) {
        problems.add(where_of(node), "its type is not the one its operands give",
                     "delete the type, or write the file again with trigstone");
      }
    } catch (const Error& error) {
      problems.add(error.where(), error.problem(), error.hint());
    }
  }
  if (graph.outputs().empty()) problems.add("graph", "has no output", "name one value as output");
  std::set<std::string> outputs;
  for (const Output& output : graph.outputs()) {
    if (!outputs.insert(output.name).second) {
      problems.add(fmt::format("graph:output '{}'", output.name), "its name is used twice",
                   "give each node a name of its own");
    }
  }
  return problems;
}

Diagnostics verify_quantised(const Graph& graph) {
  Diagnostics problems = verify(graph);
  if (!problems.empty()) return problems;
  const std::vector<bool> constant = constant_values(graph);
  for (ValueId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (traits_of(node.op).kind == OpClass::kComposite) {
      problems.add(where_of(node),
                   fmt::format("'{}' computes in real numbers", traits_of(node.op).text),
                   "quantise its operands and result, then expand_for_hardware");
    } else if (node.op == Op::kInput && !node.type.is_fixed()) {
      problems.add(where_of(node), "this input has no number format", "give --input-format");
    } else if (!node.type.is_fixed() && !constant[static_cast<size_t>(id)]) {
      problems.add(where_of(node), "its result is a real number", "put a quant before it");
    } else if (node.op == Op::kLinear || node.op == Op::kConv) {
      for (size_t i = 1; i < node.operands.size(); ++i) {
        if (!constant[static_cast<size_t>(node.operands[i])]) {
          problems.add(where_of(node), "its weights depend on an input", "use matmul");
        }
      }
    }
  }
  for (const Output& output : graph.outputs()) {
    if (!graph.type(output.value).is_fixed()) {
      problems.add(fmt::format("graph:output '{}'", output.name), "is a real number",
                   "put a quant before it");
    }
  }
  return problems;
}

}  // namespace trigstone
