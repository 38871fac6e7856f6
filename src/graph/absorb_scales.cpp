// Makes integers of real scales: between a fixed-point value and the quant that reads it, products
// and sums with real constants, batch norms, relu and clamp become one `thresholds`, computed in
// exact rationals.
//   %1: <12,12> = linear(…); %2: real = mul(%1, 0.0083); %3 = batch_norm(%2, …)
//   %4 = quant(%3) <2,2,RND_CONV,SAT_SYM>
//   => %4 = thresholds(%1, constant [C,2])
// Scales of the operands of linear, conv and matmul move behind them first, so that these work on
// integers. Where a power of two is all there is, the binary point moves and the quant stays; where
// thresholds would be many, a product with a constant takes their place if it provably gives the
// same integers.
// Why: quantisers trained with arbitrary scales (Brevitas, QDQ) are exact integer functions all the
// same (Umuroglu & Jahre, "Streamlined Deployment for Quantized Neural Networks", 2017).
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <set>

#include "base/error.h"
#include "graph/monotone_quantiser.h"
#include "graph/passes.h"
#include "graph/scaled_value.h"

namespace trigstone {

namespace {

using namespace detail;  // NOLINT: this file is about detail's numbers

constexpr int kMostConstantBits = 8;          // of an exact constant factor or summand
constexpr int64_t kMostChanges = 1 << 18;     // of all channels of one quantiser
constexpr int64_t kManySteps = 16;            // above, a constant product is cheaper
constexpr int64_t kMostThresholds = 1 << 12;  // of one channel

// gain / sqrt(variance + epsilon), to 100 digits: far more than any quantiser can tell apart.
Rational spread_gain(const Rational& gain, const Rational& variance, const Rational& epsilon) {
  using Wide = boost::multiprecision::cpp_bin_float_100;
  const Rational squared = variance + epsilon;
  const Wide root = sqrt(Wide(numerator(squared)) / Wide(denominator(squared)));
  return gain / Rational(root);
}

class AbsorbScales {
 public:
  explicit AbsorbScales(const Graph& graph)
      : graph_(graph),
        rewriter_(graph),
        constant_(constant_values(graph)),
        present_(static_cast<size_t>(graph.size()), false),
        forms_(static_cast<size_t>(graph.size())) {}
  Graph run();

 private:
  Graph& to() { return rewriter_.to(); }
  // Exact numbers of a constant, when they are known without an interpreter.
  std::optional<Grid> numbers(ValueId id) const;
  // The value as steps on a fixed-point one.
  std::optional<ScaledValue> form(ValueId id);
  ValueId value(ValueId id);
  void put(ValueId old_value, ValueId new_value);

  std::optional<ScaledValue> derive(ValueId id);
  std::optional<ScaledValue> derive_product(const Node& node);
  std::optional<ScaledValue> derive_sum(const Node& node);
  std::optional<ScaledValue> derive_norm(const Node& node);
  std::optional<ScaledValue> derive_layer(const Node& node);
  std::optional<ScaledValue> derive_moved(const Node& node);
  void copy(ValueId id);
  void quantise(ValueId id);

  ValueId add_numbers(const Grid& grid, const std::string& name);
  ValueId write_affine(const Step& step, ValueId x, const std::string& name);
  ValueId write_steps(const ScaledValue& scaled, const std::string& name);
  bool exact(const ScaledValue& scaled) const;
  ValueId write_product(const IntegerProduct& product, ValueId base, const Node& quant);
  ValueId write_thresholds(const MonotoneQuantiser& quantiser, ValueId base, const Node& quant);

