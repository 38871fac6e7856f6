#include <fmt/format.h>

#include "base/error.h"
#include "graph/text.h"

namespace trigstone {

namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string real_text(double x) {
  const std::string text = fmt::format("{}", x);  // shortest form that reads back equal
  const bool integral = text.find_first_of(".en") == std::string::npos;
  return integral ? text + ".0" : text;
}

std::string attribute_text(const Attribute& attribute) {
  struct Printer {
    std::string operator()(int64_t x) const { return fmt::format("{}", x); }
    std::string operator()(double x) const { return real_text(x); }
    std::string operator()(const std::string& x) const { return quoted(x); }
    std::string operator()(const std::vector<int64_t>& x) const {
      return fmt::format("[{}]", fmt::join(x, ", "));
    }
    std::string operator()(const FormatMap& x) const {
      if (x.uniform() && x.shape.empty()) return to_string(x.formats.front());
      std::string text = "formats" + to_string(x.shape) + "(";
      for (size_t i = 0; i < x.formats.size(); ++i) {
        text += (i == 0 ? "" : ", ") + to_string(x.formats[i]);
      }
      return text + ")";
    }
  };
  return std::visit(Printer{}, attribute);
}

std::string data_text(const Tensor& data) {
  if (data.is_fixed()) return fmt::format("[{}]", fmt::join(data.mantissas, ", "));
  std::string text = "[";
  for (size_t i = 0; i < data.reals.size(); ++i) {
    text += (i == 0 ? "" : ", ") + real_text(data.reals[i]);
  }
  return text + "]";
}

std::string node_text(ValueId id, const Node& node) {
  std::string operands, attributes;
  for (const ValueId operand : node.operands) {
    operands += fmt::format("{}%{}", operands.empty() ? "" : ", ", operand);
  }
  for (const auto& [key, value] : node.attributes) {
    attributes +=
        fmt::format("{}{} = {}", attributes.empty() ? "" : ", ", key, attribute_text(value));
  }
  std::string text = fmt::format("%{} {} = {}({}) {{{}}} : ", id, quoted(node.name),
                                 traits_of(node.op).text, operands, attributes);
  text += node.type.format ? to_string(*node.type.format) : std::string("real");
  text += to_string(node.type.shape);
  if (node.data != nullptr) text += " = " + data_text(*node.data);
  return text;
}

}  // namespace

std::string to_text(const Graph& graph) {
  std::string text = fmt::format("trigstone.graph/1 {}\n", quoted(graph.name));
  for (const auto& [key, value] : graph.metadata) {
    text += fmt::format("meta {} = {}\n", quoted(key), quoted(value));
  }
  for (ValueId id = 0; id < graph.size(); ++id) text += node_text(id, graph.node(id)) + "\n";
  for (const Output& output : graph.outputs()) {
    text += fmt::format("output {} = %{}\n", quoted(output.name), output.value);
  }
  return text;
}

}  // namespace trigstone
