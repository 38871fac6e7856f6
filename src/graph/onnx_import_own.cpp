// Inputs, and what onnx_writer.cpp leaves in a file besides ONNX: notes at inputs and constants
// (place, name, format) and nodes of the domain `trigstone`.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/json.h"
#include "graph/onnx_import.h"

namespace trigstone::detail {

void OnnxImport::read_input(const onnx::ValueInfoProto& proto) {
  const std::string at = fmt::format("{}:input '{}'", file_, proto.name());
  if (proto.name().empty())
    throw Error(file_, "an input has no name", "name every input of the model");
  if (!proto.type().has_tensor_type() || !proto.type().tensor_type().has_shape()) {
    throw Error(at, "states no shape", "run onnx.shape_inference or export with fixed sizes");
  }
  OnnxValue value;
  value.name = proto.name();
  value.varies = true;
  const auto& dims = proto.type().tensor_type().shape().dim();
  for (int i = 0; i < dims.size(); ++i) {
    const bool fixed = dims[i].has_dim_value() && dims[i].dim_value() > 0;
    if (!fixed && i > 0) {
      throw Error(at, fmt::format("the extent of axis {} is not known", i),
                  "only the event axis, the first, may be open: export with fixed sizes");
    }
    value.shape.push_back(fixed ? dims[i].dim_value() : 1);
  }
  checked_count(value.shape, at);
  value.batched = !value.shape.empty() && value.shape[0] == 1;
  event_axis_ |= value.batched;
  if (values_.contains(value.name))
    throw Error(at, "is defined twice", "give each value a name of its own");
  values_[value.name] = value;
  Source& source = sources_[value.name];
  source.graph_name = value.name;
  source.attributes["shape"] =
      Shape(value.shape.begin() + (value.batched ? 1 : 0), value.shape.end());
  if (own_ && proto.has_doc_string()) {
    note_source(value.name, proto.doc_string());
  } else {
    values_[value.name].id = add_source(value.name);
  }
}

void OnnxImport::read_inputs() {
  for (const auto& proto : proto_.input()) {
    const auto initial = values_.find(proto.name());  // older files list initializers as inputs
    if (initial == values_.end() || initial->second.varies) read_input(proto);
  }
  if (!event_axis_ && !own_ && !sources_.empty()) graph_.metadata["event_axis"] = "none";
}

void OnnxImport::note_source(const std::string& name, const std::string& note) {
  Source& source = sources_[name];
  OnnxValue& value = values_[name];
  try {
    const Json json = Json::parse(note);
    source.graph_name = json.at("name").get<std::string>();
    places_.emplace(json.at("index").get<int64_t>(), name);
    if (json.contains("format")) {
      source.format = parse_format(json["format"].get<std::string>(), file_);
    }
    source.is_param = json.value("param", false);
    source.is_trainable = json.value("trainable", false);
    if (json.contains("token_axis"))
      source.attributes["token_axis"] = json["token_axis"].get<int64_t>();
    if (json.contains("role")) source.attributes["role"] = json["role"].get<std::string>();
  } catch (const Json::exception& problem) {
    throw Error(fmt::format("{}:tensor '{}'", file_, name),
                fmt::format("its note cannot be read: {}", problem.what()),
                "write the file again, or delete its doc_string");
  }
  source.known = value.known;  // the numbers now belong to a node of the graph
  value.known = nullptr;
}

Tensor OnnxImport::noted_tensor(const std::string& name) const {
  const Source& source = sources_.at(name);
  Tensor data{source.known->shape, source.format, {}, {}};
  if (!source.format) {
    data.reals = source.known->values;
    return data;
  }
  for (const double x : source.known->values) {
    const double mantissa = std::ldexp(x, source.format->fraction_bits());
    if (!(mantissa >= -0x1p63 && mantissa < 0x1p63) || mantissa != std::floor(mantissa)) {
      throw Error(fmt::format("{}:tensor '{}'", file_, name),
                  fmt::format("{} is not a number of {}", x, to_string(*source.format)),
                  "write the file again with trigstone");
    }
    data.mantissas.push_back(static_cast<int64_t>(mantissa));
  }
  return data;
}

ValueId OnnxImport::add_source(const std::string& name) {
  const auto found = sources_.find(name);
  if (found == sources_.end()) {
    throw Error(file_, fmt::format("value '{}' is only a part of a linear", name),
                "write the file again with trigstone");
  }
  Source& source = found->second;
  OnnxValue& value = values_.at(name);
  if (value.id >= 0) return value.id;
  if (source.known == nullptr) {
    Attributes attributes = source.attributes;
    if (source.format) attributes["format"] = FormatMap(*source.format);
    value.id = graph_.add(Op::kInput, {}, std::move(attributes), source.graph_name);
  } else {
    value.id = graph_.add_data(source.is_param ? Op::kParam : Op::kConstant,
                               std::make_shared<const Tensor>(noted_tensor(name)),
                               source.graph_name, source.is_trainable);
  }
  return value.id;
}

void OnnxImport::add_noted_sources(bool all) {
  while (!places_.empty() && (all || places_.begin()->first <= graph_.size())) {
    const std::string name = places_.begin()->second;
    places_.erase(places_.begin());
    add_source(name);
  }
}

Attribute OnnxImport::own_attribute(const Proto& node, const onnx::AttributeProto& entry) const {
  using Kind = onnx::AttributeProto;
  // Lists of mantissas may hold any integer; sizes and positions beyond 2^40 are damage.
  static const std::set<std::string> kMantissas = {"entries", "base", "threshold", "leaf"};
  const auto sane = [&](int64_t x) {
    require(node, kMantissas.contains(entry.name()) || std::abs(x / 2) < (int64_t{1} << 39),
            fmt::format("attribute '{}' is out of range", entry.name()));
    return x;
  };
  if (entry.type() == Kind::INT) return sane(entry.i());
  if (entry.type() == Kind::FLOAT) return static_cast<double>(entry.f());
  if (entry.type() == Kind::STRING) return entry.s();
  if (entry.type() == Kind::INTS) {
    std::vector<int64_t> list;
    for (const int64_t x : entry.ints()) list.push_back(sane(x));
    return list;
  }
  require(node, entry.type() == Kind::TENSOR,
          fmt::format("attribute '{}' is of a kind that is not used here", entry.name()));
  const onnx::TensorProto& tensor = entry.t();
  if (tensor.data_type() != onnx::TensorProto::STRING) {
    const KnownPtr number = known_tensor(tensor, where(node));
    require(node, number->values.size() == 1,
            fmt::format("attribute '{}' is not one number", entry.name()));
    return number->values[0];
  }
  FormatMap map;
  map.shape.assign(tensor.dims().begin(), tensor.dims().end());
  require(node, checked_count(map.shape, where(node)) == tensor.string_data_size(),
          fmt::format("attribute '{}' does not fill its shape", entry.name()));
  for (const std::string& text : tensor.string_data()) {
    map.formats.push_back(parse_format(text, where(node)));
  }
  return map;
}

Attributes OnnxImport::own_attributes(const Proto& node) const {
  Attributes attributes;
  for (const auto& entry : node.attribute()) {
    attributes[entry.name()] = own_attribute(node, entry);
  }
  return attributes;
}

// constant and param whose numbers float32 does not hold.
void OnnxImport::own_data(const Proto& node, Op op) {
  const Known& numbers = known(node, 0);
  Tensor data{numbers.shape, std::nullopt, {}, {}};
  if (attribute(node, "format") != nullptr) {
    require(node, numbers.is_integer, "its mantissas are not integer");
    data.format = parse_format(text_of(node, "format", ""), where(node));
    data.mantissas = numbers.integers;
  } else {
    data.reals = numbers.values;
  }
  OnnxValue value;
  value.shape = numbers.shape;
  value.id = graph_.add_data(op, std::make_shared<const Tensor>(std::move(data)), name_of(node),
                             int_of(node, "trainable", 0) != 0);
  define(node, value);
}

void OnnxImport::op_own(const Proto& node) {
  const auto op = op_named(node.op_type());
  require(node, op.has_value() && op != Op::kInput,
          fmt::format("operation 'trigstone.{}' does not exist", node.op_type()),
          "the file may come from a newer version");
  if (op == Op::kConstant || op == Op::kParam) return own_data(node, *op);
  std::vector<ValueId> operands;
  OnnxValue like;
  for (int i = 0; i < node.input_size(); ++i) {
    OnnxValue& x = input(node, i);
    operands.push_back(id_of(x));
    like.varies |= x.varies;
  }
  like.batched = like.varies && event_axis_;
  define_like(node, like, add(node, *op, std::move(operands), own_attributes(node)));
}

}  // namespace trigstone::detail
