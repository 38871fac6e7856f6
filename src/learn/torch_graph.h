// A graph executed by libtorch: the one that is trained is the one that is compiled.
//
// `Precision::kTraining` computes in float32 with gradients, straight through roundings.
// `Precision::kExact` computes each fixed node in the narrowest type that holds all its
// intermediates, so that the result equals interpret() bit for bit; where none does, an Error names
// the node. Matrix products in TF32 or bfloat16, and autocast, are off.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "learn/torch_ops.h"

namespace trigstone {

enum class Precision : uint8_t { kTraining, kExact };

class TorchGraph {
 public:
  explicit TorchGraph(Graph graph, Precision precision = Precision::kTraining);

  const Graph& graph() const { return graph_; }

  // The numbers of all params in order of the nodes; trainable ones require gradients, the others
  // are running statistics. In exact precision they are constants.
  using Named = std::pair<std::string, torch::Tensor>;
  const std::vector<Named>& parameters() const { return parameters_; }

  // Batch norms use (and move) the statistics of the batch instead of the running ones.
  void use_batch_statistics(bool on) { batch_statistics_ = on; }

  // Inputs [events, shape...] in order of graph().inputs(), as numbers (already on the grid of the
  // input's format, where it has one); outputs [events, shape...] in order of graph().outputs().
  // `visit` sees the value of every node that depends on an input.
  using Visitor = std::function<void(ValueId, const torch::Tensor&)>;
  std::vector<torch::Tensor> run(const std::vector<torch::Tensor>& inputs,
                                 const Visitor& visit = {}) const;

  // The graph with the present numbers of its params.
  Graph trained() const;

 private:
  TorchValue evaluate(ValueId id, const std::vector<TorchValue>& values) const;
  TorchValue source(ValueId id) const;

  Graph graph_;
  Precision precision_;
  bool batch_statistics_ = false;
  std::vector<TorchNode> nodes_;
  std::vector<bool> constant_;            // depends on constants and params only
  std::vector<TorchValue> fixed_values_;  // known once and for all
  std::vector<int64_t> last_reader_;      // node after which a value is needed no more
  std::vector<Named> parameters_;
  std::vector<int64_t> parameter_of_;  // index into parameters_, -1 for other nodes
};

}  // namespace trigstone
