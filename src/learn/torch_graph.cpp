#include "learn/torch_graph.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace trigstone {

namespace {

// Running statistics follow the batches with this weight.
constexpr double kMomentum = 0.1;

torch::Tensor numbers_of(const Tensor& data, torch::ScalarType type) {
  std::vector<double> values = data.reals;
  for (const int64_t m : data.mantissas) values.push_back(data.format->to_real(m));
  return torch::tensor(values, torch::kFloat64).reshape(data.shape).to(type);
}

}  // namespace

TorchGraph::TorchGraph(Graph graph, Precision precision)
    : graph_(std::move(graph)), precision_(precision), constant_(constant_values(graph_)) {
  at::globalContext().setAllowTF32CuBLAS(false);
  const bool exact = precision == Precision::kExact;
  const auto count = static_cast<size_t>(graph_.size());
  parameter_of_.assign(count, -1);
  last_reader_.assign(count, -1);
  fixed_values_.resize(count);
  std::vector<bool> trained(count, false);  // depends on a param that training moves
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    const auto at = static_cast<size_t>(id);
    nodes_.push_back(prepare_node(graph_, id, exact));
    for (const ValueId operand : node.operands) {
      last_reader_[static_cast<size_t>(operand)] = id;
      trained[at] = trained[at] || trained[static_cast<size_t>(operand)];
    }
    if (node.op == Op::kParam && !exact) {
      trained[at] = true;
      parameter_of_[at] = static_cast<int64_t>(parameters_.size());
      torch::Tensor numbers = numbers_of(*node.data, torch::kFloat32);
      numbers.set_requires_grad(int_attribute(node, "trainable", 0) != 0);
      parameters_.emplace_back(node.name, numbers);
    } else if (constant_[at] && !trained[at]) {
      const torch::NoGradGuard no_gradient;
      fixed_values_[at] = node.data != nullptr
                              ? TorchValue{numbers_of(*node.data, nodes_[at].type), false}
                              : evaluate(id, fixed_values_);
    }
  }
  for (const Output& output : graph_.outputs()) {
    last_reader_[static_cast<size_t>(output.value)] = graph_.size();
  }
}

TorchValue TorchGraph::source(ValueId id) const {
  const auto at = static_cast<size_t>(id);
  if (fixed_values_[at].tensor.defined()) return fixed_values_[at];
  return {parameters_[static_cast<size_t>(parameter_of_[at])].second, false};
}

TorchValue TorchGraph::evaluate(ValueId id, const std::vector<TorchValue>& values) const {
  std::vector<TorchValue> operands;
  for (const ValueId operand : graph_.node(id).operands) {
    operands.push_back(values[static_cast<size_t>(operand)]);
  }
  if (graph_.node(id).op == Op::kBatchNorm && batch_statistics_) {
    return normalise_batch(graph_, id, std::move(operands), kMomentum);
  }
  return evaluate_node(graph_, id, nodes_[static_cast<size_t>(id)], std::move(operands));
}

std::vector<torch::Tensor> TorchGraph::run(const std::vector<torch::Tensor>& inputs,
                                           const Visitor& visit) const {
  const std::vector<ValueId> ids = graph_.inputs();
  ensure(inputs.size() == ids.size(), "TorchGraph::run: another number of inputs");
  int64_t events = inputs.empty() ? 1 : inputs[0].size(0);
  std::vector<TorchValue> values(static_cast<size_t>(graph_.size()));
  size_t next_input = 0;
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const auto at = static_cast<size_t>(id);
    const Node& node = graph_.node(id);
    if (node.op == Op::kInput) {
      values[at] = {inputs[next_input++].to(nodes_[at].type), true};
    } else if (fixed_values_[at].tensor.defined() || node.op == Op::kParam) {
      values[at] = source(id);
    } else {
      values[at] = evaluate(id, values);
    }
    if (visit && !constant_[at]) visit(id, values[at].tensor);
    for (const ValueId operand : node.operands) {
      const auto read = static_cast<size_t>(operand);
      if (last_reader_[read] == id) values[read].tensor.reset();
    }
  }
  std::vector<torch::Tensor> outputs;
  for (const Output& output : graph_.outputs()) {
    const TorchValue& value = values[static_cast<size_t>(output.value)];
    if (value.has_events) {
      outputs.push_back(value.tensor);
    } else {
      Shape shape = value.tensor.sizes().vec();
      shape.insert(shape.begin(), events);
      outputs.push_back(value.tensor.unsqueeze(0).expand(shape));
    }
  }
  return outputs;
}

Graph TorchGraph::trained() const {
  Graph result = graph_;
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const int64_t index = parameter_of_[static_cast<size_t>(id)];
    if (index < 0 || graph_.type(id).is_fixed()) continue;
    const torch::Tensor numbers =
        parameters_[static_cast<size_t>(index)].second.detach().to(torch::kFloat64).contiguous();
    auto data = std::make_shared<Tensor>();
    data->shape = graph_.shape(id);
    data->reals.assign(numbers.data_ptr<double>(), numbers.data_ptr<double>() + numbers.numel());
    result.set_data(id, data);
  }
  return result;
}

}  // namespace trigstone