  const Graph& graph_;
  Rewriter rewriter_;
  std::vector<bool> constant_, present_;
  std::vector<std::optional<ScaledValue>> forms_;
};

std::optional<Grid> AbsorbScales::numbers(ValueId id) const {
  const Node& node = graph_.node(id);
  if (node.op == Op::kConstant || node.op == Op::kParam) {
    Grid grid{node.data->shape, {}};
    for (const double x : node.data->reals) grid.values.push_back(rational_of(x));
    for (const int64_t m : node.data->mantissas) {
      grid.values.push_back(times_power_of_two(Rational(m), -node.data->format->fraction_bits()));
    }
    return grid.values.empty() ? std::nullopt : std::optional(grid);
  }
  if (node.op == Op::kFunction && text_attribute(node, "kind") == "reciprocal") {
    std::optional<Grid> grid = numbers(node.operands[0]);
    if (!grid) return std::nullopt;
    for (Rational& x : grid->values) {
      if (x == 0) throw Error(where_of(node), "divides by zero", "mend this scale in the model");
      x = 1 / x;
    }
    return grid;
  }
  return std::nullopt;
}

std::optional<ScaledValue> AbsorbScales::form(ValueId id) {
  if (forms_[static_cast<size_t>(id)]) return forms_[static_cast<size_t>(id)];
  if (graph_.type(id).is_fixed()) return ScaledValue{value(id), {}};
  return std::nullopt;
}

void AbsorbScales::put(ValueId old_value, ValueId new_value) {
  rewriter_.map(old_value, new_value);
  present_[static_cast<size_t>(old_value)] = true;
}

// The new value, its steps written out when it was only a form so far.
ValueId AbsorbScales::value(ValueId id) {
  if (!present_[static_cast<size_t>(id)]) {
    put(id, write_steps(*forms_[static_cast<size_t>(id)], graph_.node(id).name));
  }
  return rewriter_.mapped(id);
}

ValueId AbsorbScales::add_numbers(const Grid& grid, const std::string& name) {
  Tensor data{grid.shape, std::nullopt, {}, {}};
  if (const auto exact = exact_numbers(grid.values, kMostConstantBits)) {
    data.format = exact->format;
    data.mantissas = exact->mantissas;
  } else {
    for (const Rational& x : grid.values) data.reals.push_back(static_cast<double>(x));
  }
  return to().add_data(Op::kConstant, std::make_shared<const Tensor>(std::move(data)), name);
}

ValueId AbsorbScales::write_affine(const Step& step, ValueId x, const std::string& name) {
  const auto power = step.gain.uniform() ? power_of_two(step.gain.values[0]) : std::nullopt;
  if (power && *power != 0) {
    x = to().add(Op::kScale, {x}, {{"exponent", int64_t{*power}}}, name + ".scale");
  } else if (!power) {
    x = to().add(Op::kMul, {x, add_numbers(step.gain, name + ".gain")}, {}, name + ".product");
  }
  if (step.offset.all(0)) return x;
  return to().add(Op::kAdd, {x, add_numbers(step.offset, name + ".offset")}, {}, name + ".sum");
}

ValueId AbsorbScales::write_steps(const ScaledValue& scaled, const std::string& name) {
  ValueId x = scaled.base;
  for (const Step& step : scaled.steps) {
    switch (step.kind) {
      case Step::Kind::kAffine:
        x = write_affine(step, x, name);
        break;
      case Step::Kind::kRelu:
        x = to().add(Op::kRelu, {x}, {}, name + ".relu");
        break;
      case Step::Kind::kClamp:
        x = to().add(
            Op::kClamp, {x},
            {{"low", static_cast<double>(step.low)}, {"high", static_cast<double>(step.high)}},
            name + ".clamp");
        break;
    }
  }
  return x;
}

// Written out, powers of two and short constants stay in fixed point: a quant behind them may stay.
bool AbsorbScales::exact(const ScaledValue& scaled) const {
  return std::all_of(scaled.steps.begin(), scaled.steps.end(), [](const Step& step) {
    return step.kind != Step::Kind::kClamp && exact_numbers(step.gain.values, kMostConstantBits) &&
           exact_numbers(step.offset.values, kMostConstantBits);
  });
}

std::optional<ScaledValue> AbsorbScales::derive_product(const Node& node) {
  for (const int side : {1, 0}) {
    const ValueId constant = node.operands[static_cast<size_t>(side)];
    const ValueId variable = node.operands[static_cast<size_t>(1 - side)];
    const auto gain = numbers(constant);
    auto scaled = form(variable);
    if (!gain || !scaled || graph_.shape(variable) != node.type.shape) continue;
    scaled->append_affine(*gain, Grid::of(0));
    return scaled;
  }
  auto a = form(node.operands[0]), b = form(node.operands[1]);
  if (!a || !b || !a->only_gain() || !b->only_gain()) return std::nullopt;
  ScaledValue result{to().add(Op::kMul, {a->base, b->base}, {}, node.name), {}};
  result.append_affine(product(a->gain(), b->gain()), Grid::of(0));
  return result;
}

std::optional<ScaledValue> AbsorbScales::derive_sum(const Node& node) {
  const bool minus = node.op == Op::kSub;
  for (const int side : {1, 0}) {
    const ValueId variable = node.operands[static_cast<size_t>(1 - side)];
    const auto offset = numbers(node.operands[static_cast<size_t>(side)]);
    auto scaled = form(variable);
    if (!offset || !scaled || graph_.shape(variable) != node.type.shape) continue;
    const bool negated = minus && side == 0;  // constant - x
    scaled->append_affine(Grid::of(negated ? -1 : 1),
                          minus && side == 1 ? negative(*offset) : *offset);
    return scaled;
  }
  // Two values of one scale, as in a residual connection; powers of two apart will do.
  auto a = form(node.operands[0]), b = form(node.operands[1]);
  if (!a || !b || !a->only_gain() || !b->only_gain() || !a->uniform() || !b->uniform()) {
    return std::nullopt;
  }
  const Rational gain = a->gain().values[0], other = b->gain().values[0];
  const auto power = gain == 0 ? std::nullopt : power_of_two(other / gain);
  if (!power) return std::nullopt;
  const ValueId right =
      *power == 0
          ? b->base
          : to().add(Op::kScale, {b->base}, {{"exponent", int64_t{*power}}}, node.name + ".align");
  ScaledValue result{to().add(node.op, {a->base, right}, {}, node.name), {}};
  result.append_affine(Grid::of(gain), Grid::of(0));
  return result;
}

std::optional<ScaledValue> AbsorbScales::derive_norm(const Node& node) {
  auto scaled = form(node.operands[0]);
  std::optional<Grid> parts[4];
  for (size_t i = 0; i < 4; ++i) parts[i] = numbers(node.operands[i + 1]);
  if (!scaled || !parts[0] || !parts[1] || !parts[2] || !parts[3]) return std::nullopt;
  const Rational epsilon = rational_of(real_attribute(node, "epsilon"));
  const auto axis = static_cast<size_t>(axis_attribute(graph_, node));
  Shape shape(node.type.shape.size() - axis, 1);
  shape[0] = node.type.shape[axis];
  Grid gain{shape, {}}, offset{shape, {}};
  for (size_t c = 0; c < parts[0]->values.size(); ++c) {
    if (parts[3]->values[c] + epsilon <= 0) {
      throw Error(where_of(node),
                  fmt::format("variance + epsilon is not positive in channel {}", c),
                  "train again or raise epsilon");
    }
    gain.values.push_back(spread_gain(parts[0]->values[c], parts[3]->values[c], epsilon));
    offset.values.push_back(parts[1]->values[c] - parts[2]->values[c] * gain.values.back());
  }
  scaled->append_affine(gain, offset);
  return scaled;
}

// linear and conv: the scales of x (one number) and of the weights (one an output) move behind.
std::optional<ScaledValue> AbsorbScales::derive_layer(const Node& node) {
  const auto x = form(node.operands[0]), w = form(node.operands[1]);
  if (!x || !w || !x->only_gain() || !w->only_gain() || !x->gain().uniform()) return std::nullopt;
  Grid weight_gain = w->gain();
  const int64_t outputs = node.type.shape.back();
  if (weight_gain.uniform()) {
    weight_gain = Grid::of(weight_gain.values[0]);
  } else {
    if (element_count(weight_gain.shape) != outputs || weight_gain.shape.back() != outputs) {
      return std::nullopt;
    }
    weight_gain.shape = {outputs};
  }
  Grid offset = Grid::of(0);
  if (node.operands.size() > 2) {
    const auto bias = numbers(node.operands[2]);
    const auto scaled_bias = bias ? std::nullopt : form(node.operands[2]);
    if (bias) {
      offset = *bias;
    } else if (scaled_bias && scaled_bias->only_gain() &&
               to().node(scaled_bias->base).op == Op::kConstant) {
      const Tensor& data = *to().node(scaled_bias->base).data;
      Grid mantissas{data.shape, {}};
      for (const int64_t m : data.mantissas) {
        mantissas.values.push_back(times_power_of_two(Rational(m), -data.format->fraction_bits()));
      }
      offset = product(mantissas, scaled_bias->gain());
    } else {
      return std::nullopt;
    }
  }
  ScaledValue result{to().add(node.op, {x->base, w->base}, node.attributes, node.name), {}};
  result.append_affine(product(Grid::of(x->gain().values[0]), weight_gain), offset);
  return result;
}

// Operations that commute with the steps: they move elements, or pick them by order.
std::optional<ScaledValue> AbsorbScales::derive_moved(const Node& node) {
  auto scaled = form(node.operands[0]);
  if (!scaled) return std::nullopt;
  std::vector<ValueId> operands = {scaled->base};
  for (size_t i = 1; i < node.operands.size(); ++i) operands.push_back(value(node.operands[i]));
  scaled->base = to().add(node.op, operands, node.attributes, node.name);
  if (node.op == Op::kTranspose) {
    for (Step& step : scaled->steps) {
      const auto& perm = ints_attribute(node, "perm");
      step.gain = transposed(step.gain, perm.size(), perm);
      step.offset = transposed(step.offset, perm.size(), perm);
    }
  } else {
    for (Step& step : scaled->steps) {
      step.gain = Grid::of(step.gain.values[0]);
      step.offset = Grid::of(step.offset.values[0]);
    }
  }
  return scaled;
}

// A real value as steps on a fixed-point one, or nothing.
std::optional<ScaledValue> AbsorbScales::derive(ValueId id) {
  const Node& node = graph_.node(id);
  const auto first = node.operands.empty() ? std::nullopt : form(node.operands[0]);
  switch (node.op) {
    case Op::kMul:
      return derive_product(node);
    case Op::kAdd:
    case Op::kSub:
      return derive_sum(node);
    case Op::kBatchNorm:
      return derive_norm(node);
    case Op::kLinear:
    case Op::kConv:
      return derive_layer(node);
    case Op::kMatMul: {
      const auto b = form(node.operands[1]);
      const bool fits =
          first && b && first->only_gain() && b->only_gain() && first->uniform() && b->uniform();
      if (!fits) return std::nullopt;
      ScaledValue result{to().add(node.op, {first->base, b->base}, {}, node.name), {}};
      result.append_affine(Grid::of(first->gain().values[0] * b->gain().values[0]), Grid::of(0));
      return result;
    }
    case Op::kScale: {
      auto scaled = first;
      if (!scaled) return std::nullopt;
      const auto exponent = static_cast<int>(int_attribute(node, "exponent"));
      scaled->append_affine(Grid::of(times_power_of_two(1, exponent)), Grid::of(0));
      return scaled;
    }
    case Op::kRelu:
    case Op::kClamp: {
      auto scaled = first;
      if (!scaled) return std::nullopt;
      Step step;
      step.kind = node.op == Op::kRelu ? Step::Kind::kRelu : Step::Kind::kClamp;
      if (node.op == Op::kClamp) {
        step.low = rational_of(real_attribute(node, "low"));
        step.high = rational_of(real_attribute(node, "high"));
      }
      scaled->steps.push_back(std::move(step));
      return scaled;
    }
    case Op::kTranspose:
      return derive_moved(node);
    case Op::kReshape:
    case Op::kSlice:
      return first && first->uniform() ? derive_moved(node) : std::nullopt;
    case Op::kGather:
      return first && first->uniform() && first->keeps_zero() ? derive_moved(node) : std::nullopt;
    case Op::kReduceSum:
      return first && first->uniform() && first->only_gain() ? derive_moved(node) : std::nullopt;
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kTopK:
    case Op::kSort:
      return first && first->uniform() && first->rises() ? derive_moved(node) : std::nullopt;
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kQuant:
    case Op::kThresholds:
    case Op::kTable:
    case Op::kReduceMean:
    case Op::kConcat:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
    case Op::kTreeEnsemble:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      return std::nullopt;
  }
  internal_error("unknown op");
}

ValueId AbsorbScales::write_product(const IntegerProduct& product, ValueId base,
                                    const Node& quant) {
  const auto constant = [&](const Grid& numbers, const char* suffix) {
    const auto exact = exact_numbers(numbers.values, 62);
    Tensor data{numbers.shape, exact->format, exact->mantissas, {}};
    return to().add_data(Op::kConstant, std::make_shared<const Tensor>(std::move(data)),
                         quant.name + suffix);
  };
  ValueId x =
      to().add(Op::kMul, {base, constant(product.factor, ".factor")}, {}, quant.name + ".product");
  if (!product.offset.all(0)) {
    x = to().add(Op::kAdd, {x, constant(product.offset, ".offset")}, {}, quant.name + ".sum");
  }
  if (product.relu) x = to().add(Op::kRelu, {x}, {}, quant.name + ".relu");
  return to().add(Op::kQuant, {x}, quant.attributes, quant.name);
}

ValueId AbsorbScales::write_thresholds(const MonotoneQuantiser& quantiser, ValueId base,
                                       const Node& quant) {
  ThresholdTable table = quantiser.as_thresholds(where_of(quant));
  const ValueId rows = to().add_data(
      Op::kConstant, std::make_shared<const Tensor>(std::move(table.steps)), quant.name + ".steps");
  const Shape shape = to().shape(base);
  // Channels along several axes at once, or none to lie along: one axis of all elements.
  const bool flat = quantiser.axis() == -2 || shape.empty();
  if (flat) {
    base = to().add(Op::kReshape, {base}, {{"shape", Shape{element_count(shape)}}},
                    quant.name + ".flat");
  }
  const int64_t axis = std::max(quantiser.axis(), 0);
  const ValueId result = to().add(Op::kThresholds, {base, rows},
                                  {{"axis", axis},
                                   {"base", table.base},
                                   {"direction", table.direction},
                                   {"format", FormatMap(quantiser.carrier())}},
                                  quant.name);
  if (!flat) return result;
  return to().add(Op::kReshape, {result}, {{"shape", shape}}, quant.name + ".shaped");
}

void AbsorbScales::quantise(ValueId id) {
  const Node& node = graph_.node(id);
  const auto scaled = form(node.operands[0]);
  const Shape& shape = graph_.shape(node.operands[0]);
  if (!scaled || to().shape(scaled->base) != shape) return copy(id);
  if (exact(*scaled)) return copy(id);
  const FormatMap& formats = formats_attribute(node, "formats");
  MonotoneQuantiser quantiser(*scaled, *to().type(scaled->base).format, formats, shape,
                              where_of(node));
  if (!quantiser.solve(kMostChanges)) return copy(id);
  if (quantiser.most_changes() > kManySteps) {
    if (const auto product = quantiser.as_product()) {
      return put(id, write_product(*product, scaled->base, node));
    }
  }
  if (quantiser.most_changes() > kMostThresholds) return copy(id);
  put(id, write_thresholds(quantiser, scaled->base, node));
}

void AbsorbScales::copy(ValueId id) {
  for (const ValueId operand : graph_.node(id).operands) value(operand);
  rewriter_.copy(id);
  present_[static_cast<size_t>(id)] = true;
}

Graph AbsorbScales::run() {
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    const bool absorbs = node.op == Op::kQuant && !constant_[static_cast<size_t>(id)] &&
                         forms_[static_cast<size_t>(node.operands[0])];
    if (absorbs) {
      quantise(id);
    } else if (node.type.is_fixed()) {
      copy(id);
    } else {
      auto scaled = derive(id);
      if (scaled) {
        forms_[static_cast<size_t>(id)] = std::move(scaled);
      } else {
        copy(id);
      }
    }
  }
  for (const Output& output : graph_.outputs()) value(output.value);
  return drop_dead(rewriter_.finish());
}

}  // namespace

Graph absorb_scales(const Graph& graph) { return AbsorbScales(graph).run(); }

}  // namespace trigstone
