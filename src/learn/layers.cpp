#include "learn/layers.h"

#include <cmath>

#include "base/random.h"

namespace trigstone {

namespace {

constexpr double kEpsilon = 1e-3;  // of the batch norms

// FNV-1a.
uint64_t stream_of(const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

ValueId LayerBuilder::add(Op op, std::vector<ValueId> operands, Attributes attributes,
                          const std::string& name) {
  return graph_.add(op, std::move(operands), std::move(attributes), prefix_ + name);
}

ValueId LayerBuilder::param(Shape shape, const std::string& name, bool trainable,
                            const std::function<double()>& number) {
  auto data = std::make_shared<Tensor>();
  data->shape = std::move(shape);
  for (int64_t i = 0; i < data->size(); ++i) {
    data->reals.push_back(static_cast<double>(static_cast<float>(number())));
  }
  return graph_.add_data(Op::kParam, data, prefix_ + name, trainable);
}

ValueId LayerBuilder::channel(int64_t size, const std::string& name, double number,
                              bool trainable) {
  return param({size}, name, trainable, [number] { return number; });
}

ValueId LayerBuilder::linear(ValueId x, int64_t inputs, int64_t outputs, const std::string& name,
                             double bias) {
  Random random(seed_, stream_of(prefix_ + name));
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
  const ValueId w = param({inputs, outputs}, name + ".weight", true,
                          [&] { return random.uniform(-bound, bound); });
  return add(Op::kLinear, {x, w, channel(outputs, name + ".bias", bias, true)}, {}, name);
}

ValueId LayerBuilder::linear_norm(ValueId x, ValueId valid, int64_t inputs, int64_t outputs,
                                  const std::string& name) {
  const ValueId y = linear(x, inputs, outputs, name);
  const std::string norm = name + ".norm";
  return add(Op::kBatchNorm,
             {y, channel(outputs, norm + ".gain", 1, true),
              channel(outputs, norm + ".bias", 0, true), channel(outputs, norm + ".mean", 0, false),
              channel(outputs, norm + ".var", 1, false), valid},
             {{"axis", int64_t{1}}, {"epsilon", kEpsilon}}, norm);
}

ValueId LayerBuilder::two_layers(ValueId x, int64_t inputs, int64_t hidden, int64_t outputs,
                                 const std::string& name, double bias) {
  const ValueId active = add(Op::kRelu, {linear(x, inputs, hidden, "hidden")}, {}, "relu");
  return linear(active, hidden, outputs, name, bias);
}

}  // namespace trigstone
