#include "learn/backbone.h"

#include <cmath>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/random.h"

namespace trigstone {

namespace {

constexpr double kEpsilon = 1e-3;  // of the batch norms

// FNV-1a: a param's first numbers depend on its name and the seed, not on what was made before it.
uint64_t stream_of(const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

// Adds named params and the blocks made of them.
class Builder {
 public:
  Builder(Graph& graph, std::string prefix, uint64_t seed)
      : graph_(graph), prefix_(std::move(prefix)), seed_(seed) {}

  // Weights uniform in +-1/sqrt(inputs); bias 0.
  ValueId linear(ValueId x, int64_t inputs, int64_t outputs, const std::string& name);
  ValueId linear_norm(ValueId x, ValueId valid, int64_t inputs, int64_t outputs,
                      const std::string& name, double gain = 1.0);
  ValueId attention(ValueId x, ValueId valid, const BackboneConfig& config,
                    const std::string& name);
  ValueId feed_forward(ValueId x, ValueId valid, const BackboneConfig& config,
                       const std::string& name);

 private:
  ValueId param(Shape shape, const std::string& name, bool trainable,
                const std::function<double()>& number) {
    auto data = std::make_shared<Tensor>();
    data->shape = std::move(shape);
    for (int64_t i = 0; i < data->size(); ++i) data->reals.push_back(number());
    return graph_.add_data(Op::kParam, data, prefix_ + name, trainable);
  }
  ValueId channel(int64_t size, const std::string& name, double number, bool trainable) {
    return param({size}, name, trainable, [number] { return number; });
  }
  ValueId add(Op op, std::vector<ValueId> operands, Attributes attributes,
              const std::string& name) {
    return graph_.add(op, std::move(operands), std::move(attributes), prefix_ + name);
  }

  Graph& graph_;
  const std::string prefix_;
  const uint64_t seed_;
};

ValueId Builder::linear(ValueId x, int64_t inputs, int64_t outputs, const std::string& name) {
  Random random(seed_, stream_of(prefix_ + name));
  // Rounded to float32, in which training holds them.
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
  const ValueId w = param({inputs, outputs}, name + ".weight", true, [&] {
    return static_cast<double>(static_cast<float>(random.uniform(-bound, bound)));
  });
  return add(Op::kLinear, {x, w, channel(outputs, name + ".bias", 0, true)}, {}, name);
}

ValueId Builder::linear_norm(ValueId x, ValueId valid, int64_t inputs, int64_t outputs,
                             const std::string& name, double gain) {
  const ValueId y = linear(x, inputs, outputs, name);
  const std::string norm = name + ".norm";
  return add(Op::kBatchNorm,
             {y, channel(outputs, norm + ".gain", gain, true),
              channel(outputs, norm + ".bias", 0, true), channel(outputs, norm + ".mean", 0, false),
              channel(outputs, norm + ".var", 1, false), valid},
             {{"axis", int64_t{1}}, {"epsilon", kEpsilon}}, norm);
}

ValueId Builder::attention(ValueId x, ValueId valid, const BackboneConfig& config,
                           const std::string& name) {
  const int64_t width = config.width, size = width / config.heads;
  const ValueId q = linear_norm(x, valid, width, width, name + ".query");
  const ValueId k = linear_norm(x, valid, width, width, name + ".key");
  const ValueId v = linear_norm(x, valid, width, width, name + ".value");
  const auto exponent =
      static_cast<int64_t>(-std::lround(std::log2(static_cast<double>(size)) / 2));
  std::vector<ValueId> heads;
  for (int64_t h = 0; h < config.heads; ++h) {
    const std::string head = name + ".head" + std::to_string(h);
    const auto part = [&](ValueId whole, const char* what) {
      if (config.heads == 1) return whole;
      return add(Op::kSlice, {whole},
                 {{"axis", int64_t{1}},
                  {"start", h * size},
                  {"stop", (h + 1) * size},
                  {"step", int64_t{1}}},
                 head + what);
    };
    const ValueId keys = add(Op::kTranspose, {part(k, ".key")},
                             {{"perm", std::vector<int64_t>{1, 0}}}, head + ".keys");
    const ValueId scores = add(Op::kMatMul, {part(q, ".query"), keys}, {}, head + ".scores");
    const ValueId scaled = add(Op::kScale, {scores}, {{"exponent", exponent}}, head + ".scaled");
    const ValueId weights =
        add(Op::kSoftmax, {scaled, valid}, {{"axis", int64_t{1}}}, head + ".weights");
    heads.push_back(add(Op::kMatMul, {weights, part(v, ".value")}, {}, head));
  }
  const ValueId all = config.heads == 1
                          ? heads[0]
                          : add(Op::kConcat, heads, {{"axis", int64_t{1}}}, name + ".heads");
  return linear_norm(all, valid, width, width, name + ".out");
}

ValueId Builder::feed_forward(ValueId x, ValueId valid, const BackboneConfig& config,
                              const std::string& name) {
  const ValueId hidden = linear_norm(x, valid, config.width, config.feed_forward, name + ".up");
  const ValueId active = add(Op::kRelu, {hidden}, {}, name + ".relu");
  return linear_norm(active, valid, config.feed_forward, config.width, name + ".down");
}

}  // namespace

void check_backbone(const BackboneConfig& config, const std::string& where) {
  for (const auto& [name, value] : {std::pair{"tokens", config.tokens},
                                    {"features", config.features},
                                    {"width", config.width},
                                    {"heads", config.heads},
                                    {"feed_forward", config.feed_forward}}) {
    if (value < 1) throw Error(where, std::string(name) + " must be at least 1");
  }
  if (config.layers < 0) throw Error(where, "layers must not be negative");
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
  Builder build(graph, "backbone.", config.seed);
  ValueId x =
      build.linear_norm(inputs.tokens, inputs.valid, config.features, config.width, "embed");
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string name = "layer" + std::to_string(layer);
    const ValueId mixed = build.attention(x, inputs.valid, config, name + ".attention");
    x = graph.add(Op::kAdd, {x, mixed}, {}, "backbone." + name + ".mixed");
    const ValueId fed = build.feed_forward(x, inputs.valid, config, name + ".feed");
    x = graph.add(Op::kAdd, {x, fed}, {}, "backbone." + name + ".fed");
  }
  return x;
}

ValueId add_accept_head(Graph& graph, ValueId latents, ValueId valid,
                        const BackboneConfig& config) {
  Builder build(graph, "head.", config.seed);
  const ValueId pooled =
      graph.add(Op::kReduceMean, {latents, valid},
                {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{0}}}, "head.pooled");
  const ValueId hidden = build.linear(pooled, config.width, config.width, "hidden");
  const ValueId active = graph.add(Op::kRelu, {hidden}, {}, "head.relu");
  return build.linear(active, config.width, 1, "logit");
}

Graph make_backbone(const BackboneConfig& config) {
  Graph graph;
  graph.name = "backbone";
  const TokenInputs inputs = add_token_inputs(graph, config);
  graph.add_output("latents", add_backbone(graph, inputs, config));
  return graph;
}

Graph make_classifier(const BackboneConfig& config) {
  Graph graph;
  graph.name = "classifier";
  const TokenInputs inputs = add_token_inputs(graph, config);
  const ValueId latents = add_backbone(graph, inputs, config);
  graph.add_output("logit", add_accept_head(graph, latents, inputs.valid, config));
  return graph;
}

Graph make_decoder(const BackboneConfig& config, int64_t outputs) {
  Graph graph;
  graph.name = "decoder";
  BackboneConfig from_latents = config;
  from_latents.features = config.width;
  const TokenInputs inputs = add_token_inputs(graph, from_latents);
  Builder build(graph, "decoder.", config.seed);
  const ValueId hidden =
      build.linear_norm(inputs.tokens, inputs.valid, config.width, 2 * config.width, "hidden");
  const ValueId active = graph.add(Op::kRelu, {hidden}, {}, "decoder.relu");
  graph.add_output("prediction", build.linear(active, 2 * config.width, outputs, "out"));
  return graph;
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
