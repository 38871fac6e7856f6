// What a training minimises: losses, masks and targets live here, around graphs.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "learn/learn_config.h"
#include "learn/token_set.h"
#include "learn/torch_graph.h"

namespace trigstone {

class Objective {
 public:
  virtual ~Objective() = default;
  // Mean loss over some rows of the data. `random` decides what is masked.
  virtual torch::Tensor loss(const std::vector<int64_t>& rows, Random& random) = 0;
  // Figures of the validation rows; the same at every call with the same weights.
  virtual std::map<std::string, double> validate() = 0;
  virtual void use_batch_statistics(bool on) = 0;
  // Trainable numbers and running statistics, by unique name.
  virtual std::vector<TorchGraph::Named> parameters() const = 0;
};
// Makes equal objectives, one a shard.
using ObjectiveMaker = std::function<std::unique_ptr<Objective>()>;

// Events as tensors, handed out in batches in the formats that a graph's inputs have.
class TokenTensors {
 public:
  struct Inputs {
    torch::Tensor tokens;  // [rows, slots, features] float32, on the grid of the input's format
    torch::Tensor valid;   // [rows, slots] float32, 1 or 0
  };
  // Throws Error when the graph does not take such tokens.
  TokenTensors(const TokenBatch& batch, const Graph& graph);

  Inputs rows(const torch::Tensor& index) const;
  // The same, each event turned about the beam by a random angle and half of them mirrored along
  // it: collisions know neither a direction in phi nor a sign of z.
  Inputs turned_rows(const torch::Tensor& index, Random& random) const;
  // Without rounding, of every event.
  const torch::Tensor& tokens() const { return tokens_; }
  const torch::Tensor& valid() const { return valid_; }

 private:
  torch::Tensor rounded(const torch::Tensor& tokens) const;

  torch::Tensor tokens_, valid_;
  std::optional<TorchQuant> input_quant_;
};

// Position of a token feature by its name in kFeatureInfo.
int64_t feature_named(const std::string& name);

torch::Tensor row_indices(const std::vector<int64_t>& rows);

// One number an event from a graph with the output "logit", in blocks on all threads.
std::vector<double> score_rows(const TorchGraph& graph, const TokenTensors& data,
                               const std::vector<int64_t>& rows, int threads);

// Binary cross-entropy of the logit, both classes weighing the same. `targets` [events] in [0, 1];
// the validation figures compare with the labels of the set.
std::unique_ptr<Objective> make_accept_objective(const Graph& classifier, const TokenSet& set,
                                                 const TokenTensors& data,
                                                 const torch::Tensor& targets, bool augment);
// The trained classifier of an objective made by make_accept_objective.
Graph trained_classifier(const Objective& objective);

// Masked particles: smooth L1 on the standardised features and cross-entropy on the kind of tokens
// that lost everything but their direction.
std::unique_ptr<Objective> make_masked_objective(const PretrainConfig& config, const TokenSet& set,
                                                 const TokenTensors& data);
// The trained backbone of an objective made by make_masked_objective.
Graph trained_backbone(const Objective& objective);

}  // namespace trigstone
