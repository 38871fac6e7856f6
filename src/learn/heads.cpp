#include "learn/heads.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "events/features.h"
#include "graph/passes.h"
#include "learn/layers.h"

namespace trigstone {

namespace {

constexpr double kFirstTokenWeight = -1.0;  // log-odds: most tokens are pile-up

struct Trunk {
  TokenInputs inputs;
  ValueId latents = 0;
};

int64_t feature_index(const std::string& name) {
  const auto found = std::find_if(kFeatureInfo.begin(), kFeatureInfo.end(),
                                  [&](const FeatureInfo& info) { return info.name == name; });
  ensure(found != kFeatureInfo.end(), "no token feature is called " + name);
  return found - kFeatureInfo.begin();
}

ValueId mean_latent(LayerBuilder& build, const Trunk& trunk) {
  return build.add(Op::kReduceMean, {trunk.latents, trunk.inputs.valid},
                   {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{0}}}, "pooled");
}

ValueId accept_head(LayerBuilder& build, const Trunk& trunk, const BackboneConfig& config) {
  return build.two_layers(mean_latent(build, trunk), config.width, config.width, 1, "logit");
}

ValueId met_head(LayerBuilder& build, const Trunk& trunk, const BackboneConfig& config) {
  const auto pick = [&](std::vector<int64_t> columns, const char* name) {
    return build.add(Op::kGather, {trunk.inputs.tokens},
                     {{"axis", int64_t{1}}, {"indices", std::move(columns)}}, name);
  };
  const ValueId pt = pick({feature_index("pt")}, "pt");  // [tokens, 1]
  const ValueId direction = pick({feature_index("cos_phi"), feature_index("sin_phi")}, "direction");
  const ValueId momentum = build.add(Op::kMul, {pt, direction}, {}, "momentum");
  const ValueId odds =
      build.two_layers(trunk.latents, config.width, config.width, 1, "odds", kFirstTokenWeight);
  const ValueId weight =
      build.add(Op::kFunction, {odds}, {{"kind", std::string("sigmoid")}}, "weight");
  const ValueId weighted = build.add(Op::kMul, {weight, momentum}, {}, "weighted");
  return build.add(Op::kReduceSum, {weighted, trunk.inputs.valid},
                   {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{0}}}, "sum");
}

ValueId pileup_head(LayerBuilder& build, const Trunk& trunk, const BackboneConfig& config) {
  const ValueId odds =
      build.two_layers(trunk.latents, config.width, config.width, 1, "odds", kFirstTokenWeight);
  const ValueId flat = build.add(Op::kReshape, {odds}, {{"shape", Shape{config.tokens}}}, "flat");
  return build.add(Op::kMul, {flat, trunk.inputs.valid}, {}, "from_hard");
}

ValueId anomaly_head(LayerBuilder& build, const Trunk& trunk, const BackboneConfig& config) {
  const int64_t width = config.width, hidden = std::max<int64_t>(width / 2, 2),
                code = std::max<int64_t>(width / 8, 1);
  int64_t i = 0;
  const ValueId diagonal = build.param({width, width}, "standard.weight", false,
                                       [&] { return i++ % (width + 1) == 0 ? 1.0 : 0.0; });
  const ValueId bias = build.channel(width, "standard.bias", 0, false);
  const ValueId standard =
      build.add(Op::kLinear, {mean_latent(build, trunk), diagonal, bias}, {}, "standard");
  const auto relu = [&](ValueId x, const char* name) {
    return build.add(Op::kRelu, {x}, {}, name);
  };
  const ValueId wide = relu(build.linear(standard, width, hidden, "encode"), "encode.relu");
  const ValueId narrow = build.linear(wide, hidden, code, "code");
  const ValueId again = relu(build.linear(narrow, code, hidden, "decode"), "decode.relu");
  const ValueId copy = build.linear(again, hidden, width, "copy");
  const ValueId error = build.add(Op::kSub, {standard, copy}, {}, "error");
  const ValueId square = build.add(Op::kMul, {error, error}, {}, "square");
  const ValueId sum =
      build.add(Op::kReduceSum, {square},
                {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{1}}}, "sum");
  const auto exponent = -std::lround(std::log2(static_cast<double>(width)));
  return build.add(Op::kScale, {sum}, {{"exponent", int64_t{exponent}}}, "anomaly");
}

}  // namespace

