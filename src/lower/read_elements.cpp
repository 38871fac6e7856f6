#include "lower/read_elements.h"

#include <algorithm>

#include "graph/elementwise.h"
#include "lower/elements.h"

namespace trigstone {

namespace {

bool any_of(const std::vector<bool>& flags) {
  return std::find(flags.begin(), flags.end(), true) != flags.end();
}

// Constant weights [inputs, outputs] of a linear without bias or with one: the inputs that have a
// weight other than 0 in some column that is read.
std::vector<bool> inputs_read(const Tensor& weights, const std::vector<bool>& columns) {
  const size_t outputs = columns.size(), inputs = weights.mantissas.size() / outputs;
  std::vector<bool> result(inputs, false);
  for (size_t i = 0; i < inputs; ++i) {
    for (size_t j = 0; j < outputs && !result[i]; ++j) {
      result[i] = columns[j] && weights.mantissas[i * outputs + j] != 0;
    }
  }
  return result;
}

}  // namespace

void ReadElements::read_all(ValueId id) {
  read(id).assign(static_cast<size_t>(element_count(graph_.shape(id))), true);
}

void ReadElements::read_by_elementwise(ValueId id) {
  const Node& node = graph_.node(id);
  for (const ValueId operand : node.operands) {
    const Shape& from = graph_.shape(operand);
    for (size_t i = 0; i < read(id).size(); ++i) {
      if (!read(id)[i]) continue;
      const int64_t at = broadcast_source(from, node.type.shape, static_cast<int64_t>(i));
      read(operand)[static_cast<size_t>(at)] = true;
    }
  }
}

void ReadElements::read_by_products(ValueId id, Strategy strategy) {
  const Node& node = graph_.node(id);
  const ValueId x = node.operands[0];
  const TensorPtr& weights = graph_.node(node.operands[1]).data;
  if (strategy == Strategy::kStream || weights == nullptr || !weights->is_fixed()) {
    return read_all(x);
  }
  const std::vector<bool> inputs = inputs_read(*weights, columns(id));
  const size_t outputs = static_cast<size_t>(node.type.shape.back());
  for (size_t i = 0; i < read(x).size(); ++i) {
    const size_t row = i / inputs.size() * outputs;
    const auto begin = read(id).begin() + static_cast<ptrdiff_t>(row);
    const bool row_is_read = std::find(begin, begin + static_cast<ptrdiff_t>(outputs), true) !=
                             begin + static_cast<ptrdiff_t>(outputs);
    if (row_is_read && inputs[i % inputs.size()]) read(x)[i] = true;
  }
}

// What the operands of a value that is read are read for.
void ReadElements::read_by(ValueId id, const Strategies& strategies) {
  const Node& node = graph_.node(id);
  for (const ValueId operand : node.operands) {
    read(operand).resize(static_cast<size_t>(element_count(graph_.shape(operand))), false);
  }
  if (is_view(node.op)) {
    for (size_t i = 0; i < read(id).size(); ++i) {
      if (!read(id)[i]) continue;
      const Element source = behind_view(graph_, node, static_cast<int64_t>(i));
      if (source.root >= 0) read(source.root)[static_cast<size_t>(source.index)] = true;
    }
  } else if (is_elementwise(node.op) && node.op != Op::kThresholds) {
    read_by_elementwise(id);
  } else if (node.op == Op::kThresholds) {
    for (size_t i = 0; i < read(id).size(); ++i) {
      if (read(id)[i]) read(node.operands[0])[i] = true;
    }
  } else if (node.op == Op::kLinear) {
    read_by_products(id, strategies.of(node));
  } else {
    for (const ValueId operand : node.operands) read_all(operand);
  }
}

ReadElements::ReadElements(const Graph& graph, const Strategies& strategies)
    : graph_(graph), read_(static_cast<size_t>(graph.size())) {
  for (const Output& output : graph.outputs()) read_all(output.value);
  for (ValueId id = graph.size() - 1; id >= 0; --id) {
    if (any(id)) read_by(id, strategies);
  }
}

bool ReadElements::any(ValueId id) const { return any_of(read_[static_cast<size_t>(id)]); }

std::vector<bool> ReadElements::of(ValueId id, Reading reading) const {
  const Shape& shape = graph_.shape(id);
  std::vector<bool> result(static_cast<size_t>(element_count(local_shape(shape, reading))), false);
  const TokenAxis tokens(shape, reading);
  const std::vector<bool>& whole = read_[static_cast<size_t>(id)];
  for (size_t i = 0; i < whole.size(); ++i) {
    const size_t local =
        reading.per_token() ? static_cast<size_t>(tokens.local(static_cast<int64_t>(i))) : i;
    if (whole[i]) result[local] = true;
  }
  return result;
}

std::vector<bool> ReadElements::columns(ValueId id) const {
  const std::vector<bool>& whole = read_[static_cast<size_t>(id)];
  const Shape& shape = graph_.shape(id);
  std::vector<bool> result(shape.empty() ? 1 : static_cast<size_t>(shape.back()), false);
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i]) result[i % result.size()] = true;
  }
  return result;
}

}  // namespace trigstone
