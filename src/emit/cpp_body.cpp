#include "emit/cpp_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "interpret/interpret_graph.h"

namespace trigstone::cpp {

namespace {

constexpr size_t kLineWidth = 100;

std::string wrapped(const std::vector<int64_t>& numbers) {
  std::string text, line = "   ";
  for (const int64_t x : numbers) {
    const std::string number = " " + literal(x, Compute::k64) + ",";
    if (line.size() + number.size() > kLineWidth) {
      text += line + "\n";
      line = "   ";
    }
    line += number;
  }
  return text + line + "\n";
}

// Comments take no line break and no backslash at the end of a line.
std::string plain(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7f) c = '?';
  }
  return text;
}

}  // namespace

Body::Body(const Graph& graph) : graph_(graph), constant_(constant_values(graph)) {
  const auto size = static_cast<size_t>(graph.size());
  needed_.assign(size, false);
  uses_.assign(size, 0);
  reader_.assign(size, -1);
  for (const Output& output : graph.outputs()) {
    needed_[static_cast<size_t>(output.value)] = true;
    uses_[static_cast<size_t>(output.value)] += 2;  // an output is never part of another loop
  }
  for (ValueId id = graph.size() - 1; id >= 0; --id) {
    if (!needed_[static_cast<size_t>(id)] || is_constant(id)) continue;
    for (const ValueId read : node(id).operands) {
      const auto at = static_cast<size_t>(read);
      needed_[at] = true;
      ++uses_[at];
      reader_[at] = id;
    }
  }
}

const Tensor& Body::constant(ValueId id) {
  const auto found = evaluated_.find(id);
  if (found != evaluated_.end()) return found->second;
  return evaluated_[id] = evaluate_constant(graph_, id);
}

Interval Body::range(ValueId id) {
  if (!is_constant(id)) return graph_.type(id).format->range();
  const std::vector<int64_t>& numbers = constant(id).mantissas;
  if (numbers.empty()) return {0, 0};
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  return {*low, *high};
}

const Body::Array& Body::array(ValueId id) {
  const auto found = arrays_.find(id);
  if (found != arrays_.end()) return found->second;
  ensure(is_constant(id), "a value is read before it is computed");
  const Storage storage = storage_for(range(id));
  return arrays_[id] = {constant_array(constant(id).mantissas, storage), storage};
}

const Body::Array& Body::new_array(ValueId id) {
  const Storage storage = storage_for(range(id));
  const int64_t elements = std::max<int64_t>(count(id), 1);
  members += fmt::format("  {} v{}[{}];\n", name_of(storage), id, elements);
  work_bytes += elements * bytes_of(storage);
  return arrays_[id] = {fmt::format("w.v{}", id), storage};
}

std::string Body::constant_array(const std::vector<int64_t>& numbers, Storage storage) {
  const std::string text =
      fmt::format("[{}] = {{\n{}}};\n", std::max<size_t>(numbers.size(), 1), wrapped(numbers));
  const auto [found, is_new] = constants_by_text_.try_emplace(
      name_of(storage) + text, fmt::format("k{}", constants_by_text_.size()));
  if (is_new) {
    constants += fmt::format("const {} {}{}", name_of(storage), found->second, text);
  }
  return found->second;
}

std::string Body::constant_array(const std::vector<int64_t>& numbers) {
  Interval all{0, 0};
  for (const int64_t x : numbers) all = hull(all, {x, x});
  return constant_array(numbers, storage_for(all));
}

std::string Body::function(const Quantiser& quantiser) {
  const std::string text =
      fmt::format("({} x) {{\n{}}}\n", name_of(quantiser.argument), quantiser.body);
  const auto [found, is_new] = functions_by_text_.try_emplace(
      name_of(quantiser.result) + text, fmt::format("q{}", functions_by_text_.size()));
  if (is_new) {
    functions += fmt::format("inline {} {}{}", name_of(quantiser.result), found->second, text);
  }
  return found->second;
}

void Body::comment(ValueId id) {
  line(1, fmt::format("// {}: {} {}{}", plain(node(id).name), traits_of(node(id).op).text,
                      to_string(*graph_.type(id).format), to_string(shape(id))));
}

std::vector<int64_t> Body::own_strides(ValueId id) const {
  return broadcast_strides(shape(id), shape(id));
}

void Body::copy_input(ValueId id, const std::string& field) {
  const Array& to = new_array(id);
  line(1, fmt::format("for (int i = 0; i < {}; ++i) {}[i] = in.{}[i];", count(id), to.name, field));
}

void Body::visit(ValueId id) {
  const Op op = node(id).op;
  if (joins_its_reader(id)) return;
  if (op == Op::kReshape || op == Op::kScale) {
    const Array same = array(operand(id, 0));
    arrays_[id] = same;
    return;
  }
  comment(id);
  switch (op) {
    case Op::kQuant:
    case Op::kThresholds:
    case Op::kTable:
    case Op::kRelu:
    case Op::kClamp:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
      return elementwise(id);
    case Op::kLinear:
      return linear(id);
    case Op::kConv:
      return conv(id);
    case Op::kMatMul:
      return matmul(id);
    case Op::kTranspose:
    case Op::kSlice:
      return move(id);
    case Op::kGather:
      return gather(id);
    case Op::kConcat:
      return concat(id);
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
      return reduce(id);
    case Op::kArgMax:
    case Op::kArgMin:
      return choose(id);
    case Op::kTopK:
    case Op::kSort:
      return sort(id);
    case Op::kTreeEnsemble:
      return trees(id);
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kScale:
    case Op::kReshape:
    case Op::kReduceMean:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      break;
  }
  internal_error(fmt::format("'{}' in a quantised graph", traits_of(op).text));
}

void Body::write(const std::vector<std::string>& input_fields,
                 const std::vector<std::string>& output_fields) {
  size_t next_input = 0;
  for (const ValueId id : graph_.inputs()) {
    const std::string& field = input_fields[next_input++];
    if (needed_[static_cast<size_t>(id)]) copy_input(id, field);
  }
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const bool wanted = needed_[static_cast<size_t>(id)] && node(id).op != Op::kInput;
    if (wanted && !is_constant(id)) visit(id);
  }
  for (size_t o = 0; o < graph_.outputs().size(); ++o) {
    const ValueId id = graph_.outputs()[o].value;
    const std::string& field = output_fields[o];
    line(1, fmt::format("for (int i = 0; i < {}; ++i) out.{}[i] = {}[i];", count(id), field,
                        array(id).name));
  }
}

}  // namespace trigstone::cpp
