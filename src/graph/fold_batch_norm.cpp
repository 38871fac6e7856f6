// Removes batch norms: their running mean and variance are constants after training.
//   %1 = linear(%0, w, b); %2 = batch_norm(%1, gain, bias, mean, var)
//   => %1 = linear(%0, w * a, b * a + bias - mean * a),  a = gain / sqrt(var + epsilon)
// Behind anything else, or behind weights that are quantised already, it becomes x * a + c.
// Why: batch statistics have no meaning for one event, and a product folded into the weights costs
// nothing (Jacob et al., "Quantization and Training …", CVPR 2018, section 3.2).
#include <cmath>
#include <set>

#include "base/error.h"
#include "graph/passes.h"

namespace trigstone {

namespace {

bool holds_data(const Node& node) { return node.op == Op::kConstant || node.op == Op::kParam; }

std::vector<double> reals_of(const Tensor& data) {
  if (!data.is_fixed()) return data.reals;
  std::vector<double> reals;
  for (const int64_t m : data.mantissas) reals.push_back(data.format->to_real(m));
  return reals;
}

// y = gain * x + offset, one pair a channel.
struct Affine {
  std::vector<double> gain, offset;
};

Affine affine_of(const Graph& graph, const Node& norm) {
  std::vector<double> numbers[4];
  for (size_t i = 0; i < 4; ++i) numbers[i] = reals_of(*graph.node(norm.operands[i + 1]).data);
  const auto& [gain, bias, mean, variance] = numbers;
  const double epsilon = real_attribute(norm, "epsilon");
  Affine affine;
  for (size_t c = 0; c < gain.size(); ++c) {
    const double spread = variance[c] + epsilon;
    if (!(spread > 0)) {
      throw Error(where_of(norm), fmt::format("variance + epsilon is {} in channel {}", spread, c),
                  "train again or raise epsilon");
    }
    affine.gain.push_back(gain[c] / std::sqrt(spread));
    affine.offset.push_back(bias[c] - mean[c] * affine.gain.back());
  }
  return affine;
}

class FoldBatchNorm {
 public:
  explicit FoldBatchNorm(const Graph& graph)
      : graph_(graph), rewriter_(graph), readers_(static_cast<size_t>(graph.size()), 0) {
    for (const Node& node : graph.nodes()) {
      for (const ValueId operand : node.operands) ++readers_[static_cast<size_t>(operand)];
    }
    for (const Output& output : graph.outputs()) ++readers_[static_cast<size_t>(output.value)];
  }

  Graph run();

 private:
  bool folds(const Node& norm) const;
  ValueId layer_behind(const Node& norm) const;
  void copy_scaled(ValueId id, const Affine& affine);
  ValueId scaled_data(const Node& node, const std::vector<double>& gain,
                      const std::vector<double>& offset);
  void copy_as_product(ValueId id, const Affine& affine);

