// One node of a graph on torch tensors: the same code in training and in exact evaluation.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "graph/graph.h"
#include "learn/torch_round.h"

namespace trigstone {

// The value of a node for a batch of events: numbers (m * 2^-F), not mantissas. A value that
// depends on no input has no event axis.
struct TorchValue {
  torch::Tensor tensor;  // [events, shape...] or [shape...]
  bool has_events = false;
};

// What a node needs beside its operands, made once a graph.
struct TorchNode {
  torch::ScalarType type = torch::kFloat32;  // in which it is computed
  TorchQuant quant;
  TorchTable table;
  torch::Tensor base, direction;     // thresholds
  torch::Tensor indices;             // gather, conv, ...: positions to take
  torch::Tensor powers;              // shift_left: 2^0 ... 2^63
  std::vector<torch::Tensor> trees;  // tree_ensemble: its lists, as tensors
  int64_t depth = 0;                 // of the deepest tree
};

// `exact`: for every fixed node the narrowest type that computes it exactly, double for real ones;
// throws Error at the node when there is none (see torch_exact.h). Otherwise float32 throughout.
TorchNode prepare_node(const Graph& graph, ValueId id, bool exact);

// Batch norms use the running statistics here; `normalise_batch` is their training form.
TorchValue evaluate_node(const Graph& graph, ValueId id, const TorchNode& node,
                         std::vector<TorchValue> operands);

// Normalises by the mean and variance of the batch's valid slots and moves the running ones
// (operands 3 and 4, changed in place) by `momentum` towards them.
TorchValue normalise_batch(const Graph& graph, ValueId id, std::vector<TorchValue> operands,
                           double momentum);

}  // namespace trigstone
