#include "bench/integer_onnx.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <bit>
#include <map>

#include "base/error.h"
#include "fixed/quantize.h"

namespace trigstone::bench {

namespace {

using Number = onnx::TensorProto;
constexpr auto kInt32 = Number::INT32, kUint32 = Number::UINT32, kInt8 = Number::INT8,
               kUint8 = Number::UINT8, kInt64 = Number::INT64, kBool = Number::BOOL;
using NumberType = Number::DataType;
constexpr int64_t kOpset = 18, kIrVersion = 8;
constexpr int64_t kMostIndices = int64_t{1} << 16;  // of a table that stands for a function

class Writer {
 public:
  explicit Writer(const Graph& graph) : graph_(graph), values_(graph.nodes().size()) {}
  std::string run();

 private:
  // ONNX
  std::string add(const char* op, std::vector<std::string> inputs,
                  const std::map<std::string, int64_t>& attributes = {});
  std::string constant(NumberType type, const Shape& shape, const std::vector<int64_t>& numbers);
  std::string number(int64_t x) { return constant(kInt32, {}, {x}); }
  std::string cast(const std::string& x, NumberType to) { return add("Cast", {x}, {{"to", to}}); }
  std::string shifted(const std::string& x, int64_t bits);
  std::string looked_up(const std::string& index, const std::vector<int64_t>& entries);
  void declare(onnx::ValueInfoProto& info, const std::string& name, NumberType type,
               const Shape& shape);

  // Values of the graph
  [[noreturn]] void refuse(const Node& node, const std::string& what) const;
  int fraction(ValueId id) const { return graph_.type(id).format->fraction_bits(); }
  Interval range(ValueId id) const { return graph_.type(id).format->range(); }
  bool varies(ValueId id) const { return graph_.node(id).data == nullptr; }
  NumberType narrowest(ValueId id) const;
  std::string as(ValueId id, NumberType type);
  std::string any(ValueId id, NumberType* type);
  std::string aligned(ValueId id, int to_fraction, size_t rank, NumberType type = kInt32);
  void set(ValueId id, NumberType type, const std::string& name) {
    values_[static_cast<size_t>(id)][type] = name;
  }

  void write(ValueId id);
  void write_input(ValueId id);
  void write_linear(ValueId id);
  void write_matmul(ValueId id);
  void write_quant(ValueId id);
  void write_elementwise(ValueId id, const char* op);
  void write_reduce(ValueId id);
  void write_select(ValueId id);
  void write_move(ValueId id);
  void write_functions(ValueId id);

