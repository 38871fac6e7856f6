// Builds small ONNX files in tests, as other programs would write them.
#pragma once

#include <onnx/onnx_pb.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace trigstone {

class OnnxBuilder {
 public:
  explicit OnnxBuilder(int opset = 13) {
    model_.set_ir_version(8);
    auto* entry = model_.add_opset_import();
    entry->set_domain("");
    entry->set_version(opset);
    model_.mutable_graph()->set_name("built");
  }

  // An extent of -1 is symbolic.
  OnnxBuilder& input(const std::string& name, const std::vector<int64_t>& shape) {
    describe(model_.mutable_graph()->add_input(), name, shape);
    return *this;
  }
  OnnxBuilder& output(const std::string& name) {
    describe(model_.mutable_graph()->add_output(), name, {});
    return *this;
  }
  OnnxBuilder& floats(const std::string& name, const std::vector<int64_t>& shape,
                      const std::vector<float>& values) {
    auto* tensor = add_tensor(name, shape, onnx::TensorProto::FLOAT);
    for (const float x : values) tensor->add_float_data(x);
    return *this;
  }
  OnnxBuilder& integers(const std::string& name, const std::vector<int64_t>& shape,
                        const std::vector<int64_t>& values) {
    auto* tensor = add_tensor(name, shape, onnx::TensorProto::INT64);
    for (const int64_t x : values) tensor->add_int64_data(x);
    return *this;
  }
  OnnxBuilder& bytes_of_8(const std::string& name, const std::vector<int64_t>& shape,
                          const std::vector<int>& values, bool is_signed) {
    auto* tensor =
        add_tensor(name, shape, is_signed ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8);
    for (const int x : values) tensor->add_int32_data(x);
    return *this;
  }
  // The node's name is its operator's and its first output's.
  OnnxBuilder& node(const std::string& type, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs, const std::string& domain = "") {
    auto* node = model_.mutable_graph()->add_node();
    node->set_op_type(type);
    node->set_domain(domain);
    node->set_name(type + "_" + outputs.at(0));
    for (const auto& name : inputs) node->add_input(name);
    for (const auto& name : outputs) node->add_output(name);
    return *this;
  }
  // Attributes of the node added last.
  OnnxBuilder& with(const std::string& name, int64_t value) {
    auto* entry = attribute(name, onnx::AttributeProto::INT);
    entry->set_i(value);
    return *this;
  }
  OnnxBuilder& with(const std::string& name, const std::vector<int64_t>& values) {
    auto* entry = attribute(name, onnx::AttributeProto::INTS);
    for (const int64_t x : values) entry->add_ints(x);
    return *this;
  }
  OnnxBuilder& with_float(const std::string& name, float value) {
    attribute(name, onnx::AttributeProto::FLOAT)->set_f(value);
    return *this;
  }
  OnnxBuilder& with_text(const std::string& name, const std::string& value) {
    attribute(name, onnx::AttributeProto::STRING)->set_s(value);
    return *this;
  }

  onnx::ModelProto& model() { return model_; }
  std::string bytes() const { return model_.SerializeAsString(); }

 private:
  static void describe(onnx::ValueInfoProto* info, const std::string& name,
                       const std::vector<int64_t>& shape) {
    info->set_name(name);
    auto* type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (const int64_t extent : shape) {
      auto* dim = type->mutable_shape()->add_dim();
      if (extent >= 0) {
        dim->set_dim_value(extent);
      } else {
        dim->set_dim_param("batch");
      }
    }
  }
  onnx::TensorProto* add_tensor(const std::string& name, const std::vector<int64_t>& shape,
                                int type) {
    auto* tensor = model_.mutable_graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (const int64_t extent : shape) tensor->add_dims(extent);
    return tensor;
  }
  onnx::AttributeProto* attribute(const std::string& name,
                                  onnx::AttributeProto::AttributeType type) {
    auto* graph = model_.mutable_graph();
    auto* entry = graph->mutable_node(graph->node_size() - 1)->add_attribute();
    entry->set_name(name);
    entry->set_type(type);
    return entry;
  }

  onnx::ModelProto model_;
};

}  // namespace trigstone
