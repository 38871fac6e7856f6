#include "graph/onnx_writer.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/version.h"
#include "graph/onnx_import.h"
#include "graph/qonnx_formats.h"

namespace trigstone {

namespace {

using onnx::AttributeProto;
using onnx::NodeProto;
using onnx::TensorProto;

constexpr const char* kQonnxDomain = "qonnx.custom_op.general";

bool is_float32(double x) { return static_cast<double>(static_cast<float>(x)) == x; }

const std::map<std::string, std::string>& function_names() {
  static const std::map<std::string, std::string> names = {
      {"exp", "Exp"},         {"log", "Log"},   {"reciprocal", "Reciprocal"},
      {"sigmoid", "Sigmoid"}, {"sqrt", "Sqrt"}, {"softplus", "Softplus"},
      {"tanh", "Tanh"}};
  return names;
}

class OnnxWriter {
 public:
  explicit OnnxWriter(const Graph& graph) : graph_(graph), constant_(constant_values(graph)) {}
  onnx::ModelProto run();

 private:
  bool varies(ValueId id) const { return !constant_[static_cast<size_t>(id)]; }
  std::string fresh(const std::string& name);
  void choose_names();
  Shape onnx_shape(ValueId id) const;
  void state_type(onnx::ValueInfoProto& info, ValueId id);

  void write_input(ValueId id);
  void write_data(ValueId id);
  std::string add_floats(const std::string& name, const Shape& shape, const std::vector<double>& v);
  std::string add_integers(const std::string& name, const Shape& shape,
                           const std::vector<int64_t>& values);
  NodeProto& add_node(const std::string& type, const Node& node,
                      const std::vector<std::string>& inputs, const std::string& output);
  void set_ints(NodeProto& node, const std::string& key, const std::vector<int64_t>& values);
  void set_int(NodeProto& node, const std::string& key, int64_t value);
  void set_text(NodeProto& node, const std::string& key, const std::string& value);
  void set_attribute(NodeProto& node, const std::string& key, const Attribute& value);

  std::vector<std::string> operand_names(const Node& node) const;
  bool keeps_rank(const Node& node) const;
  bool write_standard(ValueId id);
  bool write_linear(ValueId id);
  bool write_elementwise(ValueId id, const char* type);
  bool write_quant(ValueId id);
  bool write_shape_op(ValueId id);
  bool write_softmax(ValueId id);
  bool write_batch_norm(ValueId id);
  bool write_function(ValueId id);
  void write_own(ValueId id);
  void write_outputs();

