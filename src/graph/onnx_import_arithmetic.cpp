// Elementwise operators of ONNX.
#include <fmt/format.h>

#include <cmath>

#include "graph/onnx_import.h"

namespace trigstone::detail {

namespace {

// k when every number is 2^k.
std::optional<int64_t> common_power_of_two(const Known& known) {
  int exponent = 0;
  for (size_t i = 0; i < known.values.size(); ++i) {
    int own = 0;
    if (std::frexp(known.values[i], &own) != 0.5 || (i > 0 && own != exponent)) return std::nullopt;
    exponent = own;
  }
  if (known.values.empty() || std::abs(exponent - 1) > 200) return std::nullopt;
  return exponent - 1;
}

Known inverse(Known known) {
  for (double& x : known.values) x = 1.0 / x;
  known.is_integer = false;
  known.integers.clear();
  return known;
}

}  // namespace

void OnnxImport::op_constant(const Proto& node) {
  const auto* tensor = attribute(node, "value");
  if (tensor != nullptr && tensor->has_t()) {
    OnnxValue value;
    value.known = known_tensor(tensor->t(), where(node));
    value.shape = value.known->shape;
    return define(node, value);
  }
  if (attribute(node, "value_float") != nullptr) {
    return define_known(node, reals_known({}, {float_of(node, "value_float", 0)}));
  }
  if (attribute(node, "value_int") != nullptr) {
    return define_known(node, integers_known({}, {int_of(node, "value_int", 0)}));
  }
  if (attribute(node, "value_ints") != nullptr) {
    auto list = ints_of(node, "value_ints");
    const auto count = static_cast<int64_t>(list.size());
    return define_known(node, integers_known({count}, std::move(list)));
  }
  if (const auto* floats = attribute(node, "value_floats")) {
    return define_known(node, reals_known({floats->floats_size()},
                                          {floats->floats().begin(), floats->floats().end()}));
  }
  refuse(node, "this kind of constant is not supported", "use a dense numeric tensor");
}

// MatMul + Add of a constant per output is one linear.
bool OnnxImport::fuse_bias(const Proto& node, OnnxValue& product, OnnxValue& bias) {
  if (own_ || product.id < 0 || bias.varies || !product.varies) return false;
  const Node& layer = graph_.node(product.id);
  if (layer.op != Op::kLinear || layer.operands.size() != 2 || readers_[product.name] != 1 ||
      product.shape.empty()) {
    return false;
  }
  const int64_t outputs = product.shape.back();
  if (bias.shape.empty() || bias.shape.back() != outputs ||
      checked_count(bias.shape, where(node)) != outputs ||
      bias.shape.size() > product.shape.size()) {
    return false;
  }
  ValueId bias_id = trainable(bias);
  bias_id = reshaped(bias_id, {outputs}, bias.name + ".row");
  const std::vector<ValueId> weights = layer.operands;
  define_like(node, product, add(node, Op::kLinear, {weights[0], weights[1], bias_id}));
  return true;
}

void OnnxImport::op_add(const Proto& node) {
  OnnxValue &a = input(node, 0), &b = input(node, 1);
  if (const auto product = products_.find(node.input(0)); product != products_.end()) {
    const auto [x, weights] = product->second;
    return define_like(node, a, add(node, Op::kLinear, {x, weights, id_of(b)}));
  }
  if (fuse_bias(node, a, b) || fuse_bias(node, b, a)) return;
  const Broadcast operands = broadcast_inputs(node, {&a, &b});
  // The constant goes to the right, where passes look for it.
  const bool swap = !own_ && !a.varies && b.varies;
  define_broadcast(node, operands,
                   swap ? add(node, Op::kAdd, {operands.ids[1], operands.ids[0]})
                        : add(node, Op::kAdd, operands.ids));
}

void OnnxImport::op_sub(const Proto& node) {
  const Broadcast operands = broadcast_inputs(node, {&input(node, 0), &input(node, 1)});
  define_broadcast(node, operands, add(node, Op::kSub, operands.ids));
}

void OnnxImport::op_sum(const Proto& node) {
  std::vector<OnnxValue*> values;
  for (int i = 0; i < node.input_size(); ++i) values.push_back(&input(node, i));
  const Broadcast operands = broadcast_inputs(node, values);
  ValueId sum = operands.ids.at(0);
  for (size_t i = 1; i < operands.ids.size(); ++i)
    sum = add(node, Op::kAdd, {sum, operands.ids[i]});
  define_broadcast(node, operands, sum);
}

// x * factor, or x / factor; powers of two only move the binary point.
void OnnxImport::multiply_by(const Proto& node, OnnxValue& x, OnnxValue& factor, bool divide) {
  const bool known_factor = factor.known != nullptr && factor.id < 0;
  const auto power = known_factor ? common_power_of_two(*factor.known) : std::nullopt;
  if (power && broadcast(x.shape, factor.shape, where(node)) == x.shape) {
    const int64_t exponent = divide ? -*power : *power;
    return define_like(node, x, add(node, Op::kScale, {id_of(x)}, {{"exponent", exponent}}));
  }
  OnnxValue right = factor;
  if (divide && known_factor && common_power_of_two(inverse(*factor.known))) {
    right.known = std::make_shared<const Known>(inverse(*factor.known));
    divide = false;
  }
  Broadcast operands = broadcast_inputs(node, {&x, &right});
  if (divide) {  // exact as a rational for absorb_scales, which 1/factor in doubles would not be
    operands.ids[1] = add_part(node, ".reciprocal", Op::kFunction, {operands.ids[1]},
                               {{"kind", std::string("reciprocal")}});
  }
  define_broadcast(node, operands, add(node, Op::kMul, operands.ids));
}

void OnnxImport::op_mul(const Proto& node) {
  OnnxValue &a = input(node, 0), &b = input(node, 1);
  if (own_) {
    const Broadcast operands = broadcast_inputs(node, {&a, &b});
    return define_broadcast(node, operands, add(node, Op::kMul, operands.ids));
  }
  const bool swap = !a.varies && b.varies;
  multiply_by(node, swap ? b : a, swap ? a : b, false);
}

void OnnxImport::op_div(const Proto& node) {
  if (const OnnxValue& divisor = input(node, 1); divisor.known != nullptr) {
    for (const double x : divisor.known->values) require(node, x != 0, "divides by zero");
  }
  multiply_by(node, input(node, 0), input(node, 1), true);
}

void OnnxImport::op_pow(const Proto& node) {
  const double exponent = known_scalar(node, 1);
  OnnxValue& x = input(node, 0);
  const ValueId id = id_of(x);
  if (exponent == 1) return alias(node);
  if (exponent == 2) return define_like(node, x, add(node, Op::kMul, {id, id}));
  const char* kind = exponent == 0.5    ? "sqrt"
                     : exponent == -0.5 ? "rsqrt"
                     : exponent == -1   ? "reciprocal"
                                        : nullptr;
  require(node, kind != nullptr, fmt::format("the power {} is not supported", exponent),
          "supported are 1, 2, 0.5, -0.5 and -1");
  define_like(node, x, add(node, Op::kFunction, {id}, {{"kind", std::string(kind)}}));
}

void OnnxImport::op_neg(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const ValueId zero = constant(reals_known({}, {0.0}), name_of(node, ".zero"));
  define_like(node, x, add(node, Op::kSub, {zero, id_of(x)}));
}

void OnnxImport::op_abs(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const ValueId zero = constant(reals_known({}, {0.0}), name_of(node, ".zero"));
  const ValueId minus = add_part(node, ".minus", Op::kSub, {zero, id_of(x)});
  const ValueId positive = add_part(node, ".positive", Op::kCompare, {id_of(x), zero},
                                    {{"relation", std::string("ge")}});
  define_like(node, x, add(node, Op::kSelect, {positive, id_of(x), minus}));
}

void OnnxImport::op_extreme(const Proto& node) {
  std::vector<OnnxValue*> values;
  for (int i = 0; i < node.input_size(); ++i) values.push_back(&input(node, i));
  const Broadcast operands = broadcast_inputs(node, values);
  const std::string relation = node.op_type() == "Max" ? "ge" : "le";
  ValueId best = operands.ids.at(0);
  for (size_t i = 1; i < operands.ids.size(); ++i) {
    const ValueId better =
        add_part(node, ".better", Op::kCompare, {best, operands.ids[i]}, {{"relation", relation}});
    best = add(node, Op::kSelect, {better, best, operands.ids[i]});
  }
  define_broadcast(node, operands, best);
}

void OnnxImport::op_relu(const Proto& node) {
  OnnxValue& x = input(node, 0);
  define_like(node, x, add(node, Op::kRelu, {id_of(x)}));
}

void OnnxImport::op_leaky_relu(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const double slope = float_of(node, "alpha", 0.01);
  const ValueId zero = constant(reals_known({}, {0.0}), name_of(node, ".zero"));
  const ValueId factor = constant(reals_known({}, {slope}), name_of(node, ".slope"));
  const ValueId below = add_part(node, ".below", Op::kMul, {id_of(x), factor});
  const ValueId positive = add_part(node, ".positive", Op::kCompare, {id_of(x), zero},
                                    {{"relation", std::string("ge")}});
  define_like(node, x, add(node, Op::kSelect, {positive, id_of(x), below}));
}

ValueId OnnxImport::one_sided(const Proto& node, const char* relation, ValueId x, ValueId bound) {
  const ValueId inside =
      add_part(node, ".inside", Op::kCompare, {x, bound}, {{"relation", std::string(relation)}});
  return add(node, Op::kSelect, {inside, x, bound});
}

void OnnxImport::op_clip(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const double low = has_input(node, 1) ? known_scalar(node, 1) : float_of(node, "min", -INFINITY);
  const double high = has_input(node, 2) ? known_scalar(node, 2) : float_of(node, "max", INFINITY);
  require(node, low <= high, fmt::format("the bounds {} and {} are in the wrong order", low, high));
  constexpr double kUnbounded = 3.4e38;  // exporters write the limits of float32 for "none"
  const bool bounded_below = low > -kUnbounded, bounded_above = high < kUnbounded;
  if (bounded_below && bounded_above) {
    return define_like(node, x, add(node, Op::kClamp, {id_of(x)}, {{"low", low}, {"high", high}}));
  }
  if (bounded_below && low == 0) return define_like(node, x, add(node, Op::kRelu, {id_of(x)}));
  if (!bounded_below && !bounded_above) return alias(node);
  const ValueId bound =
      constant(reals_known({}, {bounded_below ? low : high}), name_of(node, ".bound"));
  define_like(node, x, one_sided(node, bounded_below ? "ge" : "le", id_of(x), bound));
}

void OnnxImport::op_function(const Proto& node) {
  static const std::map<std::string, std::string> kKinds = {
      {"Exp", "exp"},           {"Gelu", "gelu"},
      {"Log", "log"},           {"Reciprocal", "reciprocal"},
      {"Sigmoid", "sigmoid"},   {"Sqrt", "sqrt"},
      {"Softplus", "softplus"}, {"Tanh", "tanh"}};
  OnnxValue& x = input(node, 0);
  const std::string form = text_of(node, "approximate", "none");
  require(node, form == "none",
          fmt::format("the approximation '{}' of Gelu is not supported", form),
          "export it with approximate = none");
  define_like(node, x, add(node, Op::kFunction, {id_of(x)}, {{"kind", kKinds.at(node.op_type())}}));
}

void OnnxImport::op_compare(const Proto& node) {
  static const std::map<std::string, std::string> kRelations = {{"Equal", "eq"},
                                                                {"Greater", "gt"},
                                                                {"GreaterOrEqual", "ge"},
                                                                {"Less", "lt"},
                                                                {"LessOrEqual", "le"}};
  const Broadcast operands = broadcast_inputs(node, {&input(node, 0), &input(node, 1)});
  define_broadcast(
      node, operands,
      add(node, Op::kCompare, operands.ids, {{"relation", kRelations.at(node.op_type())}}));
}

void OnnxImport::op_logic(const Proto& node) {
  if (node.op_type() == "Not") {
    OnnxValue& x = input(node, 0);
    const ValueId zero = constant(reals_known({}, {0.0}), name_of(node, ".zero"));
    return define_like(
        node, x, add(node, Op::kCompare, {id_of(x), zero}, {{"relation", std::string("eq")}}));
  }
  const Broadcast operands = broadcast_inputs(node, {&input(node, 0), &input(node, 1)});
  const ValueId a = operands.ids[0], b = operands.ids[1];
  const bool both = node.op_type() == "And";
  define_broadcast(node, operands, add(node, Op::kSelect, {a, both ? b : a, both ? a : b}));
}

void OnnxImport::op_where(const Proto& node) {
  const Broadcast operands =
      broadcast_inputs(node, {&input(node, 0), &input(node, 1), &input(node, 2)});
  define_broadcast(node, operands, add(node, Op::kSelect, operands.ids));
}

void OnnxImport::op_identity(const Proto& node) {
  if (node.op_type() == "Dropout" && has_input(node, 2)) {
    require(node, known_scalar(node, 2) == 0, "is in training mode", "export for evaluation");
  }
  alias(node);
}

void OnnxImport::op_cast(const Proto& node) {
  const int64_t to = int_of(node, "to", 0);
  const bool keeps_numbers = to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::DOUBLE ||
                             to == onnx::TensorProto::FLOAT16 || to == onnx::TensorProto::BFLOAT16;
  const OnnxValue& x = input(node, 0);
  const bool integral =
      x.id >= 0 && graph_.type(x.id).is_fixed() && graph_.type(x.id).format->fraction_bits() <= 0;
  require(node, keeps_numbers || integral, "casts real numbers to integers",
          "use a Quant node, which states its rounding");
  alias(node);
}

}  // namespace trigstone::detail
