#include "graph/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "graph/infer.h"

namespace trigstone {

namespace {

constexpr std::array kTraits = {
#define OP(name, text, fewest, most, kind, doc) OpTraits{text, fewest, most, OpClass::k##kind, doc},
#include "graph/ops.def"
#undef OP
};

template <class T>
const T& attribute(const Node& node, const std::string& key, const char* kind) {
  const auto found = node.attributes.find(key);
  if (found == node.attributes.end()) {
    throw Error(where_of(node), fmt::format("attribute '{}' is missing", key),
                fmt::format("add {} = {}", key, kind));
  }
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) {
    throw Error(where_of(node), fmt::format("attribute '{}' is not {}", key, kind),
                "docs/ops.md says what this operation takes");
  }
  return *value;
}

int64_t normalised_axis(const Graph& graph, const Node& node, int64_t axis) {
  const auto rank = static_cast<int64_t>(graph.shape(node.operands.at(0)).size());
  if (axis < -rank || axis >= rank) {
    throw Error(where_of(node),
                fmt::format("axis {} does not exist in shape {}", axis,
                            to_string(graph.shape(node.operands[0]))),
                "axes count from 0; docs/ops.md says what this operation takes");
  }
  return axis < 0 ? axis + rank : axis;
}

}  // namespace

const OpTraits& traits_of(Op op) { return kTraits[static_cast<size_t>(op)]; }

std::optional<Op> op_named(std::string_view text) {
  for (const Op op : all_ops()) {
    if (traits_of(op).text == text) return op;
  }
  return std::nullopt;
}

const std::vector<Op>& all_ops() {
  static const std::vector<Op> ops = [] {
    std::vector<Op> list;
    for (size_t i = 0; i < kTraits.size(); ++i) list.push_back(static_cast<Op>(i));
    return list;
  }();
  return ops;
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count)) {
      throw Error("shape " + to_string(shape), "has no valid number of elements",
                  "give positive extents, fewer than 2^31 elements in all");
    }
  }
  return count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

Format carrier_of(const FormatMap& map, const std::string& where) {
  ensure(!map.formats.empty(), "a format map without formats");
  Format carrier = map.formats.front();
  for (const Format& format : map.formats) carrier = covering(carrier, format, where);
  carrier.rounding = map.formats.front().rounding;
  carrier.overflow = map.formats.front().overflow;
  return carrier;
}

std::vector<ValueId> Graph::inputs() const {
  std::vector<ValueId> ids;
  for (ValueId id = 0; id < size(); ++id) {
    if (node(id).op == Op::kInput) ids.push_back(id);
  }
  return ids;
}

ValueId Graph::add(Op op, std::vector<ValueId> operands, Attributes attributes, std::string name) {
  Node node;
  node.op = op;
  node.operands = std::move(operands);
  node.attributes = std::move(attributes);
  if (name.empty()) name = traits_of(op).text;
  const int uses = used_names_[name]++;
  node.name = uses == 0 ? name : fmt::format("{}_{}", name, uses);
  if (uses > 0) {
    while (used_names_.contains(node.name)) node.name += "_";
    ++used_names_[node.name];
  }
  for (const ValueId operand : node.operands) {
    if (operand < 0 || operand >= size()) {
      throw Error(where_of(node), fmt::format("operand %{} is not defined before it", operand),
                  "list operations in the order of their use");
    }
  }
  node.type = infer_type(*this, node);
  nodes_.push_back(std::move(node));
  return size() - 1;
}

ValueId Graph::add_data(Op op, TensorPtr data, std::string name, bool trainable) {
  ensure(op == Op::kConstant || op == Op::kParam, "add_data: not a constant or param");
  Attributes attributes;
  if (op == Op::kParam) attributes["trainable"] = int64_t{trainable};
  Node node;  // infer_type reads the data, so it is checked before the node enters the list
  node.op = op;
  node.name = name.empty() ? std::string(traits_of(op).text) : std::move(name);
  node.data = std::move(data);
  node.attributes = attributes;
  const Type type = infer_type(*this, node);
  const int uses = used_names_[node.name]++;
  if (uses > 0) {
    node.name = fmt::format("{}_{}", node.name, uses);
    while (used_names_.contains(node.name)) node.name += "_";
    ++used_names_[node.name];
  }
  node.type = type;
  nodes_.push_back(std::move(node));
  return size() - 1;
}

void Graph::add_output(std::string output_name, ValueId value) {
  if (value < 0 || value >= size()) {
    throw Error(fmt::format("graph:output '{}'", output_name),
                fmt::format("value %{} does not exist", value),
                "name a value that an operation defines");
  }
  outputs_.push_back({std::move(output_name), value});
}

