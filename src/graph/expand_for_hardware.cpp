// Rewrites composites into exact operations and tables, and conv into linear.
//   %2 = softmax(%1: <8,4>); %3 = quant(%2) u<8,0>
//   => max, sub, quant, table exp, select valid, sum, leading one, shift, table 1/x, mul, quant
// Why: hardware has no real numbers. It runs before quantisation-aware training, so that training
// sees the function the hardware computes, and again in `compile` for models from elsewhere.
#include "base/error.h"
#include "graph/expand.h"
#include "graph/passes.h"

namespace trigstone {

namespace {

using detail::Expansion;

class ExpandForHardware {
 public:
  ExpandForHardware(const Graph& graph, const ExpandOptions& options)
      : graph_(graph),
        options_(options),
        rewriter_(graph),
        constant_(constant_values(graph)),
        readers_(static_cast<size_t>(graph.size())) {
    for (ValueId id = 0; id < graph.size(); ++id) {
      for (const ValueId operand : graph.node(id).operands) {
        readers_[static_cast<size_t>(operand)].push_back(id);
      }
    }
  }
  Graph run();

 private:
  bool reads_a_function(const Node& node) const;
  Format result_format(ValueId id) const;
  void check_operands(const Node& node, const std::vector<ValueId>& operands) const;
  ValueId expand_composite(ValueId id);

  const Graph& graph_;
  const ExpandOptions& options_;
  Rewriter rewriter_;
  std::vector<bool> constant_;
  std::vector<std::vector<ValueId>> readers_;
};

// The quant that rounds a function is folded into the function's table.
bool ExpandForHardware::reads_a_function(const Node& node) const {
  return node.op == Op::kQuant && graph_.node(node.operands[0]).op == Op::kFunction &&
         !constant_[static_cast<size_t>(node.operands[0])];
}

// The format that all readers round to: the finest of theirs.
Format ExpandForHardware::result_format(ValueId id) const {
  const Node& node = graph_.node(id);
  const auto refuse = [&](const std::string& what) {
    throw Error(where_of(node), fmt::format("'{}' {}", traits_of(node.op).text, what),
                "put a quant behind it: `trigstone compress` does, or --keep-head at the end");
  };
  for (const Output& output : graph_.outputs()) {
    if (output.value == id) refuse(fmt::format("is the output '{}' without a quant", output.name));
  }
  std::optional<Format> format;
  for (const ValueId reader : readers_[static_cast<size_t>(id)]) {
    const Node& quant = graph_.node(reader);
    if (quant.op != Op::kQuant) refuse(fmt::format("is read by '{}' without a quant", quant.name));
    const Format own = carrier_of(formats_attribute(quant, "formats"), where_of(quant));
    format = format ? covering(*format, own, where_of(node)) : own;
  }
  return *format;
}

void ExpandForHardware::check_operands(const Node& node,
                                       const std::vector<ValueId>& operands) const {
  for (size_t i = 0; i < operands.size(); ++i) {
    if (rewriter_.to().type(operands[i]).is_fixed()) continue;
    throw Error(where_of(node),
                fmt::format("operand {} of '{}' ('{}') is a real number", i,
                            traits_of(node.op).text, graph_.node(node.operands[i]).name),
                "quantise it: `trigstone compress` puts quants in front");
  }
}

ValueId ExpandForHardware::expand_composite(ValueId id) {
  const Node& node = graph_.node(id);
  const std::vector<ValueId> operands = rewriter_.mapped(node.operands);
  const Format result = result_format(id);
  check_operands(node, operands);
  Expansion expansion{rewriter_.to(), options_, node.name};
  if (node.op == Op::kSoftmax) {
    return detail::expand_softmax(expansion, node, operands, axis_attribute(graph_, node));
  }
  if (node.op == Op::kReduceMean) {
    return detail::expand_mean(expansion, node, operands, reduced_axes(graph_, node), result);
  }
  if (node.op == Op::kLayerNorm) {
    return detail::expand_layer_norm(expansion, node, operands, result);
  }
  throw Error(where_of(node), "a batch_norm cannot be built",
              "fold it into the layer before it, before quantisation");
}

Graph ExpandForHardware::run() {
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    const bool composite =
        traits_of(node.op).kind == OpClass::kComposite && !constant_[static_cast<size_t>(id)];
    Expansion expansion{rewriter_.to(), options_, node.name};
    if (composite && node.op == Op::kFunction) {
      result_format(id);  // refuses a reader that is not a quant
    } else if (composite) {
      rewriter_.map(id, expand_composite(id));
    } else if (reads_a_function(node)) {
      const Node& function = graph_.node(node.operands[0]);
      const FormatMap& formats = formats_attribute(node, "formats");
      if (!formats.uniform()) {
        throw Error(where_of(node), "a function needs one format for all its results",
                    "give this quant one format");
      }
      const std::vector<ValueId> operands = rewriter_.mapped(function.operands);
      check_operands(function, operands);
      rewriter_.map(
          id, detail::expand_function(expansion, function, operands[0], formats.formats.front()));
    } else if (node.op == Op::kConv) {
      rewriter_.map(id, detail::expand_conv(expansion, node, rewriter_.mapped(node.operands)));
    } else {
      rewriter_.copy(id);
    }
  }
  return rewriter_.finish();
}

}  // namespace

Graph expand_for_hardware(const Graph& graph, const ExpandOptions& options) {
  const Graph live = drop_dead(graph);
  return ExpandForHardware(live, options).run();
}

std::vector<GraphPass> hardware_passes(const ConstantEvaluator& evaluate,
                                       const HardwareOptions& options) {
  const auto fold = [evaluate](const Graph& graph) { return fold_constants(graph, evaluate); };
  const auto head = [options](const Graph& graph) {
    return options.keep_head ? quantise_head(graph, options.head_format) : cut_head(graph);
  };
  const auto expand = [options](const Graph& graph) {
    return expand_for_hardware(graph, options.expand);
  };
  return {
      {"set_input_format", "inputs without a number format take --input-format, the mask u<1,1>",
       [options](const Graph& graph) { return set_input_format(graph, options.input_format); }},
      {"absorb_scales",
       "real scales, batch norms and activations before a quant become exact `thresholds`; scales "
       "of operands move behind their linear, conv or matmul",
       absorb_scales},
      {"fold_batch_norm", "a batch norm behind real weights becomes part of them", fold_batch_norm},
      {"fold_constants", "what depends on constants and parameters alone becomes a constant", fold},
      {options.keep_head ? "quantise_head" : "cut_head",
       options.keep_head
           ? "real outputs are rounded, so that the final softmax can be built (--keep-head)"
           : "what follows the last fixed value of an output and keeps the order of scores is cut "
             "and recorded: softmax, sigmoid, a positive scale",
       head},
      {"expand_for_hardware",
       "composites become tables and exact operations; conv becomes gather and linear", expand},
      {"fold_constants", "the same again, for what the expansion left constant", fold},
      {"drop_noop_quant", "a quant into the format its operand already has goes", drop_noop_quant},
      {"drop_dead", "nodes that no output needs go; inputs stay", drop_dead},
  };
}

}  // namespace trigstone
