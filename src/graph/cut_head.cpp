// Cuts what follows the last fixed-point value of an output, or rounds it.
//   %1: <12,8> = linear(…); %2: real = softmax(%1); output %2
//   => output %1, metadata "cut_head" = "softmax"                     (cut_head)
//   => %3 = quant(%2) u<16,0,RND_CONV,SAT>; output %3                 (quantise_head)
// Why: a softmax, a sigmoid or a positive scale at the end changes no decision that a threshold or
// an argmax takes, but costs tables and a division; the trigger cuts on the scores before it.
#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"
#include "graph/passes.h"

namespace trigstone {

namespace {

// One number for all channels: then a product with it, when positive, and a sum keep the order of
// the scores. Any other is part of the decision and stays.
std::optional<double> one_number(const Graph& graph, ValueId id) {
  const Node& node = graph.node(id);
  if (node.data == nullptr || node.data->size() == 0) return std::nullopt;
  std::vector<double> numbers = node.data->reals;
  for (const int64_t m : node.data->mantissas) numbers.push_back(node.data->format->to_real(m));
  const bool same =
      std::all_of(numbers.begin(), numbers.end(), [&](double x) { return x == numbers.front(); });
  return same ? std::optional(numbers.front()) : std::nullopt;
}

bool is_head(const Graph& graph, const Node& node) {
  if (node.type.is_fixed()) return false;
  switch (node.op) {
    case Op::kSoftmax:
    case Op::kReshape:
      return true;
    case Op::kFunction:
      return text_attribute(node, "kind") == "sigmoid";
    case Op::kMul:
      return one_number(graph, node.operands[1]).value_or(0) > 0 &&
             graph.shape(node.operands[0]) == node.type.shape;
    case Op::kAdd:
    case Op::kSub:
      return one_number(graph, node.operands[1]) &&
             graph.shape(node.operands[0]) == node.type.shape;
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kQuant:
    case Op::kThresholds:
    case Op::kTable:
    case Op::kLinear:
    case Op::kConv:
    case Op::kMatMul:
    case Op::kRelu:
    case Op::kClamp:
    case Op::kScale:
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReduceMean:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kTopK:
    case Op::kSort:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
    case Op::kTreeEnsemble:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
      return false;
  }
  internal_error("unknown op");
}

}  // namespace

Graph cut_head(const Graph& graph) {
  std::set<ValueId> cut;
  std::vector<ValueId> values;
  for (const Output& output : graph.outputs()) {
    ValueId value = output.value;
    std::vector<ValueId> head;
    while (is_head(graph, graph.node(value))) {
      head.push_back(value);
      value = graph.node(value).operands[0];
    }
    // Without a fixed value below, nothing of the head can go: the model is not quantised.
    const bool reached = graph.type(value).is_fixed();
    if (reached) cut.insert(head.begin(), head.end());
    values.push_back(reached ? value : output.value);
  }
  Graph result = graph;
  std::string names = graph.metadata.contains("cut_head") ? graph.metadata.at("cut_head") : "";
  for (const ValueId id : cut) names += (names.empty() ? "" : ",") + graph.node(id).name;
  if (!names.empty()) result.metadata["cut_head"] = names;
  return drop_dead(with_outputs(result, values));
}

Graph quantise_head(const Graph& graph, const Format& format) {
  Graph result = graph;
  std::vector<ValueId> values;
  for (const Output& output : graph.outputs()) {
    const Node& node = graph.node(output.value);
    values.push_back(node.type.is_fixed()
                         ? output.value
                         : result.add(Op::kQuant, {output.value}, {{"formats", FormatMap(format)}},
                                      node.name + ".quant"));
  }
  return with_outputs(result, values);
}

}  // namespace trigstone
