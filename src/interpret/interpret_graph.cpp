#include "interpret/interpret_graph.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fixed/quantize.h"
#include "interpret/exact_ops.h"
#include "interpret/real_ops.h"
#include "interpret/tensor_view.h"

namespace trigstone {

namespace {

using detail::Array;
using Mantissas = Array<Int128>;
using Reals = Array<double>;

// One node of one event.
class Evaluation {
 public:
  Evaluation(const Graph& graph, const Node& node, const std::vector<Tensor>& values)
      : graph_(graph), node_(node), values_(values) {}

  Tensor run() const;

 private:
  const Tensor& operand(size_t i) const { return values_[static_cast<size_t>(node_.operands[i])]; }
  size_t count() const { return node_.operands.size(); }
  bool fixed(size_t i) const { return operand(i).is_fixed(); }
  int fraction(size_t i) const { return operand(i).format->fraction_bits(); }
  int result_fraction() const { return node_.type.format->fraction_bits(); }

  Mantissas mantissas(size_t i, int fraction_bits) const;
  Mantissas mantissas(size_t i) const { return mantissas(i, fraction(i)); }
  Reals reals(size_t i) const;
  std::vector<Mantissas> all_mantissas() const;
  std::vector<Reals> all_reals() const;
  // Operands [first, count) brought to their finest grid; the ones before as they are.
  std::vector<Mantissas> aligned_from(size_t first) const;

  std::vector<Mantissas> exact_operands() const;
  Tensor fixed_result(const std::vector<Int128>& values) const;
  Tensor fixed_result(std::vector<int64_t> values) const;
  Tensor real_result(std::vector<double> values) const;

  Tensor quant() const;
  Tensor thresholds() const;
  Tensor table() const;
  Tensor choice() const;
  Tensor bounded() const;
  Tensor exact() const;
  Tensor leading_one() const;
  Tensor shift_left_by() const;
  Tensor tree_ensemble() const;

