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
#include "learn/heads.h"
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
    torch::Tensor turn;    // [rows, 2] cosine and sine of the angle each event was turned by
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

// What a graph with one output says of each row, row-major, in blocks on all threads.
std::vector<double> outputs_of(const TorchGraph& graph, const TokenTensors& data,
                               const std::vector<int64_t>& rows, int threads);

// What a head should say of every event of the set, in the shape of its output, from the truth:
// accept 0 or 1 [events]; met the hard momentum in units of 128 GeV [events, 2]; pileup 0 or 1
// [events, slots]; anomaly nothing (undefined).
torch::Tensor truth_of(Task task, const TokenSet& set);
// The same of a trained model, as far as it can be a target: probabilities, momenta, and the
// anomaly score [events]. `rows` get it, the others 0.
torch::Tensor opinion_of(Task task, const Graph& teacher, const TokenSet& set,
                         const std::vector<int64_t>& rows, int threads);

// A model with a head towards `targets`, shaped as truth_of says:
//   accept   binary cross-entropy, both classes weighing the same
//   met      pseudo-Huber (12.8 GeV), events with more and with less than 30 GeV of true missing
//            momentum weighing the same, a mean response of 1; the target turns with the event
//   pileup   binary cross-entropy of the valid tokens
//   anomaly  without targets the reconstruction error itself, the backbone standing still; with
//            targets squared difference of the logarithms (the error itself would be smallest with
//            a backbone that says always the same)
// The validation figures compare with the truth, or with the targets where there is none.
struct HeadOptions {
  bool augment = true;
  bool batch_statistics = true;  // false: batch norms keep what they have learnt
};
std::unique_ptr<Objective> make_head_objective(Task task, const Graph& model, const TokenSet& set,
                                               const TokenTensors& data,
                                               const torch::Tensor& targets,
                                               const HeadOptions& options);
// The trained model of an objective made by make_head_objective.
Graph trained_model(const Objective& objective);

// Masked particles: smooth L1 on the standardised features and cross-entropy on the kind of tokens
// that lost everything but their direction; smooth L1 on sums over the event; and, where
// config.view_weight asks for it, views of one hard collision finding each other among those of
// the same part of a batch.
std::unique_ptr<Objective> make_masked_objective(const PretrainConfig& config, const TokenSet& set,
                                                 const TokenTensors& data);
// The trained backbone of an objective made by make_masked_objective.
Graph trained_backbone(const Objective& objective);

}  // namespace trigstone
