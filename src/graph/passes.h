// Rewrites of a graph. Each takes a graph and returns another one; nothing else is touched.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace trigstone {

// Builds a new graph node by node while the old one is walked in order.
class Rewriter {
 public:
  explicit Rewriter(const Graph& from);
  Graph& to() { return to_; }
  // The new value that stands for an old one.
  ValueId mapped(ValueId old_value) const;
  // Copies an old node with its operands mapped; maps and returns its new value.
  ValueId copy(ValueId old_value);
  void map(ValueId old_value, ValueId new_value);
  // Adds the outputs of the old graph and returns the new one.
  Graph finish();

 private:
  const Graph& from_;
  Graph to_;
  std::vector<ValueId> map_;
};

// Drops nodes that no output needs (inputs stay).
Graph drop_dead(const Graph& graph);
// Evaluates what depends on constants and parameters only: quant(param) => constant mantissas.
// Params become constants. The evaluator is handed in (interpret/evaluate_constant), so that the
// graph room does not depend on the interpreter.
using ConstantEvaluator = std::function<Tensor(const Graph&, ValueId)>;
Graph fold_constants(const Graph& graph, const ConstantEvaluator& evaluate);
// Batch norms behind linear/conv become weights and bias; before quantisation only.
Graph fold_batch_norm(const Graph& graph);
// Removes a quant into the format its operand already has.
Graph drop_noop_quant(const Graph& graph);

struct ExpandOptions {
  int exp_index_bits = 8;          // softmax: bits of the score difference that index exp
  int exp_index_integer_bits = 4;  // of them integer: differences below -2^4 weigh exp(-16)
  int exp_value_bits = 8;          // unsigned, 0 integer bits beyond the 1.0 of the largest
  int reciprocal_index_bits = 8;   // of the normalised mantissa
  int reciprocal_value_bits = 8;
};
// Composites whose operands are fixed and whose reader is a quant become tables and exact
// operations; conv becomes gather + linear.
//   %2 = softmax(%1: <8,4>); %3 = quant(%2) u<8,0>
//   => max, sub, quant, table exp, select valid, sum, leading one, shift, table 1/x, mul, quant
Graph expand_for_hardware(const Graph& graph, const ExpandOptions& options = {});

struct GraphPass {
  const char* name;
  std::function<Graph(const Graph&)> run;
};

}  // namespace trigstone