  const Graph& graph_;
  const Node& node_;
  const std::vector<Tensor>& values_;
};

Mantissas Evaluation::mantissas(size_t i, int fraction_bits) const {
  Mantissas result{operand(i).shape, {}};
  result.values.reserve(operand(i).mantissas.size());
  for (const int64_t m : operand(i).mantissas) {
    result.values.push_back(align(m, fraction(i), fraction_bits));
  }
  return result;
}

Reals Evaluation::reals(size_t i) const {
  const Tensor& x = operand(i);
  if (!x.is_fixed()) return {x.shape, x.reals};
  Reals result{x.shape, {}};
  for (const int64_t m : x.mantissas) result.values.push_back(x.format->to_real(m));
  return result;
}

std::vector<Mantissas> Evaluation::all_mantissas() const {
  std::vector<Mantissas> result;
  for (size_t i = 0; i < count(); ++i) result.push_back(mantissas(i));
  return result;
}

std::vector<Reals> Evaluation::all_reals() const {
  std::vector<Reals> result;
  for (size_t i = 0; i < count(); ++i) result.push_back(reals(i));
  return result;
}

std::vector<Mantissas> Evaluation::aligned_from(size_t first) const {
  int common = fraction(first);
  for (size_t i = first; i < count(); ++i) common = std::max(common, fraction(i));
  std::vector<Mantissas> result;
  for (size_t i = 0; i < count(); ++i) {
    result.push_back(i < first ? mantissas(i) : mantissas(i, common));
  }
  return result;
}

// Brings operands to the grid on which the operation is a plain integer one.
std::vector<Mantissas> Evaluation::exact_operands() const {
  if (node_.op == Op::kLinear || node_.op == Op::kConv) {
    // Products lie on the grid of x times that of w; a finer bias makes x finer instead.
    const int finer = result_fraction() - fraction(0) - fraction(1);
    std::vector<Mantissas> x = {mantissas(0, fraction(0) + finer), mantissas(1)};
    if (count() > 2) x.push_back(mantissas(2, result_fraction()));
    return x;
  }
  if (node_.op == Op::kAdd || node_.op == Op::kSub || node_.op == Op::kConcat)
    return aligned_from(0);
  if (node_.op == Op::kSelect) return aligned_from(1);
  return all_mantissas();  // one grid, or a product of grids
}

Tensor Evaluation::fixed_result(const std::vector<Int128>& values) const {
  std::vector<int64_t> mantissas;
  mantissas.reserve(values.size());
  const Interval range = node_.type.format->range();
  for (const Int128 m : values) {
    ensure(range.contains(m), "an exact result left its format at " + where_of(node_));
    mantissas.push_back(static_cast<int64_t>(m));
  }
  return fixed_result(std::move(mantissas));
}

Tensor Evaluation::fixed_result(std::vector<int64_t> values) const {
  return {node_.type.shape, node_.type.format, std::move(values), {}};
}

Tensor Evaluation::real_result(std::vector<double> values) const {
  return {node_.type.shape, std::nullopt, {}, std::move(values)};
}

Tensor Evaluation::quant() const {
  const FormatMap& map = formats_attribute(node_, "formats");
  const auto strides = broadcast_strides(map.shape, node_.type.shape);
  std::vector<int64_t> result(static_cast<size_t>(element_count(node_.type.shape)));
  detail::each_index(node_.type.shape, [&](size_t flat, const std::vector<int64_t>& index) {
    const Format& format = map.formats[detail::offset(index, strides)];
    const int64_t m = fixed(0) ? quantize(operand(0).mantissas[flat], fraction(0), format)
                               : quantize_real(operand(0).reals[flat], format);
    result[flat] = static_cast<int64_t>(align(m, format.fraction_bits(), result_fraction()));
  });
  return fixed_result(std::move(result));
}

Tensor Evaluation::thresholds() const {
  const auto& base = ints_attribute(node_, "base");
  const auto& direction = ints_attribute(node_, "direction");
  const Shape& steps = operand(1).shape;
  const detail::AxisView view(operand(0).shape, axis_attribute(graph_, node_));
  std::vector<int64_t> result(static_cast<size_t>(element_count(node_.type.shape)));
  const bool exact = fixed(0) && fixed(1);
  const auto integers = exact ? aligned_from(0) : std::vector<Mantissas>(2);
  const auto numbers = exact ? std::vector<Reals>(2) : all_reals();
  view.each_line([&](int64_t outer, int64_t inner) {
    for (int64_t c = 0; c < view.extent; ++c) {
      const size_t at = view.at(outer, c, inner);
      const int64_t row = steps[0] == 1 ? 0 : c;
      int64_t passed = 0;
      for (int64_t t = row * steps[1]; t < (row + 1) * steps[1]; ++t) {
        const auto step = static_cast<size_t>(t);
        passed += exact ? integers[0].values[at] >= integers[1].values[step]
                        : numbers[0].values[at] >= numbers[1].values[step];
      }
      const auto channel = static_cast<size_t>(row);
      result[at] = base[base.size() == 1 ? 0 : channel] +
                   direction[direction.size() == 1 ? 0 : channel] * passed;
    }
  });
  return fixed_result(std::move(result));
}

Tensor Evaluation::table() const {
  const auto& entries = ints_attribute(node_, "entries");
  const int64_t first = operand(0).format->min_mantissa();
  std::vector<int64_t> result;
  for (const int64_t m : operand(0).mantissas)
    result.push_back(entries[static_cast<size_t>(m - first)]);
  return fixed_result(std::move(result));
}

Tensor Evaluation::choice() const {
  const bool all_fixed = fixed(0) && (node_.op != Op::kCompare || fixed(1));
  if (!all_fixed) return fixed_result(detail::evaluate_choice(graph_, node_, all_reals()));
  const auto operands = node_.op == Op::kCompare ? aligned_from(0) : all_mantissas();
  return fixed_result(detail::evaluate_choice(graph_, node_, operands));
}

// relu and clamp.
Tensor Evaluation::bounded() const {
  const bool relu = node_.op == Op::kRelu;
  const double low = relu ? 0.0 : real_attribute(node_, "low");
  const double high = relu ? INFINITY : real_attribute(node_, "high");
  if (!fixed(0)) {
    std::vector<double> result;
    for (const double x : operand(0).reals) result.push_back(std::clamp(x, low, high));
    return real_result(std::move(result));
  }
  const auto mantissa_low = static_cast<Int128>(std::ldexp(low, fraction(0)));
  const Int128 mantissa_high =
      relu ? operand(0).format->range().high : static_cast<Int128>(std::ldexp(high, fraction(0)));
  std::vector<Int128> result;
  for (const int64_t m : operand(0).mantissas) {
    result.push_back(relu ? std::max<Int128>(m, 0)
                          : std::clamp<Int128>(m, mantissa_low, mantissa_high));
  }
  return fixed_result(result);
}

Tensor Evaluation::exact() const {
  const bool extreme = node_.op == Op::kReduceMax || node_.op == Op::kReduceMin;
  const bool largest = node_.op == Op::kReduceMax;
  if (node_.type.is_fixed()) {
    std::vector<Mantissas> operands = exact_operands();
    if (extreme) {
      const Format& format = *operand(0).format;
      operands.push_back({{}, {largest ? format.min_mantissa() : format.max_mantissa()}});
    }
    return fixed_result(detail::evaluate_exact(graph_, node_, operands).values);
  }
  std::vector<Reals> operands = all_reals();
  if (extreme) operands.push_back({{}, {largest ? -INFINITY : INFINITY}});
  std::vector<double> result = detail::evaluate_exact(graph_, node_, operands).values;
  if (node_.op == Op::kScale) {
    for (double& x : result) x = std::ldexp(x, static_cast<int>(int_attribute(node_, "exponent")));
  }
  return real_result(std::move(result));
}

Tensor Evaluation::leading_one() const {
  std::vector<int64_t> result;
  for (const int64_t m : operand(0).mantissas) {
    result.push_back(m == 0 ? 0 : 63 - __builtin_clzll(static_cast<uint64_t>(m)));
  }
  return fixed_result(std::move(result));
}

Tensor Evaluation::shift_left_by() const {
  const Mantissas x = mantissas(0), amount = mantissas(1);
  const auto strides_x = broadcast_strides(x.shape, node_.type.shape);
  const auto strides_amount = broadcast_strides(amount.shape, node_.type.shape);
  std::vector<Int128> result(static_cast<size_t>(element_count(node_.type.shape)));
  detail::each_index(node_.type.shape, [&](size_t flat, const std::vector<int64_t>& index) {
    const auto bits = static_cast<int>(amount.values[detail::offset(index, strides_amount)]);
    result[flat] = x.values[detail::offset(index, strides_x)] * (static_cast<Int128>(1) << bits);
  });
  return fixed_result(result);
}

Tensor Evaluation::tree_ensemble() const {
  const auto &feature = ints_attribute(node_, "feature"),
             &threshold = ints_attribute(node_, "threshold"), &left = ints_attribute(node_, "left"),
             &right = ints_attribute(node_, "right"), &target = ints_attribute(node_, "target"),
             &leaf = ints_attribute(node_, "leaf");
  const auto& base = ints_attribute(node_, "base");
  std::vector<Int128> result(base.begin(), base.end());
  for (const int64_t root : ints_attribute(node_, "roots")) {
    auto n = static_cast<size_t>(root);
    while (feature[n] >= 0) {
      const bool below = operand(0).mantissas[static_cast<size_t>(feature[n])] <= threshold[n];
      n = static_cast<size_t>(below ? left[n] : right[n]);
    }
    result[static_cast<size_t>(target[n])] += leaf[n];
  }
  return fixed_result(result);
}

Tensor Evaluation::run() const {
  switch (node_.op) {
    case Op::kInput:
      internal_error("an input is not evaluated");
    case Op::kConstant:
    case Op::kParam:
      return {node_.data->shape, node_.type.format, node_.data->mantissas, node_.data->reals};
    case Op::kQuant:
      return quant();
    case Op::kThresholds:
      return thresholds();
    case Op::kTable:
      return table();
    case Op::kRelu:
    case Op::kClamp:
      return bounded();
    case Op::kLinear:
    case Op::kConv:
    case Op::kMatMul:
    case Op::kMul:
    case Op::kAdd:
    case Op::kSub:
    case Op::kScale:
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReshape:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kSelect:
    case Op::kTopK:
    case Op::kSort:
      return exact();
    case Op::kCompare:
    case Op::kArgMax:
    case Op::kArgMin:
      return choice();
    case Op::kLeadingOne:
      return leading_one();
    case Op::kShiftLeft:
      return shift_left_by();
    case Op::kTreeEnsemble:
      return tree_ensemble();
    case Op::kReduceMean:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      return real_result(detail::evaluate_composite(graph_, node_, all_reals()).values);
  }
  internal_error("unknown op");
}

void check_input(const Node& node, const Tensor& given) {
  const std::string where = fmt::format("input '{}'", node.name);
  if (given.shape != node.type.shape) {
    throw Error(where,
                fmt::format("has the shape {}, the model needs {}", to_string(given.shape),
                            to_string(node.type.shape)),
                "give events of the model's shape");
  }
  if (given.is_fixed() != node.type.is_fixed() ||
      (given.is_fixed() && !given.format->same_numbers(*node.type.format))) {
    throw Error(where, "is not in the format of the model's input", "use quantize_input");
  }
  for (const int64_t m : given.mantissas) {
    if (!node.type.format->range().contains(m)) {
      throw Error(where, fmt::format("mantissa {} is outside {}", m, to_string(*node.type.format)),
                  "give mantissas that the format holds");
    }
  }
}

}  // namespace

std::vector<Tensor> interpret_all(const Graph& graph, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> values;
  values.reserve(static_cast<size_t>(graph.size()));
  size_t next_input = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op != Op::kInput) {
      values.push_back(Evaluation(graph, node, values).run());
      continue;
    }
    if (next_input >= inputs.size()) {
      throw Error(fmt::format("input '{}'", node.name), "is not given", "give an array for it");
    }
    check_input(node, inputs[next_input]);
    values.push_back(inputs[next_input++]);
    values.back().format = node.type.format;
  }
  return values;
}

