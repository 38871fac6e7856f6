// Gives the inputs without a number format one.
//   %0 "x" = input() : real[16]   =>   %0 "x" = input() {format = <16,6,RND_CONV,SAT>} : <16,6>[16]
// Why: a model trained on real inputs does not say how many bits the detector sends.
#include "graph/passes.h"

namespace trigstone {

Graph set_input_format(const Graph& graph, const Format& format) {
  Rewriter rewriter(graph);
  for (ValueId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (node.op != Op::kInput || node.attributes.contains("format")) {
      rewriter.copy(id);
      continue;
    }
    Attributes attributes = node.attributes;
    const bool mask = text_attribute(node, "role", "") == "valid";
    attributes["format"] = FormatMap(mask ? Format{1, 1, false} : format);
    rewriter.map(id, rewriter.to().add(Op::kInput, {}, std::move(attributes), node.name));
  }
  return rewriter.finish();
}

}  // namespace trigstone