  const Graph& graph_;
  Rewriter rewriter_;
  std::vector<int> readers_;
};

bool FoldBatchNorm::folds(const Node& norm) const {
  bool known = norm.op == Op::kBatchNorm;
  for (size_t i = 1; known && i < 5; ++i) known = holds_data(graph_.node(norm.operands[i]));
  return known;
}

// The linear or conv whose weights can take the norm up, or -1. Transposes in between are seen
// through: imported convolutions are channels-first outside.
ValueId FoldBatchNorm::layer_behind(const Node& norm) const {
  ValueId id = norm.operands[0];
  auto axis = static_cast<size_t>(axis_attribute(graph_, norm));
  while (graph_.node(id).op == Op::kTranspose && readers_[static_cast<size_t>(id)] == 1) {
    axis = static_cast<size_t>(ints_attribute(graph_.node(id), "perm")[axis]);
    id = graph_.node(id).operands[0];
  }
  const Node& layer = graph_.node(id);
  bool fits = (layer.op == Op::kLinear || layer.op == Op::kConv) &&
              readers_[static_cast<size_t>(id)] == 1 && axis + 1 == layer.type.shape.size();
  for (size_t i = 1; fits && i < layer.operands.size(); ++i) {
    const ValueId weights = layer.operands[i];
    const Node& data = graph_.node(weights);
    fits =
        holds_data(data) && !data.data->is_fixed() && readers_[static_cast<size_t>(weights)] == 1;
  }
  return fits ? id : -1;
}

ValueId FoldBatchNorm::scaled_data(const Node& node, const std::vector<double>& gain,
                                   const std::vector<double>& offset) {
  Tensor data = *node.data;
  for (size_t i = 0; i < data.reals.size(); ++i) {
    const size_t o = i % gain.size();  // the output is the last axis of weights and bias
    data.reals[i] = data.reals[i] * gain[o] + offset[o];
  }
  return rewriter_.to().add_data(node.op, std::make_shared<const Tensor>(std::move(data)),
                                 node.name, int_attribute(node, "trainable", 0) != 0);
}

void FoldBatchNorm::copy_scaled(ValueId id, const Affine& affine) {
  const Node& layer = graph_.node(id);
  const std::vector<double> none(affine.gain.size(), 0.0);
  const ValueId weights = scaled_data(graph_.node(layer.operands[1]), affine.gain, none);
  ValueId bias = -1;
  if (layer.operands.size() > 2) {
    bias = scaled_data(graph_.node(layer.operands[2]), affine.gain, affine.offset);
  } else {
    const auto channels = static_cast<int64_t>(affine.offset.size());
    bias = rewriter_.to().add_data(
        Op::kParam,
        std::make_shared<const Tensor>(Tensor{{channels}, std::nullopt, {}, affine.offset}),
        layer.name + ".bias", true);
  }
  rewriter_.map(id,
                rewriter_.to().add(layer.op, {rewriter_.mapped(layer.operands[0]), weights, bias},
                                   layer.attributes, layer.name));
}

void FoldBatchNorm::copy_as_product(ValueId id, const Affine& affine) {
  const Node& norm = graph_.node(id);
  const size_t rank = norm.type.shape.size();
  Shape shape(rank - static_cast<size_t>(axis_attribute(graph_, norm)), 1);
  shape[0] = static_cast<int64_t>(affine.gain.size());
  const auto data = [&](const std::vector<double>& reals, const char* suffix) {
    return rewriter_.to().add_data(
        Op::kParam, std::make_shared<const Tensor>(Tensor{shape, std::nullopt, {}, reals}),
        norm.name + suffix, true);
  };
  const ValueId product =
      rewriter_.to().add(Op::kMul, {rewriter_.mapped(norm.operands[0]), data(affine.gain, ".gain")},
                         {}, norm.name + ".product");
  rewriter_.map(
      id, rewriter_.to().add(Op::kAdd, {product, data(affine.offset, ".offset")}, {}, norm.name));
}

Graph FoldBatchNorm::run() {
  std::map<ValueId, Affine> scaled;  // layer -> norm behind it
  std::map<ValueId, ValueId> layers;
  std::set<ValueId> replaced;  // weights that are written anew with their layer
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    const ValueId layer = folds(node) ? layer_behind(node) : -1;
    if (layer < 0 || scaled.contains(layer)) continue;
    scaled[layer] = affine_of(graph_, node);
    layers[id] = layer;
    const auto& operands = graph_.node(layer).operands;
    replaced.insert(operands.begin() + 1, operands.end());
  }
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    if (replaced.contains(id)) continue;
    if (scaled.contains(id)) {
      copy_scaled(id, scaled.at(id));
    } else if (layers.contains(id)) {
      rewriter_.map(id, rewriter_.mapped(node.operands[0]));
    } else if (folds(node)) {
      copy_as_product(id, affine_of(graph_, node));
    } else {
      rewriter_.copy(id);
    }
  }
  return drop_dead(rewriter_.finish());
}

}  // namespace

Graph fold_batch_norm(const Graph& graph) { return FoldBatchNorm(graph).run(); }

}  // namespace trigstone
