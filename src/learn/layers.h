// Layers that backbones and heads are made of: named params with their first numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace trigstone {

// Adds params and nodes to `graph`; all their names begin with `prefix`.
class LayerBuilder {
 public:
  // `seed` decides the first weights, together with the name of each param: they do not depend on
  // what was added before.
  LayerBuilder(Graph& graph, std::string prefix, uint64_t seed)
      : graph_(graph), prefix_(std::move(prefix)), seed_(seed) {}

  ValueId add(Op op, std::vector<ValueId> operands, Attributes attributes, const std::string& name);
  // Numbers one by one, row-major, rounded to float32, in which training holds them.
  ValueId param(Shape shape, const std::string& name, bool trainable,
                const std::function<double()>& number);
  // [size] times the same number.
  ValueId channel(int64_t size, const std::string& name, double number, bool trainable);

  // x [..., inputs] to [..., outputs]; weights uniform in +-1/sqrt(inputs), bias `bias`.
  ValueId linear(ValueId x, int64_t inputs, int64_t outputs, const std::string& name,
                 double bias = 0);
  // The same and a batch norm over the valid tokens; x [tokens, inputs].
  ValueId linear_norm(ValueId x, ValueId valid, int64_t inputs, int64_t outputs,
                      const std::string& name);
  // linear, relu, linear: params "hidden" and `name`.
  ValueId two_layers(ValueId x, int64_t inputs, int64_t hidden, int64_t outputs,
                     const std::string& name, double bias = 0);

 private:
  Graph& graph_;
  const std::string prefix_;
  const uint64_t seed_;
};

}  // namespace trigstone
