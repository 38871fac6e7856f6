#include "emit/cpp.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/version.h"
#include "emit/cpp_body.h"
#include "emit/cpp_text.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"

namespace trigstone {

namespace {

// Beyond this many bytes the values of an event do not belong on a stack.
constexpr int64_t kStackBytes = 64 << 10;

const char* field_type(const Format& format) {
  const int bits = format.width_bits;
  if (format.is_signed) {
    return bits <= 8    ? "std::int8_t"
           : bits <= 16 ? "std::int16_t"
           : bits <= 32 ? "std::int32_t"
                        : "std::int64_t";
  }
  return bits <= 8    ? "std::uint8_t"
         : bits <= 16 ? "std::uint16_t"
         : bits <= 32 ? "std::uint32_t"
                      : "std::int64_t";
}

class FieldNames {
 public:
  std::string add(const std::string& port) {
    const std::string base = cpp::cpp_identifier(port);
    std::string name = base;
    for (int i = 1; !taken_.insert(name).second; ++i) name = fmt::format("{}_{}", base, i);
    return name;
  }

 private:
  std::set<std::string> taken_;
};

CppField field(std::string name, const Format& format, const Shape& shape) {
  return {std::move(name), field_type(format), shape, format};
}

std::string field_text(const CppField& f) {
  return fmt::format("  {} {}[{}];  // {}{}\n", f.type, f.name,
                     std::max<int64_t>(element_count(f.shape), 1), to_string(f.format),
                     to_string(f.shape));
}

std::string header_text(const CppSource& source) {
  std::string fields[2], setters, getters;
  for (const CppField& f : source.inputs) {
    fields[0] += field_text(f);
    setters += fmt::format("std::int64_t set_{0}(Input& input, const double* numbers);\n", f.name);
  }
  for (const CppField& f : source.outputs) {
    fields[1] += field_text(f);
    getters += fmt::format("void get_{0}(const Output& output, double* numbers);\n", f.name);
  }
  return fmt::format(cpp::kHeaderText, fmt::arg("version", kVersion), fmt::arg("name", source.name),
                     fmt::arg("inputs", fields[0]), fmt::arg("outputs", fields[1]),
                     fmt::arg("setters", setters), fmt::arg("getters", getters));
}

std::string conversions_text(const CppSource& source) {
  std::string text;
  for (const CppField& f : source.inputs) {
    const Format& format = f.format;
    const bool symmetric =
        format.overflow == Overflow::kSAT_SYM && format.is_signed && format.width_bits > 1;
    text += fmt::format(
        "std::int64_t set_{0}(Input& input, const double* numbers) {{\n"
        "  static const Ported format = {{{1}, {2}, {3}, {4}, {5}, k{6}, k{7}}};\n"
        "  std::int64_t outside = 0;\n"
        "  for (int i = 0; i < {8}; ++i) {{\n"
        "    input.{0}[i] = ({9})mantissa_of(numbers[i], format, outside);\n"
        "  }}\n"
        "  return outside;\n"
        "}}\n\n",
        f.name, format.width_bits, format.fraction_bits(),
        cpp::literal(format.min_mantissa(), cpp::Compute::k64),
        cpp::literal(symmetric ? -format.max_mantissa() : format.min_mantissa(), cpp::Compute::k64),
        cpp::literal(format.max_mantissa(), cpp::Compute::k64), name_of(format.rounding),
        name_of(format.overflow), element_count(f.shape), f.type);
  }
  for (const CppField& f : source.outputs) {
    text += fmt::format(
        "void get_{0}(const Output& output, double* numbers) {{\n"
        "  for (int i = 0; i < {1}; ++i) numbers[i] = std::ldexp((double)output.{0}[i], {2});\n"
        "}}\n\n",
        f.name, element_count(f.shape), -f.format.fraction_bits());
  }
  return text;
}

// Ports one after the other, for CMS's untyped interface.
std::string cmssw_text(const CppSource& source) {
  std::string set, set_raw, get, get_raw;
  int64_t at = 0;
  for (const CppField& f : source.inputs) {
    const int64_t size = element_count(f.shape);
    set += fmt::format("  {}::set_{}(input, numbers + {});\n", source.name, f.name, at);
    set_raw += fmt::format("  for (int i = 0; i < {}; ++i) input.{}[i] = ({})mantissas[{} + i];\n",
                           size, f.name, f.type, at);
    at += size;
  }
  const int64_t in_size = at;
  at = 0;
  for (const CppField& f : source.outputs) {
    const int64_t size = element_count(f.shape);
    get += fmt::format("  {}::get_{}(output, numbers + {});\n", source.name, f.name, at);
    get_raw += fmt::format("  for (int i = 0; i < {}; ++i) mantissas[{} + i] = output.{}[i];\n",
                           size, at, f.name);
    at += size;
  }
  return fmt::format(cpp::kCmsswText, fmt::arg("name", source.name), fmt::arg("set", set),
                     fmt::arg("set_raw", set_raw), fmt::arg("get", get),
                     fmt::arg("get_raw", get_raw),
                     fmt::arg("in_size", std::max<int64_t>(in_size, 1)),
                     fmt::arg("out_size", std::max<int64_t>(at, 1)));
}

}  // namespace

CppSource emit_cpp(const Graph& graph, const CppOptions& options) {
  verify_quantised(graph).throw_if_any();
  CppSource source;
  source.name = cpp::cpp_identifier(options.name.empty() ? graph.name : options.name);
  FieldNames input_names, output_names;
  std::vector<std::string> in, out;
  for (const ValueId id : graph.inputs()) {
    in.push_back(input_names.add(graph.node(id).name));
    source.inputs.push_back(field(in.back(), format_attribute(graph.node(id)), graph.shape(id)));
  }
  for (const Output& output : graph.outputs()) {
    out.push_back(output_names.add(output.name));
    source.outputs.push_back(
        field(out.back(), *graph.type(output.value).format, graph.shape(output.value)));
  }
  cpp::Body body(graph);
  body.write(in, out);
  const std::string work = body.members.empty() ? ""
                           : body.work_bytes > kStackBytes
                               ? "  static thread_local Work w;  // too large for a stack\n"
                               : "  Work w;\n";
  source.header = header_text(source);
  source.source = fmt::format(
      cpp::kSourceText, fmt::arg("version", kVersion), fmt::arg("name", source.name),
      fmt::arg("cmssw_include", options.cmssw ? cpp::kCmsswInclude : ""),
      fmt::arg("constants", body.constants), fmt::arg("functions", body.functions),
      fmt::arg("work", body.members.empty() ? "" : "struct Work {\n" + body.members + "};\n"),
      fmt::arg("work_variable", work), fmt::arg("code", body.code),
      fmt::arg("conversions", conversions_text(source)));
  if (options.cmssw) source.source += cmssw_text(source);
  return source;
}

}  // namespace trigstone
