#include "learn/backbone.h"

#include <cmath>
#include <map>

#include "base/error.h"
#include "learn/layers.h"

namespace trigstone {

namespace {

ValueId attention(LayerBuilder& build, ValueId x, ValueId valid, const BackboneConfig& config,
                  const std::string& name) {
  const int64_t width = config.width, size = width / config.heads;
  const ValueId q = build.linear_norm(x, valid, width, width, name + ".query");
  const ValueId k = build.linear_norm(x, valid, width, width, name + ".key");
  const ValueId v = build.linear_norm(x, valid, width, width, name + ".value");
  const auto exponent =
      static_cast<int64_t>(-std::lround(std::log2(static_cast<double>(size)) / 2));
  std::vector<ValueId> heads;
  for (int64_t h = 0; h < config.heads; ++h) {
    const std::string head = name + ".head" + std::to_string(h);
    const auto part = [&](ValueId whole, const char* what) {
      if (config.heads == 1) return whole;
      return build.add(Op::kSlice, {whole},
                       {{"axis", int64_t{1}},
                        {"start", h * size},
                        {"stop", (h + 1) * size},
                        {"step", int64_t{1}}},
                       head + what);
    };
    const ValueId keys = build.add(Op::kTranspose, {part(k, ".key")},
                                   {{"perm", std::vector<int64_t>{1, 0}}}, head + ".keys");
    const ValueId scores = build.add(Op::kMatMul, {part(q, ".query"), keys}, {}, head + ".scores");
    const ValueId scaled =
        build.add(Op::kScale, {scores}, {{"exponent", exponent}}, head + ".scaled");
    const ValueId weights =
        build.add(Op::kSoftmax, {scaled, valid}, {{"axis", int64_t{1}}}, head + ".weights");
    heads.push_back(build.add(Op::kMatMul, {weights, part(v, ".value")}, {}, head));
  }
  const ValueId all = config.heads == 1
                          ? heads[0]
                          : build.add(Op::kConcat, heads, {{"axis", int64_t{1}}}, name + ".heads");
  return build.linear_norm(all, valid, width, width, name + ".out");
}

ValueId feed_forward(LayerBuilder& build, ValueId x, ValueId valid, const BackboneConfig& config,
                     const std::string& name) {
  const ValueId hidden =
      build.linear_norm(x, valid, config.width, config.feed_forward, name + ".up");
  const ValueId active = build.add(Op::kRelu, {hidden}, {}, name + ".relu");
  return build.linear_norm(active, valid, config.feed_forward, config.width, name + ".down");
}

}  // namespace

void check_backbone(const BackboneConfig& config, const std::string& where) {
  for (const auto& [name, value] : {std::pair{"tokens", config.tokens},
                                    {"features", config.features},
                                    {"width", config.width},
                                    {"heads", config.heads},
                                    {"feed_forward", config.feed_forward}}) {
    if (value < 1)
      throw Error(where, std::string(name) + " must be at least 1",
                  "configs/pretrain_nano.toml is a complete example");
  }
  if (config.layers < 0)
    throw Error(where, "layers must not be negative",
                "configs/pretrain_nano.toml is a complete example");
  if (config.width % config.heads != 0) {
    throw Error(where,
                fmt::format("{} heads do not divide the width {}", config.heads, config.width),
                "choose a width that is a multiple of heads");
  }
}

TokenInputs add_token_inputs(Graph& graph, const BackboneConfig& config) {
  const ValueId tokens = graph.add(
      Op::kInput, {},
      {{"shape", Shape{config.tokens, config.features}}, {"token_axis", int64_t{0}}}, "tokens");
  const ValueId valid = graph.add(Op::kInput, {},
                                  {{"shape", Shape{config.tokens}},
                                   {"format", FormatMap(Format{1, 1, false})},
                                   {"token_axis", int64_t{0}},
                                   {"role", std::string("valid")}},
                                  "valid");
  return {tokens, valid};
}

ValueId add_backbone(Graph& graph, const TokenInputs& inputs, const BackboneConfig& config) {
  LayerBuilder build(graph, "backbone.", config.seed);
  ValueId x =
      build.linear_norm(inputs.tokens, inputs.valid, config.features, config.width, "embed");
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string name = "layer" + std::to_string(layer);
    const ValueId mixed = attention(build, x, inputs.valid, config, name + ".attention");
    x = graph.add(Op::kAdd, {x, mixed}, {}, "backbone." + name + ".mixed");
    const ValueId fed = feed_forward(build, x, inputs.valid, config, name + ".feed");
    x = graph.add(Op::kAdd, {x, fed}, {}, "backbone." + name + ".fed");
  }
  return x;
}

Graph make_backbone(const BackboneConfig& config) {
  Graph graph;
  graph.name = "backbone";
  const TokenInputs inputs = add_token_inputs(graph, config);
  graph.add_output("latents", add_backbone(graph, inputs, config));
  return graph;
}

Graph make_decoder(const BackboneConfig& config, int64_t outputs) {
  Graph graph;
  graph.name = "decoder";
  BackboneConfig from_latents = config;
  from_latents.features = config.width;
  const TokenInputs inputs = add_token_inputs(graph, from_latents);
  LayerBuilder build(graph, "decoder.", config.seed);
  const ValueId hidden =
      build.linear_norm(inputs.tokens, inputs.valid, config.width, 2 * config.width, "hidden");
  const ValueId active = graph.add(Op::kRelu, {hidden}, {}, "decoder.relu");
  graph.add_output("prediction", build.linear(active, 2 * config.width, outputs, "out"));
  return graph;
}

namespace {

Graph make_pooled(const BackboneConfig& config, const std::string& name, int64_t outputs) {
  Graph graph;
  graph.name = name;
  BackboneConfig from_latents = config;
  from_latents.features = config.width;
  const TokenInputs inputs = add_token_inputs(graph, from_latents);
  LayerBuilder build(graph, name + ".", config.seed);
  const ValueId pooled =
      build.add(Op::kReduceMean, {inputs.tokens, inputs.valid},
                {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{0}}}, "pooled");
  graph.add_output(name, build.two_layers(pooled, config.width, config.width, outputs, "out"));
  return graph;
}

}  // namespace

Graph make_summary(const BackboneConfig& config, int64_t outputs) {
  return make_pooled(config, "summary", outputs);
}

Graph make_projection(const BackboneConfig& config) {
  return make_pooled(config, "projection", config.width);
}

int64_t copy_parameters(const Graph& from, Graph& to) {
  std::map<std::string, TensorPtr> known;
  for (const Node& node : from.nodes()) {
    if (node.data != nullptr && !node.type.is_fixed()) known[node.name] = node.data;
  }
  int64_t copied = 0;
  for (ValueId id = 0; id < to.size(); ++id) {
    if (to.node(id).op != Op::kParam) continue;
    const auto found = known.find(to.node(id).name);
    if (found == known.end() || found->second->shape != to.shape(id)) continue;
    to.set_data(id, found->second);
    ++copied;
  }
  return copied;
}

int64_t parameter_count(const Graph& graph, const std::string& prefix) {
  int64_t count = 0;
  for (const Node& node : graph.nodes()) {
    count += node.op == Op::kParam && node.name.starts_with(prefix) ? 1 : 0;
  }
  return count;
}

int64_t trainable_count(const Graph& graph) {
  int64_t count = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op == Op::kParam && int_attribute(node, "trainable", 0) != 0) {
      count += element_count(node.type.shape);
    }
  }
  return count;
}

}  // namespace trigstone