std::vector<Tensor> interpret(const Graph& graph, const std::vector<Tensor>& inputs) {
  const std::vector<Tensor> values = interpret_all(graph, inputs);
  std::vector<Tensor> outputs;
  for (const Output& output : graph.outputs())
    outputs.push_back(values[static_cast<size_t>(output.value)]);
  return outputs;
}

Tensor evaluate_constant(const Graph& graph, ValueId id) {
  std::vector<Tensor> values(static_cast<size_t>(graph.size()));
  std::vector<bool> needed(static_cast<size_t>(graph.size()), false);
  needed[static_cast<size_t>(id)] = true;
  for (ValueId at = id; at >= 0; --at) {
    if (!needed[static_cast<size_t>(at)]) continue;
    ensure(graph.node(at).op != Op::kInput, "evaluate_constant: the value depends on an input");
    for (const ValueId operand : graph.node(at).operands)
      needed[static_cast<size_t>(operand)] = true;
  }
  for (ValueId at = 0; at <= id; ++at) {
    if (needed[static_cast<size_t>(at)]) {
      values[static_cast<size_t>(at)] = Evaluation(graph, graph.node(at), values).run();
    }
  }
  return values[static_cast<size_t>(id)];
}

Tensor quantize_input(const Graph& graph, ValueId input, const std::vector<double>& values,
                      int64_t* outside) {
  const Node& node = graph.node(input);
  Tensor result{node.type.shape, node.type.format, {}, {}};
  if (static_cast<int64_t>(values.size()) != result.size()) {
    throw Error(fmt::format("input '{}'", node.name),
                fmt::format("{} numbers given, the model needs {}", values.size(), result.size()),
                "give whole events of the model's shape");
  }
  if (!result.is_fixed()) {
    result.reals = values;
    return result;
  }
  const Format& format = format_attribute(node);  // with its rounding and overflow modes
  for (const double x : values) result.mantissas.push_back(quantize_real(x, format, outside));
  return result;
}

}  // namespace trigstone
