// Evaluates what depends on constants and parameters only; parameters become constants.
//   %1 = param() [0.26, -1.0]; %2 = quant(%1) <3,1,RND_CONV,SAT>   =>   %2 = constant() <3,1> [1,
//   -4]
// Why: hardware wants the weights' mantissas, not the numbers they were trained as, and formats
// become tight once inference sees the mantissas. Only where the ends of a format have a meaning
// (the entries of a table, the extreme of no valid slot) does a value keep the format it had.
#include "graph/passes.h"

namespace trigstone {

namespace {

bool reads_ends_of_format(const Node& node) {
  const bool extreme = node.op == Op::kReduceMax || node.op == Op::kReduceMin;
  return node.op == Op::kTable || (extreme && node.operands.size() == 2);
}

void copy_variable(Rewriter& rewriter, const Graph& graph, ValueId id) {
  const Node& node = graph.node(id);
  if (!reads_ends_of_format(node)) {
    rewriter.copy(id);
    return;
  }
  Graph& to = rewriter.to();
  std::vector<ValueId> operands = rewriter.mapped(node.operands);
  const std::optional<Format>& format = graph.type(node.operands[0]).format;
  if (format && to.type(operands[0]).format != format) {
    operands[0] = to.add(Op::kQuant, {operands[0]}, {{"formats", FormatMap(*format)}});
  }
  rewriter.map(id, to.add(node.op, operands, node.attributes, node.name));
}

}  // namespace

Graph fold_constants(const Graph& graph, const ConstantEvaluator& evaluate) {
  const std::vector<bool> constant = constant_values(graph);
  std::vector<bool> read_by_variable(static_cast<size_t>(graph.size()), false);
  for (ValueId id = 0; id < graph.size(); ++id) {
    if (constant[static_cast<size_t>(id)]) continue;
    for (const ValueId operand : graph.node(id).operands) {
      read_by_variable[static_cast<size_t>(operand)] = true;
    }
  }
  for (const Output& output : graph.outputs()) {
    read_by_variable[static_cast<size_t>(output.value)] = true;
  }
  Rewriter rewriter(graph);
  for (ValueId id = 0; id < graph.size(); ++id) {
    if (!constant[static_cast<size_t>(id)]) {
      copy_variable(rewriter, graph, id);
    } else if (read_by_variable[static_cast<size_t>(id)]) {
      const Node& node = graph.node(id);
      TensorPtr data = node.op == Op::kConstant || node.op == Op::kParam
                           ? node.data
                           : std::make_shared<const Tensor>(evaluate(graph, id));
      rewriter.map(id, rewriter.to().add_data(Op::kConstant, std::move(data), node.name));
    }
  }
  return rewriter.finish();
}

}  // namespace trigstone
