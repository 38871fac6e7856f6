#include "lower/constant_data.h"

#include "base/error.h"
#include "interpret/interpret_graph.h"

namespace trigstone {

const Tensor& ConstantData::of(ValueId id) {
  const Node& node = graph_.node(id);
  if (node.data != nullptr) return *node.data;
  const auto known = known_.find(id);
  if (known != known_.end()) return known->second;
  return known_[id] = evaluate_constant(graph_, id);
}

int64_t ConstantData::mantissa(ValueId id, int64_t index) {
  const Tensor& data = of(id);
  if (!data.is_fixed()) throw Error(where_of(graph_.node(id)), "is a real number", "quantise it");
  return data.mantissas[static_cast<size_t>(index)];
}

int ConstantData::fraction_bits(ValueId id) {
  const Tensor& data = of(id);
  if (!data.is_fixed()) throw Error(where_of(graph_.node(id)), "is a real number", "quantise it");
  return data.format->fraction_bits();
}

}  // namespace trigstone