  const Graph& graph_;
  std::vector<std::map<NumberType, std::string>> values_;  // name in ONNX by type
  onnx::ModelProto model_;
  onnx::GraphProto* proto_ = nullptr;
  int names_ = 0;
};

std::string Writer::add(const char* op, std::vector<std::string> inputs,
                        const std::map<std::string, int64_t>& attributes) {
  onnx::NodeProto& node = *proto_->add_node();
  node.set_op_type(op);
  for (std::string& input : inputs) node.add_input(std::move(input));
  for (const auto& [name, value] : attributes) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  return *node.mutable_output()->Add() = fmt::format("v{}", names_++);
}

std::string Writer::constant(NumberType type, const Shape& shape,
                             const std::vector<int64_t>& numbers) {
  onnx::TensorProto& tensor = *proto_->add_initializer();
  tensor.set_name(fmt::format("c{}", names_++));
  tensor.set_data_type(type);
  for (const int64_t extent : shape) tensor.add_dims(extent);
  for (const int64_t x : numbers) {
    if (type == kInt64) {
      tensor.add_int64_data(x);
    } else if (type == kUint32) {
      tensor.add_uint64_data(static_cast<uint64_t>(x));
    } else {
      tensor.add_int32_data(static_cast<int32_t>(x));
    }
  }
  return tensor.name();
}

// Down, for numbers that are not negative.
std::string Writer::shifted(const std::string& x, int64_t bits) {
  const std::string wide = cast(x, kUint32);
  if (bits == 0) return wide;
  const std::string result = add("BitShift", {wide, constant(kUint32, {}, {bits})});
  onnx::AttributeProto& attribute = *proto_->mutable_node(proto_->node_size() - 1)->add_attribute();
  attribute.set_name("direction");
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s("RIGHT");
  return result;
}

std::string Writer::looked_up(const std::string& index, const std::vector<int64_t>& entries) {
  return add("Gather", {constant(kInt32, {std::ssize(entries)}, entries), index});
}

void Writer::declare(onnx::ValueInfoProto& info, const std::string& name, NumberType type,
                     const Shape& shape) {
  info.set_name(name);
  auto* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape()->add_dim()->set_dim_param("events");
  for (const int64_t extent : shape) tensor->mutable_shape()->add_dim()->set_dim_value(extent);
}

void Writer::refuse(const Node& node, const std::string& what) const {
  throw Error(where_of(node), fmt::format("has no form in ONNX's integers: {}", what),
              "leave the model to the engine");
}

NumberType Writer::narrowest(ValueId id) const {
  const Interval r = range(id);
  if (r.low >= 0 && r.high <= UINT8_MAX) return kUint8;
  return r.low >= INT8_MIN && r.high <= INT8_MAX ? kInt8 : kInt32;
}

// The value in a number type that holds it.
std::string Writer::as(ValueId id, NumberType type) {
  auto& names = values_[static_cast<size_t>(id)];
  if (const auto found = names.find(type); found != names.end()) return found->second;
  if (!varies(id)) {
    const Tensor& data = *graph_.node(id).data;
    return names[type] = constant(type, data.shape, data.mantissas);
  }
  return names[type] = cast(names.begin()->second, type);
}

// In whichever type it is there, the narrowest of them.
std::string Writer::any(ValueId id, NumberType* type) {
  const auto& names = values_[static_cast<size_t>(id)];
  for (const NumberType narrow : {kUint8, kInt8}) {
    if (const auto found = names.find(narrow); found != names.end()) {
      *type = narrow;
      return found->second;
    }
  }
  *type = kInt32;
  return as(id, kInt32);
}

// On a finer grid, with as many axes behind that of events as the result has.
std::string Writer::aligned(ValueId id, int to_fraction, size_t rank, NumberType type) {
  std::string name = as(id, type);
  const Shape& shape = graph_.shape(id);
  if (varies(id) && shape.size() < rank) {
    Shape wide = {0};  // the number of events
    wide.insert(wide.end(), rank - shape.size(), 1);
    wide.insert(wide.end(), shape.begin(), shape.end());
    name = add("Reshape", {name, constant(kInt64, {std::ssize(wide)}, wide)});
  }
  const int finer = to_fraction - fraction(id);
  if (finer == 0) return name;
  if (finer < 0 || finer > 30) refuse(graph_.node(id), fmt::format("a shift by {}", finer));
  return add("Mul", {name, number(int64_t{1} << finer)});
}

void Writer::write_input(ValueId id) {
  const Node& node = graph_.node(id);
  const NumberType type = narrowest(id);
  declare(*proto_->add_input(), node.name, type, node.type.shape);
  set(id, type, node.name);
}

void Writer::write_linear(ValueId id) {
  const Node& node = graph_.node(id);
  const ValueId x = node.operands[0];
  const Tensor& weights = *graph_.node(node.operands[1]).data;
  const auto bytes = [](int64_t w) { return INT8_MIN <= w && w <= INT8_MAX; };
  const NumberType type = narrowest(x);
  std::string sums;
  if (type != kInt32 && std::all_of(weights.mantissas.begin(), weights.mantissas.end(), bytes)) {
    sums = add("MatMulInteger", {as(x, type), constant(kInt8, weights.shape, weights.mantissas)});
  } else {
    sums = add("MatMul", {as(x, kInt32), constant(kInt32, weights.shape, weights.mantissas)});
  }
  // A bias on a finer grid than the products makes the products finer.
  const int finer = fraction(id) - fraction(x) - fraction(node.operands[1]);
  if (finer > 0) sums = add("Mul", {sums, number(int64_t{1} << finer)});
  if (node.operands.size() > 2) {
    sums = add("Add", {sums, aligned(node.operands[2], fraction(id), 1)});
  }
  set(id, kInt32, sums);
}

void Writer::write_matmul(ValueId id) {
  const Node& node = graph_.node(id);
  const ValueId a = node.operands[0], b = node.operands[1];
  const size_t rank = graph_.shape(id).size();
  const NumberType of_a = narrowest(a), of_b = narrowest(b);
  const bool bytes = of_a != kInt32 && of_b != kInt32;
  const auto operand = [&](ValueId x, NumberType type) {
    return aligned(x, fraction(x), rank, bytes ? type : kInt32);
  };
  set(id, kInt32, add(bytes ? "MatMulInteger" : "MatMul", {operand(a, of_a), operand(b, of_b)}));
}

// Clips, so that nothing saturates later and no sum overflows; makes the number positive by whole
// steps of the result (or of all its numbers, which wrapping forgets); shifts; and brings it back.
void Writer::write_quant(ValueId id) {
  const Node& node = graph_.node(id);
  const ValueId x = node.operands[0];
  const FormatMap& map = formats_attribute(node, "formats");
  if (!map.uniform()) refuse(node, "formats differ between elements");
  const Format& format = map.formats.front();
  if (format.rounding != Rounding::kTRN && format.rounding != Rounding::kRND) {
    refuse(node, "its rounding is neither TRN nor RND");
  }
  int shift = fraction(x) - format.fraction_bits();
  std::string v = as(x, kInt32);
  Interval in = range(x);
  if (shift < 0) {
    v = add("Mul", {v, number(int64_t{1} << std::min(-shift, 30))});
    in = {in.low << -shift, in.high << -shift};
    shift = 0;
  }
  const Int128 step = Int128{1} << shift;
  const Int128 half = format.rounding == Rounding::kRND ? step / 2 : 0;
  const Interval to = format.range();
  const Interval kept = {to.low * step - half, (to.high + 1) * step - 1 - half};
  const bool clips = in.low < kept.low || in.high > kept.high;
  Int128 base = to.low;  // subtracted from the result, added again behind the shift
  if (format.overflow == Overflow::kSAT) {
    if (clips) {
      const auto bound = [](Int128 b) { return std::clamp<Int128>(b, INT32_MIN, INT32_MAX); };
      v = add("Clip", {v, number(static_cast<int64_t>(bound(kept.low))),
                       number(static_cast<int64_t>(bound(kept.high)))});
      in = {std::max(in.low, kept.low), std::min(in.high, kept.high)};
    }
  } else if (clips) {
    if (format.overflow != Overflow::kWRAP || format.width_bits != 8) {
      refuse(node, "only SAT, and WRAP of eight bits, are shifts and casts");
    }
    const Int128 turn = step << format.width_bits;
    base = -((half - in.low + turn - 1) / turn) * (turn / step);
  }
  if (in.low + half >= 0) base = 0;
  const Int128 add_first = half - base * step;
  if (in.low + add_first < 0 || in.high + add_first > INT32_MAX) refuse(node, "32 bits overflow");
  if (add_first != 0) v = add("Add", {v, number(static_cast<int64_t>(add_first))});
  v = shifted(v, shift);
  const NumberType type = narrowest(id);
  if (format.overflow == Overflow::kWRAP) {
    set(id, type, cast(v, type));  // keeps the low bits
    return;
  }
  if (base != 0) v = add("Add", {cast(v, kInt32), number(static_cast<int64_t>(base))});
  set(id, type, cast(v, type));
}

void Writer::write_elementwise(ValueId id, const char* op) {
  const Node& node = graph_.node(id);
  const size_t rank = node.type.shape.size();
  std::vector<std::string> operands;
  for (const ValueId x : node.operands) {
    operands.push_back(aligned(x, node.op == Op::kMul ? fraction(x) : fraction(id), rank));
  }
  set(id, kInt32, add(op, std::move(operands)));
}

void Writer::write_reduce(ValueId id) {
  const Node& node = graph_.node(id);
  const ValueId x = node.operands[0];
  const bool is_sum = node.op == Op::kReduceSum;
  std::vector<int64_t> axes = reduced_axes(graph_, node);
  std::string v = as(x, kInt32);
  if (node.operands.size() > 1) {
    Shape shape(graph_.shape(x).size() + 1, 1);
    shape[0] = 0;  // the number of events
    shape[static_cast<size_t>(axes.front()) + 1] = graph_.shape(node.operands[1])[0];
    const NumberType type = is_sum ? kInt32 : kBool;
    const std::string mask =
        add("Reshape", {as(node.operands[1], type), constant(kInt64, {std::ssize(shape)}, shape)});
    v = is_sum ? add("Mul", {v, mask})
               : add("Where", {mask, v, number(static_cast<int64_t>(range(x).low))});
  }
  for (int64_t& axis : axes) ++axis;
  set(id, kInt32,
      add(is_sum ? "ReduceSum" : "ReduceMax", {v, constant(kInt64, {std::ssize(axes)}, axes)},
          {{"keepdims", int_attribute(node, "keepdims", 0)}}));
}

void Writer::write_select(ValueId id) {
  const Node& node = graph_.node(id);
  const size_t rank = node.type.shape.size();
  const std::string where = aligned(node.operands[0], fraction(node.operands[0]), rank, kBool);
  set(id, kInt32,
      add("Where", {where, aligned(node.operands[1], fraction(id), rank),
                    aligned(node.operands[2], fraction(id), rank)}));
}

void Writer::write_move(ValueId id) {
  const Node& node = graph_.node(id);
  NumberType type = kInt32;
  const std::string x = any(node.operands[0], &type);
  if (node.op == Op::kReshape) {
    Shape shape = node.type.shape;
    shape.insert(shape.begin(), 0);
    set(id, type, add("Reshape", {x, constant(kInt64, {std::ssize(shape)}, shape)}));
    return;
  }
  set(id, type, add("Transpose", {x}));
  onnx::AttributeProto& perm = *proto_->mutable_node(proto_->node_size() - 1)->add_attribute();
  perm.set_name("perm");
  perm.set_type(onnx::AttributeProto::INTS);
  perm.add_ints(0);
  for (const int64_t axis : ints_attribute(node, "perm")) perm.add_ints(axis + 1);
}

// By tables.
void Writer::write_functions(ValueId id) {
  const Node& node = graph_.node(id);
  const ValueId x = node.operands[0], index = node.op == Op::kShiftLeft ? node.operands[1] : x;
  const Interval of = range(index);
  if (of.high - of.low >= kMostIndices) refuse(node, "its table would be too long");
  std::vector<int64_t> entries;
  if (node.op == Op::kTable) {
    entries = ints_attribute(node, "entries");
  } else if (node.op == Op::kLeadingOne) {
    for (int64_t i = 0; i <= static_cast<int64_t>(of.high); ++i) {
      entries.push_back(i == 0 ? 0 : std::bit_width(static_cast<uint64_t>(i)) - 1);
    }
  } else {
    for (int64_t i = 0; i <= std::min<int64_t>(static_cast<int64_t>(of.high), 30); ++i) {
      entries.push_back(int64_t{1} << i);
    }
  }
  std::string from = as(index, kInt32);
  if (of.low != 0) from = add("Sub", {from, number(static_cast<int64_t>(of.low))});
  const std::string found = looked_up(from, entries);
  set(id, kInt32, node.op == Op::kShiftLeft ? add("Mul", {as(x, kInt32), found}) : found);
}

void Writer::write(ValueId id) {
  const Node& node = graph_.node(id);
  if (!varies(id)) return;  // written where it is read
  if (!node.type.is_fixed() || range(id).low < INT32_MIN || range(id).high > INT32_MAX) {
    refuse(node, "it is no 32-bit integer");
  }
  switch (node.op) {
    case Op::kInput:
      return write_input(id);
    case Op::kLinear:
      return write_linear(id);
    case Op::kMatMul:
      return write_matmul(id);
    case Op::kQuant:
      return write_quant(id);
    case Op::kAdd:
      return write_elementwise(id, "Add");
    case Op::kSub:
      return write_elementwise(id, "Sub");
    case Op::kMul:
      return write_elementwise(id, "Mul");
    case Op::kRelu:  // ONNX Runtime 1.32 fuses Relu and Clip, and knows no integers there
      return set(id, kInt32, add("Max", {as(node.operands[0], kInt32), number(0)}));
    case Op::kScale:  // the mantissa stays
      values_[static_cast<size_t>(id)] = values_[static_cast<size_t>(node.operands[0])];
      return;
    case Op::kReduceSum:
    case Op::kReduceMax:
      return write_reduce(id);
    case Op::kSelect:
      return write_select(id);
    case Op::kReshape:
    case Op::kTranspose:
      return write_move(id);
    case Op::kTable:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
      return write_functions(id);
    case Op::kConstant:
    case Op::kParam:
    case Op::kThresholds:
    case Op::kConv:
    case Op::kClamp:
    case Op::kReduceMin:
    case Op::kReduceMean:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kCompare:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kTopK:
    case Op::kSort:
    case Op::kTreeEnsemble:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      refuse(node, fmt::format("'{}' is not written", traits_of(node.op).text));
  }
}

std::string Writer::run() {
  proto_ = model_.mutable_graph();
  proto_->set_name("model");
  for (ValueId id = 0; id < graph_.size(); ++id) write(id);
  for (const Output& output : graph_.outputs()) {
    const std::string from = as(output.value, kInt32);
    add("Identity", {from});
    proto_->mutable_node(proto_->node_size() - 1)->set_output(0, output.name);
    declare(*proto_->add_output(), output.name, kInt32, graph_.shape(output.value));
  }
  model_.set_ir_version(kIrVersion);
  model_.add_opset_import()->set_version(kOpset);
  return model_.SerializeAsString();
}

}  // namespace

std::string integer_onnx(const Graph& graph) { return Writer(graph).run(); }

}  // namespace trigstone::bench