void Graph::set_data(ValueId id, TensorPtr data) {
  Node& node = nodes_.at(static_cast<size_t>(id));
  ensure(node.data != nullptr && data->shape == node.data->shape, "set_data: another shape");
  node.data = std::move(data);
}

void Graph::reinfer() {
  for (Node& node : nodes_) node.type = infer_type(*this, node);
}

std::string where_of(const Node& node) { return fmt::format("graph:node '{}'", node.name); }

int64_t int_attribute(const Node& node, const std::string& key) {
  return attribute<int64_t>(node, key, "an integer");
}
int64_t int_attribute(const Node& node, const std::string& key, int64_t fallback) {
  return node.attributes.contains(key) ? int_attribute(node, key) : fallback;
}
double real_attribute(const Node& node, const std::string& key) {
  const auto found = node.attributes.find(key);
  if (found != node.attributes.end() && std::holds_alternative<int64_t>(found->second)) {
    return static_cast<double>(std::get<int64_t>(found->second));
  }
  return attribute<double>(node, key, "a number");
}
double real_attribute(const Node& node, const std::string& key, double fallback) {
  return node.attributes.contains(key) ? real_attribute(node, key) : fallback;
}
const std::string& text_attribute(const Node& node, const std::string& key) {
  return attribute<std::string>(node, key, "a text");
}
std::string text_attribute(const Node& node, const std::string& key, const std::string& fallback) {
  return node.attributes.contains(key) ? text_attribute(node, key) : fallback;
}
const std::vector<int64_t>& ints_attribute(const Node& node, const std::string& key) {
  return attribute<std::vector<int64_t>>(node, key, "a list of integers");
}
const FormatMap& formats_attribute(const Node& node, const std::string& key) {
  return attribute<FormatMap>(node, key, "a number format");
}
const Format& format_attribute(const Node& node, const std::string& key) {
  const FormatMap& map = formats_attribute(node, key);
  if (!map.uniform()) {
    throw Error(where_of(node), fmt::format("attribute '{}' must be one format", key),
                "docs/ops.md says what this operation takes");
  }
  return map.formats.front();
}
int64_t axis_attribute(const Graph& graph, const Node& node, const std::string& key) {
  return normalised_axis(graph, node, int_attribute(node, key));
}

std::vector<int64_t> run_lengths(const Graph& graph, const Node& node) {
  if (!node.attributes.contains("runs")) return {};
  std::vector<int64_t> runs = ints_attribute(node, "runs");
  const auto axis = static_cast<size_t>(axis_attribute(graph, node));
  const int64_t extent = graph.shape(node.operands[0])[axis];
  if (runs.size() == 1 && runs[0] > 0) {
    runs.resize(static_cast<size_t>(extent / runs[0]), runs[0]);
  }
  return runs;
}

std::vector<int64_t> reduced_axes(const Graph& graph, const Node& node) {
  std::vector<int64_t> axes;
  for (const int64_t axis : ints_attribute(node, "axes")) {
    axes.push_back(normalised_axis(graph, node, axis));
  }
  std::sort(axes.begin(), axes.end());
  if (axes.empty() || std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    throw Error(where_of(node), "axes must name each axis once, at least one",
                "docs/ops.md says what this operation takes");
  }
  return axes;
}

Shape broadcast(const Shape& a, const Shape& b, const std::string& where) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {
    const int64_t from_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t from_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) {
      throw Error(where,
                  fmt::format("shapes {} and {} do not broadcast", to_string(a), to_string(b)),
                  "reshape one of them so that the axes agree or are 1");
    }
    result[result.size() - 1 - i] = from_a == 1 ? from_b : from_a;
  }
  return result;
}

std::vector<int64_t> broadcast_strides(const Shape& from, const Shape& to) {
  ensure(from.size() <= to.size(), "broadcast_strides: the source has more axes");
  std::vector<int64_t> strides(to.size(), 0);
  int64_t stride = 1;
  for (size_t i = 0; i < from.size(); ++i) {
    const int64_t extent = from[from.size() - 1 - i];
    ensure(extent == 1 || extent == to[to.size() - 1 - i], "broadcast_strides: shapes do not fit");
    strides[to.size() - 1 - i] = extent == 1 ? 0 : stride;
    stride *= extent;
  }
  return strides;
}

std::vector<bool> constant_values(const Graph& graph) {
  std::vector<bool> constant;
  for (const Node& node : graph.nodes()) {
    const bool source = node.op == Op::kConstant || node.op == Op::kParam;
    constant.push_back(
        source || (node.op != Op::kInput && std::all_of(node.operands.begin(), node.operands.end(),
                                                        [&](ValueId id) { return constant[id]; })));
  }
  return constant;
}

}  // namespace trigstone
