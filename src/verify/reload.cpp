#include "verify/reload.h"

#include "base/error.h"
#include "emit/compile.h"
#include "graph/passes.h"
#include "lower/load_words.h"

namespace trigstone {

namespace {

// Inputs without a format take that of the firmware's input of the same place.
Graph with_input_formats(const Graph& graph, const Graph& compiled) {
  Rewriter rewriter(graph);
  const std::vector<ValueId> inputs = compiled.inputs();
  size_t place = 0;
  for (ValueId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    const bool known = node.op != Op::kInput || node.attributes.contains("format");
    if (known || place >= inputs.size()) {
      rewriter.copy(id);
    } else {
      Attributes attributes = node.attributes;
      attributes["format"] = formats_attribute(compiled.node(inputs[place]), "format");
      rewriter.map(id, rewriter.to().add(Op::kInput, {}, std::move(attributes), node.name));
    }
    if (node.op == Op::kInput) ++place;
  }
  return rewriter.finish();
}

Graph hardware_graph_of(const LoadedModel& firmware, const LoadedModel& other) {
  if (other.firmware) return other.graph;
  CompileOptions options;
  options.hardware.keep_head = firmware.firmware->cut_head.empty();
  return hardware_graph(with_input_formats(other.graph, firmware.graph), options);
}

}  // namespace

Reload reload(const LoadedModel& firmware, const std::filesystem::path& path) {
  if (!firmware.firmware) {
    throw Error("trigstone", "a model file has no memories to load",
                "name a firmware folder: `trigstone compile MODEL --strategy stream -o fw`");
  }
  Graph graph = hardware_graph_of(firmware, load_model(path));
  check_reloadable(*firmware.firmware, firmware.graph, graph);
  std::vector<LoadWord> words = load_words(*firmware.firmware, graph);
  return {std::move(graph), std::move(words)};
}

}  // namespace trigstone