const char* task_name(Task task) { return kTaskNames.at(static_cast<size_t>(task)); }

Task task_named(const std::string& name, const std::string& where) {
  for (size_t i = 0; i < kTaskNames.size(); ++i) {
    if (name == kTaskNames[i]) return static_cast<Task>(i);
  }
  throw Error(where, fmt::format("there is no task '{}'", name),
              fmt::format("choose one of {}", fmt::join(kTaskNames, ", ")));
}

Task task_of(const Graph& model, const std::string& where) {
  const std::vector<ValueId> inputs = model.inputs();
  if (inputs.size() == 2 && model.shape(inputs[0]).size() == 2 && model.outputs().size() == 1) {
    for (size_t i = 0; i < kTaskOutputs.size(); ++i) {
      if (model.outputs()[0].name == kTaskOutputs[i]) return static_cast<Task>(i);
    }
  }
  throw Error(where, "is not a model of tokens with a head", "give the run of `finetune`");
}

Graph make_model(const BackboneConfig& config, Task task) {
  Graph graph;
  // A Verilog module must not have the name of its port: not "anomaly" with the output "anomaly".
  graph.name = task == Task::kAccept ? "classifier" : std::string(task_name(task)) + "_head";
  const TokenInputs inputs = add_token_inputs(graph, config);
  const Trunk trunk{inputs, add_backbone(graph, inputs, config)};
  LayerBuilder build(graph, "head.", config.seed);
  const auto head = [&] {
    switch (task) {
      case Task::kAccept:
        return accept_head(build, trunk, config);
      case Task::kMet:
        return met_head(build, trunk, config);
      case Task::kPileup:
        return pileup_head(build, trunk, config);
      case Task::kAnomaly:
        return anomaly_head(build, trunk, config);
    }
    internal_error("an unknown task");
  };
  graph.add_output(kTaskOutputs.at(static_cast<size_t>(task)), head());
  return graph;
}

void standardise_embedding(Graph& anomaly_model, const std::vector<double>& mean,
                           const std::vector<double>& spread) {
  const size_t width = mean.size();
  auto weight = std::make_shared<Tensor>(Tensor{}), bias = std::make_shared<Tensor>(Tensor{});
  bias->shape = {static_cast<int64_t>(width)};
  weight->shape = {bias->shape[0], bias->shape[0]};
  weight->reals.assign(width * width, 0.0);
  for (size_t i = 0; i < width; ++i) {
    // Rounded to float32, in which training holds them.
    weight->reals[i * width + i] = static_cast<double>(static_cast<float>(1 / spread[i]));
    bias->reals.push_back(static_cast<double>(static_cast<float>(-mean[i] / spread[i])));
  }
  for (ValueId id = 0; id < anomaly_model.size(); ++id) {
    const std::string& name = anomaly_model.node(id).name;
    if (name == "head.standard.weight") anomaly_model.set_data(id, weight);
    if (name == "head.standard.bias") anomaly_model.set_data(id, bias);
  }
}

Graph with_trainable(const Graph& graph, const std::string& prefix, bool trainable) {
  Rewriter rewriter(graph);
  for (ValueId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (node.op == Op::kParam && node.name.starts_with(prefix)) {
      rewriter.map(id, rewriter.to().add_data(Op::kParam, node.data, node.name, trainable));
    } else {
      rewriter.copy(id);
    }
  }
  return rewriter.finish();
}

}  // namespace trigstone
