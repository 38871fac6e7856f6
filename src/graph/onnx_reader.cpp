#include "graph/onnx_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "base/files.h"
#include "base/json.h"
#include "graph/onnx_import.h"
#include "graph/passes.h"

namespace trigstone {

namespace detail {

const std::map<std::string, OnnxImport::Handler, std::less<>>& OnnxImport::standard_operators() {
  using I = OnnxImport;
  static const std::map<std::string, Handler, std::less<>> table = {
      {"Abs", &I::op_abs},
      {"Add", &I::op_add},
      {"And", &I::op_logic},
      {"ArgMax", &I::op_arg},
      {"ArgMin", &I::op_arg},
      {"AveragePool", &I::op_pool},
      {"BatchNormalization", &I::op_batch_normalization},
      {"Cast", &I::op_cast},
      {"Clip", &I::op_clip},
      {"Concat", &I::op_concat},
      {"Constant", &I::op_constant},
      {"Conv", &I::op_conv},
      {"DequantizeLinear", &I::op_dequantize_linear},
      {"Div", &I::op_div},
      {"Dropout", &I::op_identity},
      {"Equal", &I::op_compare},
      {"Erf", &I::op_erf},
      {"Exp", &I::op_function},
      {"Expand", &I::op_expand},
      {"Flatten", &I::op_flatten},
      {"Gather", &I::op_gather},
      {"Gelu", &I::op_function},
      {"Gemm", &I::op_gemm},
      {"GlobalAveragePool", &I::op_global_pool},
      {"GlobalMaxPool", &I::op_global_pool},
      {"Greater", &I::op_compare},
      {"GreaterOrEqual", &I::op_compare},
      {"Identity", &I::op_identity},
      {"LayerNormalization", &I::op_layer_normalization},
      {"LeakyRelu", &I::op_leaky_relu},
      {"Less", &I::op_compare},
      {"LessOrEqual", &I::op_compare},
      {"Log", &I::op_function},
      {"MatMul", &I::op_matmul},
      {"Max", &I::op_extreme},
      {"MaxPool", &I::op_pool},
      {"Min", &I::op_extreme},
      {"Mul", &I::op_mul},
      {"Neg", &I::op_neg},
      {"Not", &I::op_logic},
      {"Or", &I::op_logic},
      {"Pad", &I::op_pad},
      {"Pow", &I::op_pow},
      {"QuantizeLinear", &I::op_quantize_linear},
      {"Reciprocal", &I::op_function},
      {"ReduceMax", &I::op_reduce},
      {"ReduceMean", &I::op_reduce},
      {"ReduceMin", &I::op_reduce},
      {"ReduceSum", &I::op_reduce},
      {"Relu", &I::op_relu},
      {"Reshape", &I::op_reshape},
      {"Shape", &I::op_shape},
      {"Sigmoid", &I::op_function},
      {"Slice", &I::op_slice},
      {"Softmax", &I::op_softmax},
      {"Softplus", &I::op_function},
      {"Split", &I::op_split},
      {"Sqrt", &I::op_function},
      {"Squeeze", &I::op_squeeze},
      {"Sub", &I::op_sub},
      {"Sum", &I::op_sum},
      {"Tanh", &I::op_function},
      {"TopK", &I::op_topk},
      {"Transpose", &I::op_transpose},
      {"Unsqueeze", &I::op_unsqueeze},
      {"Where", &I::op_where},
  };
  return table;
}

const std::map<std::string, OnnxImport::Handler, std::less<>>& OnnxImport::quant_operators() {
  using I = OnnxImport;
  static const std::map<std::string, Handler, std::less<>> table = {
      {"BipolarQuant", &I::op_bipolar_quant},
      {"IntQuant", &I::op_quant},
      {"Quant", &I::op_quant},
      {"Trunc", &I::op_trunc},
  };
  return table;
}

OnnxImport::OnnxImport(const onnx::ModelProto& model, std::string where)
    : model_(model), proto_(model.graph()), file_(std::move(where)) {
  graph_.name = proto_.name();
  constexpr std::string_view kMetadata = "metadata:";
  for (const auto& entry : model.metadata_props()) {
    if (entry.key() == "schema") {
      check_schema_text(entry.value(), "trigstone.model", 1, file_);
      own_ = true;
    }
  }
  if (!own_) return;
  for (const auto& entry : model.metadata_props()) {
    if (entry.key().starts_with(kMetadata)) {
      graph_.metadata[entry.key().substr(kMetadata.size())] = entry.value();
    }
  }
}

void OnnxImport::check_model() const {
  constexpr int kNewestIr = 12;
  if (!model_.has_graph() || model_.ir_version() < 3) {
    throw Error(file_, "is not an ONNX model of format 3 or later", "save it from ONNX again");
  }
  if (model_.ir_version() > kNewestIr) {
    throw Error(file_,
                fmt::format("is of ONNX format {}, newer than {}", model_.ir_version(), kNewestIr),
                "export it with an older IR version");
  }
  if (proto_.sparse_initializer_size() > 0) {
    throw Error(file_, "stores sparse tensors", "store them dense");
  }
  if (proto_.node_size() == 0 && proto_.input_size() == 0)
    throw Error(file_, "holds no operation", "export a model with at least one");
  if (proto_.output_size() == 0) throw Error(file_, "has no output", "mark one value as output");
}

void OnnxImport::read_initializers() {
  for (const auto& tensor : proto_.initializer()) {
    if (tensor.name().empty())
      throw Error(file_, "an initializer has no name", "export the model again");
    if (values_.contains(tensor.name())) {
      throw Error(file_, fmt::format("tensor '{}' is defined twice", tensor.name()),
                  "give each tensor a name of its own");
    }
    OnnxValue value;
    value.name = tensor.name();
    value.known = known_tensor(tensor, fmt::format("{}:tensor '{}'", file_, tensor.name()));
    value.shape = value.known->shape;
    values_[tensor.name()] = value;
    if (own_ && tensor.has_doc_string()) note_source(tensor.name(), tensor.doc_string());
  }
}

// The nodes such that each comes after those it reads; the file's order where that is one already.
std::vector<const onnx::NodeProto*> OnnxImport::ordered_nodes() const {
  const int count = proto_.node_size();
  std::vector<int> missing(static_cast<size_t>(count), 0);
  std::unordered_map<const Proto*, std::vector<int>> readers;
  for (int i = 0; i < count; ++i) {
    const std::set<std::string> names(proto_.node(i).input().begin(), proto_.node(i).input().end());
    for (const std::string& name : names) {
      const auto found = producer_.find(name);
      if (found == producer_.end()) continue;
      ++missing[static_cast<size_t>(i)];
      readers[found->second].push_back(i);
    }
  }
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < count; ++i) {
    if (missing[static_cast<size_t>(i)] == 0) ready.push(i);
  }
  std::vector<const Proto*> ordered;
  while (!ready.empty()) {
    ordered.push_back(&proto_.node(ready.top()));
    ready.pop();
    for (const int reader : readers[ordered.back()]) {
      if (--missing[static_cast<size_t>(reader)] == 0) ready.push(reader);
    }
  }
  if (ordered.size() != static_cast<size_t>(count)) {
    const auto stuck = std::find_if(missing.begin(), missing.end(), [](int m) { return m > 0; });
    throw Error(where(proto_.node(static_cast<int>(stuck - missing.begin()))), "is part of a cycle",
                "an ONNX graph must not have one");
  }
  return ordered;
}

std::string OnnxImport::supported() const {
  std::string names;
  for (const auto* table : {&standard_operators(), &quant_operators()}) {
    for (const auto& [name, handler] : *table) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

void OnnxImport::dispatch(const Proto& node) {
  const std::string& domain = node.domain();
  const bool standard = domain.empty() || domain == "ai.onnx";
  static const std::set<std::string> kQuantDomains = {"finn.custom_op.general", "onnx.brevitas",
                                                      "qonnx.custom_op.general",
                                                      "qonnx.custom_op.channels_last"};
  if (domain == "trigstone") return op_own(node);
  if (!standard && !kQuantDomains.contains(domain)) {
    refuse(node, fmt::format("operator '{}.{}' is not supported", domain, node.op_type()),
           "supported are " + supported());
  }
  if (standard) {
    require(node, opset_ > 0, "the file states no opset for the standard operators",
            "add an opset_import of domain ''");
    require(node, opset_ >= 7, fmt::format("opset {} is older than 7", opset_),
            "convert it with onnx.version_converter");
  }
  const auto& table = standard ? standard_operators() : quant_operators();
  const auto found = table.find(node.op_type());
  if (found == table.end()) {
    refuse(node, fmt::format("operator '{}' is not supported", node.op_type()),
           "supported are " + supported());
  }
  if (own_ || !standard || !evaluate_known(node)) (this->*found->second)(node);
}

void OnnxImport::read_node(const Proto& node) {
  require(node, node.output_size() > 0, "has no result");
  add_noted_sources(false);
  try {
    dispatch(node);
  } catch (const Error& error) {
    // Errors of Graph::add name the place in our graph; the user knows the one in the file.
    if (error.where().starts_with(file_)) throw;
    throw Error(where(node), error.problem(), error.hint());
  }
}

void OnnxImport::read_outputs() {
  for (const auto& output : proto_.output()) {
    const auto found = values_.find(output.name());
    if (found == values_.end()) {
      throw Error(file_, fmt::format("output '{}' is not computed by any node", output.name()),
                  "name a value that a node computes");
    }
    graph_.add_output(output.name(), id_of(found->second));
  }
}

Graph OnnxImport::run() {
  check_model();
  for (const auto& entry : model_.opset_import()) {
    if (entry.domain().empty() || entry.domain() == "ai.onnx") opset_ = entry.version();
  }
  for (const Proto& node : proto_.node()) {
    for (const std::string& name : node.output()) {
      if (!name.empty() && !producer_.emplace(name, &node).second) {
        throw Error(where(node), fmt::format("value '{}' is computed twice", name),
                    "give each value a name of its own");
      }
    }
    for (const std::string& name : node.input()) ++readers_[name];
  }
  for (const auto& output : proto_.output()) ++readers_[output.name()];
  read_initializers();
  read_inputs();
  for (const Proto* node : ordered_nodes()) {
    if (!absorbed_.contains(node)) read_node(*node);
  }
  add_noted_sources(true);
  read_outputs();
  return own_ ? std::move(graph_) : drop_dead(graph_);
}

}  // namespace detail

Graph parse_onnx(std::string_view bytes, const std::string& where) {
  onnx::ModelProto model;
  if (bytes.size() > size_t{1} << 31 ||
      !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw Error(where, "is not an ONNX file, or is cut off", "save it from ONNX again");
  }
  try {
    return detail::OnnxImport(model, where).run();
  } catch (const Error& error) {  // "graph:node 'X'" is our place, "jets.onnx:node 'X'" the user's
    if (error.where().starts_with(where)) throw;
    constexpr std::string_view kOurs = "graph:";
    const std::string inner =
        error.where().starts_with(kOurs) ? error.where().substr(kOurs.size()) : error.where();
    throw Error(where + ":" + inner, error.problem(), error.hint());
  }
}

Graph read_onnx(const std::filesystem::path& path) {
  return parse_onnx(read_file(path), path.string());
}

}  // namespace trigstone
