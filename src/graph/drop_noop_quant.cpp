// Removes a quant into the format its operand already has.
//   %1 = quant(%0: <8,4>) <8,4,RND_CONV,SAT>   =>   readers of %1 read %0
// Why: imported models quantise twice (a layer's output and the next layer's input), and the second
// quant would cost a stage of logic in front of nothing.
#include "graph/passes.h"

namespace trigstone {

namespace {

bool is_noop(const Graph& graph, const Node& node) {
  if (node.op != Op::kQuant || !graph.type(node.operands[0]).is_fixed()) return false;
  const FormatMap& map = formats_attribute(node, "formats");
  const Format& to = map.formats.front();
  // SAT_SYM changes the most negative number even into an equal format.
  return map.uniform() && to.overflow != Overflow::kSAT_SYM &&
         to.same_numbers(*graph.type(node.operands[0]).format);
}

}  // namespace

Graph drop_noop_quant(const Graph& graph) {
  Rewriter rewriter(graph);
  for (ValueId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (is_noop(graph, node)) {
      rewriter.map(id, rewriter.mapped(node.operands[0]));
    } else {
      rewriter.copy(id);
    }
  }
  return rewriter.finish();
}

}  // namespace trigstone
