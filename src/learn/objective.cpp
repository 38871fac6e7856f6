#include "learn/objective.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/threads.h"

namespace trigstone {

TokenTensors::TokenTensors(const TokenBatch& batch, const Graph& graph) {
  const Shape shape = {batch.events, batch.max_tokens, batch.features};
  const std::vector<ValueId> inputs = graph.inputs();
  const Shape wanted(shape.begin() + 1, shape.end());
  if (inputs.size() != 2 || graph.shape(inputs[0]) != wanted) {
    throw Error("model " + graph.name,
                fmt::format("does not take tokens {} and their valid mask", to_string(wanted)),
                "train it with `trigstone pretrain` or `finetune`, or set backbone.tokens");
  }
  tokens_ = torch::tensor(batch.values, torch::kFloat32).reshape(shape);
  valid_ = torch::tensor(batch.valid, torch::kUInt8)
               .reshape({batch.events, batch.max_tokens})
               .to(torch::kFloat32);
  if (graph.type(inputs[0]).is_fixed()) {
    input_quant_ = TorchQuant{format_attribute(graph.node(inputs[0])), true, false};
  }
}

torch::Tensor TokenTensors::rounded(const torch::Tensor& tokens) const {
  const torch::NoGradGuard no_gradient;
  return input_quant_ ? quantize_straight_through(tokens, *input_quant_) : tokens;
}

TokenTensors::Inputs TokenTensors::rows(const torch::Tensor& index) const {
  return {rounded(tokens_.index_select(0, index)), valid_.index_select(0, index), {}};
}

TokenTensors::Inputs TokenTensors::turned_rows(const torch::Tensor& index, Random& random) const {
  torch::Tensor tokens = tokens_.index_select(0, index);
  std::vector<float> cosines, sines, signs;
  for (int64_t i = 0; i < index.size(0); ++i) {
    const double angle = random.uniform(-M_PI, M_PI);
    cosines.push_back(static_cast<float>(std::cos(angle)));
    sines.push_back(static_cast<float>(std::sin(angle)));
    signs.push_back(random.chance(0.5) ? 1.0f : -1.0f);
  }
  const auto column = [](const std::vector<float>& v) { return torch::tensor(v).unsqueeze(1); };
  const torch::Tensor cosine = column(cosines), sine = column(sines), sign = column(signs);
  const auto feature = [&](const char* name) { return tokens.select(2, feature_named(name)); };
  const torch::Tensor x = feature("cos_phi").clone(), y = feature("sin_phi").clone();
  feature("cos_phi").copy_(x * cosine - y * sine);
  feature("sin_phi").copy_(x * sine + y * cosine);
  feature("eta").mul_(sign);
  feature("z0").mul_(sign);
  return {rounded(tokens), valid_.index_select(0, index), torch::cat({cosine, sine}, 1)};
}

int64_t feature_named(const std::string& name) {
  for (size_t i = 0; i < kFeatureInfo.size(); ++i) {
    if (kFeatureInfo[i].name == name) return static_cast<int64_t>(i);
  }
  internal_error("no token feature is called " + name);
}

torch::Tensor row_indices(const std::vector<int64_t>& rows) {
  return torch::tensor(rows, torch::kLong);
}

std::vector<double> outputs_of(const TorchGraph& graph, const TokenTensors& data,
                               const std::vector<int64_t>& rows, int threads) {
  const int64_t size = element_count(graph.graph().shape(graph.graph().outputs().at(0).value));
  std::vector<double> outputs(rows.size() * static_cast<size_t>(size));
  constexpr int64_t kBlock = 256;
  parallel_blocks(std::ssize(rows), kBlock, threads, [&](int64_t begin, int64_t end) {
    at::init_num_threads();
    const torch::NoGradGuard no_gradient;
    const torch::Tensor index = row_indices({rows.begin() + begin, rows.begin() + end});
    const TokenTensors::Inputs inputs = data.rows(index);
    const torch::Tensor said =
        graph.run({inputs.tokens, inputs.valid})[0].to(torch::kFloat64).reshape({-1}).contiguous();
    std::copy_n(said.data_ptr<double>(), said.numel(), outputs.begin() + begin * size);
  });
  return outputs;
}

}  // namespace trigstone
