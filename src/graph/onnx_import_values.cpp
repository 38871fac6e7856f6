// What every operator of the reader uses: operands, attributes, constants, the event axis.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "graph/onnx_import.h"

namespace trigstone::detail {

std::string OnnxImport::where(const Proto& node) const {
  return fmt::format("{}:node '{}'", file_, name_of(node));
}

void OnnxImport::refuse(const Proto& node, const std::string& what, const std::string& hint) const {
  throw Error(where(node), what, hint);
}

std::string OnnxImport::name_of(const Proto& node, const std::string& suffix) const {
  if (!node.name().empty()) return node.name() + suffix;
  if (node.output_size() > 0 && !node.output(0).empty()) return node.output(0) + suffix;
  return node.op_type() + suffix;
}

const onnx::AttributeProto* OnnxImport::attribute(const Proto& node,
                                                  const std::string& name) const {
  for (const auto& entry : node.attribute()) {
    if (entry.name() == name) return &entry;
  }
  return nullptr;
}

int64_t OnnxImport::int_of(const Proto& node, const std::string& name, int64_t fallback) const {
  const auto* entry = attribute(node, name);
  if (entry == nullptr) return fallback;
  require(node, entry->type() == onnx::AttributeProto::INT,
          fmt::format("attribute '{}' is not an integer", name));
  return entry->i();
}

double OnnxImport::float_of(const Proto& node, const std::string& name, double fallback) const {
  const auto* entry = attribute(node, name);
  if (entry == nullptr) return fallback;
  require(node, entry->type() == onnx::AttributeProto::FLOAT && std::isfinite(entry->f()),
          fmt::format("attribute '{}' is not a number", name));
  return entry->f();
}

std::string OnnxImport::text_of(const Proto& node, const std::string& name,
                                const std::string& fallback) const {
  const auto* entry = attribute(node, name);
  if (entry == nullptr) return fallback;
  require(node, entry->type() == onnx::AttributeProto::STRING,
          fmt::format("attribute '{}' is not a text", name));
  return entry->s();
}

std::vector<int64_t> OnnxImport::ints_of(const Proto& node, const std::string& name,
                                         std::vector<int64_t> fallback) const {
  const auto* entry = attribute(node, name);
  if (entry == nullptr) return fallback;
  require(node, entry->type() == onnx::AttributeProto::INTS,
          fmt::format("attribute '{}' is not a list of integers", name));
  return {entry->ints().begin(), entry->ints().end()};
}

bool OnnxImport::has_input(const Proto& node, int i) const {
  return i < node.input_size() && !node.input(i).empty();
}

OnnxValue& OnnxImport::input(const Proto& node, int i) {
  require(node, has_input(node, i), fmt::format("operand {} is missing", i));
  const auto found = values_.find(node.input(i));
  if (found == values_.end()) {
    refuse(node, fmt::format("operand '{}' is not computed by any node", node.input(i)),
           "the file is damaged or incomplete");
  }
  return found->second;
}

const Known& OnnxImport::known(const Proto& node, int i) {
  const OnnxValue& value = input(node, i);
  require(node, value.known != nullptr,
          fmt::format("operand {} ('{}') must be a constant", i, node.input(i)),
          "simplify the model before export (onnxsim, constant folding)");
  return *value.known;
}

std::vector<int64_t> OnnxImport::known_integers(const Proto& node, int i) {
  const Known& numbers = known(node, i);
  if (numbers.is_integer) return numbers.integers;
  std::vector<int64_t> integers;
  for (const double x : numbers.values) {
    require(node, x == std::floor(x), fmt::format("operand {} must hold integers", i));
    integers.push_back(clamped_integer(x));
  }
  return integers;
}

double OnnxImport::known_scalar(const Proto& node, int i) {
  const Known& numbers = known(node, i);
  require(node, numbers.values.size() == 1, fmt::format("operand {} must be one number", i));
  return numbers.values[0];
}

std::vector<int64_t> OnnxImport::ints_or_input(const Proto& node, const std::string& name, int i) {
  return has_input(node, i) ? known_integers(node, i) : ints_of(node, name);
}

namespace {

// A format of at most 16 bits that holds all numbers exactly, if there is one.
std::optional<Format> exact_format(const std::vector<double>& values) {
  int fraction_bits = 0;
  double low = 0, high = 0;
  for (const double x : values) {
    if (!std::isfinite(x)) return std::nullopt;
    int exponent = 0;
    double mantissa = std::frexp(x, &exponent);
    if (x != 0) {
      int bits = 0;  // significant bits of x
      while (mantissa != std::floor(mantissa) && bits <= 16) mantissa *= 2, ++bits;
      if (bits > 16) return std::nullopt;
      fraction_bits = std::max(fraction_bits, bits - exponent);
    }
    low = std::min(low, x);
    high = std::max(high, x);
  }
  const double span = std::ldexp(std::max(high, -low), fraction_bits);
  if (fraction_bits > 300 || span > 0x1p40) return std::nullopt;
  const Interval range{static_cast<Int128>(std::ldexp(low, fraction_bits)),
                       static_cast<Int128>(std::ldexp(high, fraction_bits))};
  const Format format = covering(range, fraction_bits, "constant");
  return format.width_bits <= 16 ? std::optional(format) : std::nullopt;
}

}  // namespace

ValueId OnnxImport::constant(const Known& numbers, const std::string& name) {
  Tensor data;
  data.shape = numbers.shape;
  if (const auto format = exact_format(numbers.values)) {
    data.format = format;
    for (const double x : numbers.values) {
      data.mantissas.push_back(static_cast<int64_t>(std::ldexp(x, format->fraction_bits())));
    }
  } else {
    data.reals = numbers.values;
  }
  return graph_.add_data(Op::kConstant, std::make_shared<const Tensor>(std::move(data)), name);
}

ValueId OnnxImport::id_of(OnnxValue& value) {
  if (value.id < 0) {
    value.id = value.known ? constant(*value.known, value.name) : add_source(value.name);
  }
  return value.id;
}

// The numbers of a weight, as a parameter that training may change.
ValueId OnnxImport::trainable(OnnxValue& value, bool is_trainable) {
  if (value.known == nullptr || value.id >= 0) return id_of(value);
  if (value.param_id < 0) {
    Tensor data{value.shape, std::nullopt, {}, value.known->values};
    value.param_id = graph_.add_data(Op::kParam, std::make_shared<const Tensor>(std::move(data)),
                                     value.name, is_trainable);
  }
  return value.param_id;
}

ValueId OnnxImport::reshaped(ValueId id, const Shape& shape, const std::string& name) {
  if (graph_.shape(id) == shape) return id;
  return graph_.add(Op::kReshape, {id}, {{"shape", shape}}, name);
}

ValueId OnnxImport::full(OnnxValue& value) {
  return reshaped(id_of(value), value.shape, value.name + ".full");
}

ValueId OnnxImport::add(const Proto& node, Op op, std::vector<ValueId> operands,
                        Attributes attributes) {
  return graph_.add(op, std::move(operands), std::move(attributes), name_of(node));
}

ValueId OnnxImport::add_part(const Proto& node, const std::string& suffix, Op op,
                             std::vector<ValueId> operands, Attributes attributes) {
  return graph_.add(op, std::move(operands), std::move(attributes), name_of(node, suffix));
}

int64_t OnnxImport::onnx_axis(const Proto& node, int64_t axis, size_t rank) const {
  const auto axes = static_cast<int64_t>(rank);
  require(node, axis >= -axes && axis < axes,
          fmt::format("axis {} does not exist in {} axes", axis, axes));
  return axis < 0 ? axis + axes : axis;
}

void OnnxImport::define(const Proto& node, const OnnxValue& value, int output) {
  if (output >= node.output_size() || node.output(output).empty()) return;
  const std::string& name = node.output(output);
  checked_count(value.shape, where(node));
  require(node, !values_.contains(name), fmt::format("value '{}' is defined twice", name));
  OnnxValue& stored = values_[name];
  stored = value;
  stored.name = name;
}

void OnnxImport::define_like(const Proto& node, const OnnxValue& from, ValueId id) {
  OnnxValue value;
  value.id = id;
  value.varies = from.varies;
  value.batched = from.batched;
  value.shape = graph_.shape(id);
  if (from.batched) value.shape.insert(value.shape.begin(), 1);
  define(node, value);
}

void OnnxImport::define_known(const Proto& node, Known known, int output) {
  OnnxValue value;
  value.shape = known.shape;
  value.known = std::make_shared<const Known>(std::move(known));
  define(node, value, output);
}

void OnnxImport::alias(const Proto& node, int from) {
  const OnnxValue value = input(node, from);
  define(node, value);
}

OnnxImport::AxisView OnnxImport::along(const Proto& node, OnnxValue& x, int64_t axis) {
  axis = onnx_axis(node, axis, x.shape.size());
  if (!x.batched) return {id_of(x), axis, false};
  if (axis > 0) return {id_of(x), axis - 1, true};
  return {full(x), 0, false};
}

void OnnxImport::define_view(const Proto& node, const OnnxValue& x, const AxisView& view,
                             ValueId id, int output) {
  OnnxValue value;
  value.id = id;
  value.varies = x.varies;
  value.batched = view.batched;
  value.shape = graph_.shape(id);
  if (view.batched) value.shape.insert(value.shape.begin(), 1);
  define(node, value, output);
}

OnnxImport::Broadcast OnnxImport::broadcast_inputs(const Proto& node,
                                                   const std::vector<OnnxValue*>& values) {
  Shape shape;
  Broadcast result{{}, false, false};
  for (OnnxValue* value : values) {
    shape = broadcast(shape, value->shape, where(node));
    result.batched |= value->batched;
    result.varies |= value->varies;
  }
  result.batched = result.batched && !shape.empty() && shape.front() == 1;
  for (OnnxValue* value : values) {
    if (!result.batched) {
      result.ids.push_back(full(*value));
    } else if (value->batched || value->shape.size() < shape.size()) {
      result.ids.push_back(id_of(*value));
    } else if (value->known != nullptr && value->id < 0) {  // a known leading 1 goes without a node
      Known inner = *value->known;
      inner.shape.erase(inner.shape.begin());
      result.ids.push_back(constant(inner, value->name));
    } else {
      const Shape inner(value->shape.begin() + 1, value->shape.end());
      result.ids.push_back(reshaped(id_of(*value), inner, value->name + ".inner"));
    }
  }
  return result;
}

void OnnxImport::define_broadcast(const Proto& node, const Broadcast& operands, ValueId id) {
  define_view(node, OnnxValue{"", {}, nullptr, id, -1, operands.varies, operands.batched},
              {id, 0, operands.batched}, id);
}

}  // namespace trigstone::detail
