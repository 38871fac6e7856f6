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
  const Graph& to() const { return to_; }
  // The new value that stands for an old one.
  ValueId mapped(ValueId old_value) const;
  std::vector<ValueId> mapped(const std::vector<ValueId>& old_values) const;
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

// The same graph with each output reading another value.
Graph with_outputs(const Graph& graph, const std::vector<ValueId>& values);

// Drops nodes that no output needs (inputs stay).
Graph drop_dead(const Graph& graph);
// Evaluates what depends on constants and parameters only: quant(param) => constant mantissas.
// Params become constants. The evaluator is handed in (interpret/evaluate_constant), so that the
// graph room does not depend on the interpreter.
using ConstantEvaluator = std::function<Tensor(const Graph&, ValueId)>;
Graph fold_constants(const Graph& graph, const ConstantEvaluator& evaluate);
// Batch norms behind linear/conv with real weights become weights and bias, any other a product and
// a sum with constants; before quantisation only. Running mean and variance are constants, so the
// `valid` operand goes.
Graph fold_batch_norm(const Graph& graph);
// Removes a quant into the format its operand already has.
Graph drop_noop_quant(const Graph& graph);
// Gives inputs without a format `format` (the mask input u<1,1>).
Graph set_input_format(const Graph& graph, const Format& format);
// Real scales, batch norms and activations between a fixed value and a quant become `thresholds`,
// computed in exact rationals; scales of the operands of linear, conv and matmul move behind them.
//   %2 = mul(%1: <12,12>, 0.0083); %3 = batch_norm(%2, …); %4 = quant(%3) <2,2,RND_CONV,SAT_SYM>
//   => %4 = thresholds(%1, constant [C,2])
// Run it before fold_constants (1/scale is exact as reciprocal(constant) only), with formats on all
// inputs. What it cannot express stays as it was.
Graph absorb_scales(const Graph& graph);
// Cuts what follows the last fixed value of each output and keeps the order of scores: softmax,
// sigmoid, a product with one positive number, a sum with one number. The names go to metadata
// "cut_head", in order, separated by commas.
Graph cut_head(const Graph& graph);
// The opposite wish: rounds the real outputs into `format`, so that expand_for_hardware builds
// them.
Graph quantise_head(const Graph& graph, const Format& format);

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
  const char* doc;  // one line for docs/passes.md
  std::function<Graph(const Graph&)> run;
};

struct HardwareOptions {
  Format input_format{16, 6, true, Rounding::kRND_CONV, Overflow::kSAT};
  bool keep_head = false;
  Format head_format{16, 0, false, Rounding::kRND_CONV, Overflow::kSAT};  // with keep_head
  ExpandOptions expand;
};
// The passes that turn a model with quants into one that verify_quantised accepts, in order.
std::vector<GraphPass> hardware_passes(const ConstantEvaluator& evaluate,
                                       const HardwareOptions& options = {});

}  // namespace trigstone
