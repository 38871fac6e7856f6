// Drops what no output needs. Inputs stay: they are the interface.
//   %1 = relu(%0); %2 = quant(%0); output %2   =>   %1 = quant(%0); output %1
// Why: folding and expansion leave the old subgraphs behind, and every engine would compute them.
#include "graph/passes.h"

namespace trigstone {

Graph drop_dead(const Graph& graph) {
  std::vector<bool> needed(static_cast<size_t>(graph.size()), false);
  for (const Output& output : graph.outputs()) needed[static_cast<size_t>(output.value)] = true;
  Rewriter rewriter(graph);
  for (ValueId id = graph.size() - 1; id >= 0; --id) {
    const Node& node = graph.node(id);
    if (!needed[static_cast<size_t>(id)]) continue;
    for (const ValueId operand : node.operands) needed[static_cast<size_t>(operand)] = true;
  }
  for (ValueId id = 0; id < graph.size(); ++id) {
    if (needed[static_cast<size_t>(id)] || graph.node(id).op == Op::kInput) rewriter.copy(id);
  }
  return rewriter.finish();
}

}  // namespace trigstone
