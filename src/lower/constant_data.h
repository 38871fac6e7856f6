// The numbers of values that depend on constants and parameters only, computed once when first
// asked for. The graph itself stays as it is: folding would narrow formats downstream, and a masked
// extreme without a valid slot shows the end of its operand's format.
#pragma once

#include <map>

#include "graph/graph.h"

namespace trigstone {

class ConstantData {
 public:
  explicit ConstantData(const Graph& graph) : graph_(graph) {}
  const Tensor& of(ValueId id);
  // Fixed-point mantissa and fraction bits of one element. Throws Error when the value is real.
  int64_t mantissa(ValueId id, int64_t index);
  int fraction_bits(ValueId id);

 private:
  const Graph& graph_;
  std::map<ValueId, Tensor> known_;
};

}  // namespace trigstone