  const Graph& graph_;
  std::vector<bool> constant_;
  std::vector<std::string> names_;
  std::set<std::string> used_;
  onnx::ModelProto model_;
  onnx::GraphProto* proto_ = nullptr;
};

std::string OnnxWriter::fresh(const std::string& name) {
  std::string result = name;
  while (!used_.insert(result).second) result += "'";
  return result;
}

// Value names: an output's own where that is possible, else the node's.
void OnnxWriter::choose_names() {
  names_.resize(static_cast<size_t>(graph_.size()));
  for (const Output& output : graph_.outputs()) used_.insert(output.name);
  for (const Output& output : graph_.outputs()) {
    std::string& name = names_[static_cast<size_t>(output.value)];
    const bool source = traits_of(graph_.node(output.value).op).kind == OpClass::kSource;
    if (name.empty() && !source) name = output.name;
  }
  for (ValueId id = 0; id < graph_.size(); ++id) {
    std::string& name = names_[static_cast<size_t>(id)];
    if (name.empty()) name = fresh(graph_.node(id).name);
  }
}

Shape OnnxWriter::onnx_shape(ValueId id) const {
  Shape shape = graph_.shape(id);
  if (varies(id)) shape.insert(shape.begin(), 1);
  return shape;
}

void OnnxWriter::state_type(onnx::ValueInfoProto& info, ValueId id) {
  auto* type = info.mutable_type()->mutable_tensor_type();
  type->set_elem_type(TensorProto::FLOAT);
  type->mutable_shape();
  for (const int64_t extent : onnx_shape(id)) {
    type->mutable_shape()->add_dim()->set_dim_value(extent);
  }
}

void OnnxWriter::write_input(ValueId id) {
  const Node& node = graph_.node(id);
  onnx::ValueInfoProto* info = proto_->add_input();
  info->set_name(names_[static_cast<size_t>(id)]);
  state_type(*info, id);
  Json note = {{"index", id}, {"name", node.name}};
  if (node.attributes.contains("format")) note["format"] = to_string(format_attribute(node));
  if (node.attributes.contains("token_axis"))
    note["token_axis"] = int_attribute(node, "token_axis");
  if (node.attributes.contains("role")) note["role"] = text_attribute(node, "role");
  info->set_doc_string(note.dump(-1, ' ', true));
}

std::string OnnxWriter::add_floats(const std::string& name, const Shape& shape,
                                   const std::vector<double>& values) {
  TensorProto* tensor = proto_->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(TensorProto::FLOAT);
  for (const int64_t extent : shape) tensor->add_dims(extent);
  for (const double x : values) tensor->add_float_data(static_cast<float>(x));
  return name;
}

std::string OnnxWriter::add_integers(const std::string& name, const Shape& shape,
                                     const std::vector<int64_t>& values) {
  TensorProto* tensor = proto_->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(TensorProto::INT64);
  for (const int64_t extent : shape) tensor->add_dims(extent);
  for (const int64_t x : values) tensor->add_int64_data(x);
  return name;
}

void OnnxWriter::write_data(ValueId id) {
  const Node& node = graph_.node(id);
  const Tensor& data = *node.data;
  const std::string& name = names_[static_cast<size_t>(id)];
  std::vector<double> values = data.reals;
  bool fits = true;
  for (const int64_t m : data.mantissas) {
    const bool exact = std::abs(m / 2) < (int64_t{1} << 52);  // as a double
    fits &= exact && is_float32(data.format->to_real(m));
    values.push_back(data.format->to_real(m));
  }
  for (const double x : data.reals) fits &= is_float32(x);
  if (fits) {
    Json note = {{"index", id}, {"name", node.name}};
    if (data.format) note["format"] = to_string(*data.format);
    if (node.op == Op::kParam) {
      note["param"] = true;
      note["trainable"] = int_attribute(node, "trainable", 0) != 0;
    }
    add_floats(name, data.shape, values);
    proto_->mutable_initializer()->rbegin()->set_doc_string(note.dump(-1, ' ', true));
    return;
  }
  const std::string numbers = fresh(name + ".numbers");
  if (data.is_fixed()) {
    add_integers(numbers, data.shape, data.mantissas);
  } else {
    TensorProto* tensor = proto_->add_initializer();
    tensor->set_name(numbers);
    tensor->set_data_type(TensorProto::DOUBLE);
    for (const int64_t extent : data.shape) tensor->add_dims(extent);
    for (const double x : data.reals) tensor->add_double_data(x);
  }
  NodeProto& own = add_node(traits_of(node.op).text, node, {numbers}, name);
  own.set_domain("trigstone");
  if (data.is_fixed()) set_text(own, "format", to_string(*data.format));
  if (node.op == Op::kParam) set_int(own, "trainable", int_attribute(node, "trainable", 0));
}

NodeProto& OnnxWriter::add_node(const std::string& type, const Node& node,
                                const std::vector<std::string>& inputs, const std::string& output) {
  NodeProto* result = proto_->add_node();
  result->set_op_type(type);
  result->set_name(node.name);
  for (const std::string& name : inputs) result->add_input(name);
  result->add_output(output);
  return *result;
}

void OnnxWriter::set_int(NodeProto& node, const std::string& key, int64_t value) {
  set_attribute(node, key, value);
}
void OnnxWriter::set_ints(NodeProto& node, const std::string& key,
                          const std::vector<int64_t>& values) {
  set_attribute(node, key, values);
}
void OnnxWriter::set_text(NodeProto& node, const std::string& key, const std::string& value) {
  set_attribute(node, key, value);
}

void OnnxWriter::set_attribute(NodeProto& node, const std::string& key, const Attribute& value) {
  AttributeProto* entry = node.add_attribute();
  entry->set_name(key);
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    entry->set_type(AttributeProto::INT);
    entry->set_i(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {  // FLOAT is 32 bits only
    entry->set_type(AttributeProto::TENSOR);
    entry->mutable_t()->set_data_type(TensorProto::DOUBLE);
    entry->mutable_t()->add_double_data(*real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    entry->set_type(AttributeProto::STRING);
    entry->set_s(*text);
  } else if (const auto* list = std::get_if<std::vector<int64_t>>(&value)) {
    entry->set_type(AttributeProto::INTS);
    for (const int64_t x : *list) entry->add_ints(x);
  } else {
    const FormatMap& map = std::get<FormatMap>(value);
    entry->set_type(AttributeProto::TENSOR);
    entry->mutable_t()->set_data_type(TensorProto::STRING);
    for (const int64_t extent : map.shape) entry->mutable_t()->add_dims(extent);
    for (const Format& format : map.formats) entry->mutable_t()->add_string_data(to_string(format));
  }
}

std::vector<std::string> OnnxWriter::operand_names(const Node& node) const {
  std::vector<std::string> names;
  for (const ValueId id : node.operands) names.push_back(names_[static_cast<size_t>(id)]);
  return names;
}

// With the event axis in front, constants still broadcast to the inner axes only.
bool OnnxWriter::keeps_rank(const Node& node) const {
  size_t rank = 0;
  bool any = false;
  for (const ValueId id : node.operands) {
    if (varies(id)) {
      rank = std::max(rank, graph_.shape(id).size());
      any = true;
    }
  }
  return any && rank == node.type.shape.size();
}

bool OnnxWriter::write_linear(ValueId id) {
  const Node& node = graph_.node(id);
  bool constant_weights = varies(node.operands[0]) && node.attributes.empty();
  for (size_t i = 1; i < node.operands.size(); ++i) constant_weights &= !varies(node.operands[i]);
  if (!constant_weights) return false;
  const std::vector<std::string> names = operand_names(node);
  const std::string& output = names_[static_cast<size_t>(id)];
  if (names.size() == 2) {
    add_node("MatMul", node, names, output);
    return true;
  }
  const std::string product = fresh(output + ".product");
  NodeProto& matmul = add_node("MatMul", node, {names[0], names[1]}, product);
  matmul.set_name(fresh(node.name + ".product"));
  matmul.set_doc_string(detail::kLinearPart);
  add_node("Add", node, {product, names[2]}, output);
  return true;
}

bool OnnxWriter::write_elementwise(ValueId id, const char* type) {
  const Node& node = graph_.node(id);
  if (!keeps_rank(node) || !node.attributes.empty()) return false;
  add_node(type, node, operand_names(node), names_[static_cast<size_t>(id)]);
  return true;
}

bool OnnxWriter::write_quant(ValueId id) {
  const Node& node = graph_.node(id);
  const FormatMap& map = formats_attribute(node, "formats");
  if (!qonnx_expresses(map) || node.attributes.size() != 1) return false;
  std::vector<double> scales, widths;
  for (const Format& format : map.formats) {
    scales.push_back(format.step());
    widths.push_back(format.width_bits);
  }
  const Format& first = map.formats.front();
  const std::string scale = add_floats(fresh(node.name + ".scale"), map.shape, scales);
  const std::string zero = add_floats(fresh(node.name + ".zero"), {}, {0.0});
  const std::string width = add_floats(fresh(node.name + ".width"), map.shape, widths);
  NodeProto& quant = add_node("Quant", node, {operand_names(node)[0], scale, zero, width},
                              names_[static_cast<size_t>(id)]);
  quant.set_domain(kQonnxDomain);
  set_int(quant, "signed", first.is_signed ? 1 : 0);
  set_int(quant, "narrow", first.overflow == Overflow::kSAT_SYM ? 1 : 0);
  set_text(quant, "rounding_mode", *qonnx_rounding(first.rounding));
  return true;
}

// reshape and transpose.
bool OnnxWriter::write_shape_op(ValueId id) {
  const Node& node = graph_.node(id);
  if (node.attributes.size() != 1) return false;
  const std::string& output = names_[static_cast<size_t>(id)];
  if (node.op == Op::kReshape) {
    const Shape shape = onnx_shape(id);
    const std::string target =
        add_integers(fresh(node.name + ".shape"), {static_cast<int64_t>(shape.size())}, shape);
    add_node("Reshape", node, {operand_names(node)[0], target}, output);
    return true;
  }
  std::vector<int64_t> perm = ints_attribute(node, "perm");
  if (varies(id)) {
    for (int64_t& axis : perm) ++axis;
    perm.insert(perm.begin(), 0);
  }
  set_ints(add_node("Transpose", node, operand_names(node), output), "perm", perm);
  return true;
}

bool OnnxWriter::write_softmax(ValueId id) {
  const Node& node = graph_.node(id);
  const int64_t axis = int_attribute(node, "axis");
  if (!varies(id) || axis < 0 || node.operands.size() != 1 || node.attributes.size() != 1) {
    return false;
  }
  set_int(add_node("Softmax", node, operand_names(node), names_[static_cast<size_t>(id)]), "axis",
          axis + 1);
  return true;
}

bool OnnxWriter::write_batch_norm(ValueId id) {
  const Node& node = graph_.node(id);
  const double epsilon = real_attribute(node, "epsilon");
  const bool plain = varies(node.operands[0]) && node.operands.size() == 5 &&
                     node.attributes.size() == 2 && int_attribute(node, "axis") == 0 &&
                     std::holds_alternative<double>(node.attributes.at("epsilon")) &&
                     is_float32(epsilon);
  if (!plain) return false;
  NodeProto& norm =
      add_node("BatchNormalization", node, operand_names(node), names_[static_cast<size_t>(id)]);
  AttributeProto* entry = norm.add_attribute();
  entry->set_name("epsilon");
  entry->set_type(AttributeProto::FLOAT);
  entry->set_f(static_cast<float>(epsilon));
  return true;
}

bool OnnxWriter::write_function(ValueId id) {
  const Node& node = graph_.node(id);
  const auto name = function_names().find(text_attribute(node, "kind"));
  if (name == function_names().end() || node.attributes.size() != 1) return false;
  add_node(name->second, node, operand_names(node), names_[static_cast<size_t>(id)]);
  return true;
}

// True when ONNX or QONNX says exactly this node, so that the reader gives it back.
bool OnnxWriter::write_standard(ValueId id) {
  const Node& node = graph_.node(id);
  switch (node.op) {
    case Op::kInput:
      write_input(id);
      return true;
    case Op::kConstant:
    case Op::kParam:
      write_data(id);
      return true;
    case Op::kQuant:
      return write_quant(id);
    case Op::kLinear:
      return write_linear(id);
    case Op::kMul:
      return write_elementwise(id, "Mul");
    case Op::kAdd:
      return write_elementwise(id, "Add");
    case Op::kSub:
      return write_elementwise(id, "Sub");
    case Op::kRelu:
      return write_elementwise(id, "Relu");
    case Op::kReshape:
    case Op::kTranspose:
      return write_shape_op(id);
    case Op::kSoftmax:
      return write_softmax(id);
    case Op::kBatchNorm:
      return write_batch_norm(id);
    case Op::kFunction:
      return write_function(id);
    case Op::kThresholds:
    case Op::kTable:
    case Op::kConv:
    case Op::kMatMul:
    case Op::kClamp:
    case Op::kScale:
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReduceMean:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kTopK:
    case Op::kSort:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
    case Op::kTreeEnsemble:
    case Op::kLayerNorm:
      return false;
  }
  internal_error("unknown op");
}

void OnnxWriter::write_own(ValueId id) {
  const Node& node = graph_.node(id);
  NodeProto& own =
      add_node(traits_of(node.op).text, node, operand_names(node), names_[static_cast<size_t>(id)]);
  own.set_domain("trigstone");
  for (const auto& [key, value] : node.attributes) set_attribute(own, key, value);
}

void OnnxWriter::write_outputs() {
  for (const Output& output : graph_.outputs()) {
    const std::string& name = names_[static_cast<size_t>(output.value)];
    onnx::ValueInfoProto* info = proto_->add_output();
    info->set_name(output.name);
    state_type(*info, output.value);
    if (name == output.name) continue;
    NodeProto* identity = proto_->add_node();
    identity->set_op_type("Identity");
    identity->set_name(fresh(output.name + ".identity"));
    identity->add_input(name);
    identity->add_output(output.name);
  }
}

onnx::ModelProto OnnxWriter::run() {
  constexpr int kIrVersion = 8, kOpset = 13;
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("trigstone");
  model_.set_producer_version(kVersion);
  for (const auto& [domain, version] :
       {std::pair{"", kOpset}, std::pair{"trigstone", 1}, std::pair{kQonnxDomain, 1}}) {
    auto* entry = model_.add_opset_import();
    entry->set_domain(domain);
    entry->set_version(version);
  }
  const auto add_metadata = [&](const std::string& key, const std::string& value) {
    auto* entry = model_.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  };
  add_metadata("schema", "trigstone.model/1");
  for (const auto& [key, value] : graph_.metadata) add_metadata("metadata:" + key, value);
  proto_ = model_.mutable_graph();
  proto_->set_name(graph_.name);
  choose_names();
  for (ValueId id = 0; id < graph_.size(); ++id) {
    if (!write_standard(id)) write_own(id);
    if (traits_of(graph_.node(id).op).kind == OpClass::kSource) continue;
    onnx::ValueInfoProto* info = proto_->add_value_info();
    info->set_name(names_[static_cast<size_t>(id)]);
    state_type(*info, id);
  }
  write_outputs();
  return std::move(model_);
}

}  // namespace

std::string onnx_bytes(const Graph& graph) {
  std::string bytes;
  ensure(OnnxWriter(graph).run().SerializeToString(&bytes), "the model does not serialise");
  return bytes;
}

void write_onnx(const Graph& graph, const std::filesystem::path& path) {
  write_file(path, onnx_bytes(graph));
}

}  // namespace trigstone
