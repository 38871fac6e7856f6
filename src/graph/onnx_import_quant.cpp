// Quantisers of QONNX (Quant, BipolarQuant) and ONNX (QuantizeLinear, DequantizeLinear).
//
// A scale that is a power of two and a zero point of 0 make a `quant`: the binary point moves. Any
// other scale s becomes x/s -> quant to integers -> *s with s kept real, and known weights become
// integers at once, in exact rationals; `absorb_scales` later makes integers of the rest.
// Semantics: QONNX specification of Quant, https://github.com/fastmachinelearning/qonnx
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "graph/onnx_import.h"
#include "graph/rational.h"

namespace trigstone::detail {

namespace {

bool is_power_of_two(double x) {
  int exponent = 0;
  return std::frexp(x, &exponent) == 0.5;
}

int exponent_of(double power_of_two) { return std::ilogb(power_of_two); }

// Element `index` of `known` as broadcast to `shape`.
template <class T>
T broadcast_at(const std::vector<T>& values, const Shape& from, const Shape& to, int64_t flat) {
  const auto strides = broadcast_strides(from, to);
  int64_t at = 0;
  for (size_t i = to.size(); i-- > 0; flat /= to[i]) at += (flat % to[i]) * strides[i];
  return values[static_cast<size_t>(at)];
}

}  // namespace

bool OnnxImport::Quantiser::zero_is_0() const {
  return std::all_of(zero.values.begin(), zero.values.end(), [](double z) { return z == 0; });
}

bool OnnxImport::Quantiser::moves_point_only() const {
  return zero_is_0() && !narrow_unsigned &&
         std::all_of(scale.values.begin(), scale.values.end(), is_power_of_two);
}

Known OnnxImport::inner(const Proto& node, const Known& numbers, const OnnxValue& x) const {
  Known result = numbers;
  require(node, broadcast(numbers.shape, x.shape, where(node)) == x.shape,
          fmt::format("a scale of shape {} does not fit {}", to_string(numbers.shape),
                      to_string(x.shape)));
  if (x.batched && result.shape.size() == x.shape.size()) result.shape.erase(result.shape.begin());
  if (!own_ && result.values.size() == 1) result.shape.clear();
  return result;
}

// The rounding of the Quant node, and whether it may only be used where nothing is rounded.
std::pair<Rounding, bool> OnnxImport::rounding_of(const Proto& node) const {
  std::string mode = text_of(node, "rounding_mode", "ROUND");
  std::transform(mode.begin(), mode.end(), mode.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  if (mode == "ROUND" || mode == "HALF_EVEN") return {Rounding::kRND_CONV, false};
  if (mode == "FLOOR") return {Rounding::kTRN, false};
  if (mode == "ROUND_TO_ZERO" || mode == "DOWN") return {Rounding::kTRN_ZERO, false};
  if (mode == "HALF_UP") return {Rounding::kRND_INF, false};
  if (mode == "HALF_DOWN") return {Rounding::kRND_ZERO, false};
  if (mode == "CEIL" || mode == "UP") return {Rounding::kTRN, true};
  refuse(node, fmt::format("rounding mode '{}' is not known", mode),
         "known are ROUND, FLOOR, ROUND_TO_ZERO, DOWN, HALF_EVEN, HALF_UP, HALF_DOWN");
}

OnnxImport::Quantiser OnnxImport::quantiser_of(const Proto& node) {
  const OnnxValue& x = input(node, 0);
  Quantiser result;
  result.scale = inner(node, known(node, 1), x);
  result.zero = inner(node, known(node, 2), x);
  for (const double s : result.scale.values) {
    require(node, std::isfinite(s) && s > 0, fmt::format("the scale {} is not positive", s));
  }
  for (const double z : result.zero.values) {
    require(node, z == std::floor(z) && std::abs(z) < 0x1p40,
            fmt::format("the zero point {} is not an integer", z));
  }
  const Known bits = inner(node, known(node, 3), x);
  const bool is_signed = int_of(node, "signed", 1) != 0;
  const bool narrow = int_of(node, "narrow", 0) != 0;
  result.narrow_unsigned = narrow && !is_signed;
  const auto [rounding, exact_only] = rounding_of(node);
  if (exact_only) {
    const bool integral =
        x.id >= 0 && graph_.type(x.id).is_fixed() && result.moves_point_only() &&
        graph_.type(x.id).format->fraction_bits() <= -exponent_of(result.scale.values.at(0));
    require(node, integral,
            fmt::format("rounding mode '{}' is not supported", text_of(node, "rounding_mode", "")),
            "train with ROUND or FLOOR");
  }
  result.integers.shape = bits.shape;
  for (const double width : bits.values) {
    require(node, width == std::floor(width) && width >= 1 && width <= (is_signed ? 64 : 63),
            fmt::format("a width of {} bits is not possible", width));
    require(node, !(narrow && is_signed && width == 1),
            "one signed bit in a narrow range holds only 0", "use BipolarQuant");
    const auto w = static_cast<int>(width);
    result.integers.formats.push_back(
        {w, w, is_signed, rounding, narrow && is_signed ? Overflow::kSAT_SYM : Overflow::kSAT});
  }
  if (result.narrow_unsigned) {
    require(node, result.integers.uniform(), "a narrow unsigned range needs one width");
  }
  return result;
}

void OnnxImport::op_quant(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const Quantiser quantiser = quantiser_of(node);
  if (x.known != nullptr && x.id < 0 && !quantiser.moves_point_only()) {
    return quantise_known(node, x, quantiser);
  }
  quantise_variable(node, x, quantiser);
}

ValueId OnnxImport::integer_constant(const Proto& node, const std::string& suffix, Shape shape,
                                     std::vector<int64_t> integers) {
  Interval range{0, 0};
  for (const int64_t m : integers) range = hull(range, {m, m});
  Tensor data{std::move(shape), covering(range, 0, where(node)), std::move(integers), {}};
  return graph_.add_data(Op::kConstant, std::make_shared<const Tensor>(std::move(data)),
                         name_of(node, suffix));
}

// x * factor or x / factor: by moving the point when the factor is one power of two.
ValueId OnnxImport::scaled(const Proto& node, const std::string& suffix, ValueId x,
                           const Known& factor, bool divide) {
  const bool moves_point = !factor.values.empty() && is_power_of_two(factor.values[0]);
  const bool uniform = std::all_of(factor.values.begin(), factor.values.end(),
                                   [&](double f) { return f == factor.values[0]; });
  if (moves_point && uniform) {
    const int64_t exponent = int64_t{exponent_of(factor.values[0])} * (divide ? -1 : 1);
    return exponent == 0 ? x : add_part(node, suffix, Op::kScale, {x}, {{"exponent", exponent}});
  }
  ValueId right = constant(factor, name_of(node, ".scale"));
  if (divide) {  // exact as a rational for absorb_scales, which 1/factor in doubles would not be
    right = add_part(node, suffix + "_factor", Op::kFunction, {right},
                     {{"kind", std::string("reciprocal")}});
  }
  return add_part(node, suffix, Op::kMul, {x, right});
}

void OnnxImport::quantise_variable(const Proto& node, OnnxValue& x, const Quantiser& quantiser) {
  const Known& scale = quantiser.scale;
  const ValueId id = trainable(x);
  if (quantiser.moves_point_only()) {
    const FormatMap& integers = quantiser.integers;
    FormatMap formats;
    formats.shape = broadcast(scale.shape, integers.shape, where(node));
    formats.formats.clear();
    const int64_t count = checked_count(formats.shape, where(node));
    for (int64_t i = 0; i < count; ++i) {
      Format format = broadcast_at(integers.formats, integers.shape, formats.shape, i);
      format.integer_bits += exponent_of(broadcast_at(scale.values, scale.shape, formats.shape, i));
      formats.formats.push_back(format);
    }
    return define_like(node, x, add(node, Op::kQuant, {id}, {{"formats", formats}}));
  }
  const bool shifted = !quantiser.zero_is_0();
  ValueId zero = -1;
  ValueId value = scaled(node, ".divided", id, scale, true);
  if (shifted) {
    zero = constant(quantiser.zero, name_of(node, ".zero"));
    value = add_part(node, ".shifted", Op::kAdd, {value, zero});
  }
  value = add(node, Op::kQuant, {value}, {{"formats", quantiser.integers}});
  if (quantiser.narrow_unsigned) {
    const double high = static_cast<double>(quantiser.integers.formats[0].max_mantissa() - 1);
    value = add_part(node, ".narrow", Op::kClamp, {value}, {{"low", 0.0}, {"high", high}});
  }
  if (shifted) value = add_part(node, ".unshifted", Op::kSub, {value, zero});
  define_like(node, x, scaled(node, ".scaled", value, scale, false));
}

void OnnxImport::quantise_known(const Proto& node, OnnxValue& x, const Quantiser& quantiser) {
  std::vector<int64_t> integers;
  const auto count = static_cast<int64_t>(x.known->values.size());
  for (int64_t i = 0; i < count; ++i) {
    const Rational scale =
        rational_of(broadcast_at(quantiser.scale.values, quantiser.scale.shape, x.shape, i));
    const auto zero =
        static_cast<int64_t>(broadcast_at(quantiser.zero.values, quantiser.zero.shape, x.shape, i));
    const Format format =
        broadcast_at(quantiser.integers.formats, quantiser.integers.shape, x.shape, i);
    const double number = x.known->values[static_cast<size_t>(i)];
    require(node, std::isfinite(number), "a weight is not finite");
    require(node, format.width_bits <= 48, "more than 48 bits need a scale that is a power of two");
    int64_t code = quantize(Rational(rational_of(number) / scale + zero), format);
    if (quantiser.narrow_unsigned) code = std::min(code, format.max_mantissa() - 1);
    integers.push_back(code - zero);
  }
  const ValueId codes = integer_constant(node, ".codes", x.shape, std::move(integers));
  define_like(node, x, scaled(node, ".scaled", codes, quantiser.scale, false));
}

// scale * (x >= 0 ? 1 : -1).
void OnnxImport::op_bipolar_quant(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const Known scale = inner(node, known(node, 1), x);
  if (x.known != nullptr && x.id < 0) {
    std::vector<int64_t> signs;
    for (const double w : x.known->values) signs.push_back(w >= 0 ? 1 : -1);
    const ValueId codes = integer_constant(node, ".codes", x.shape, std::move(signs));
    return define_like(node, x, scaled(node, ".scaled", codes, scale, false));
  }
  const ValueId zero = constant(reals_known({}, {0.0}), name_of(node, ".zero"));
  const ValueId one = constant(reals_known({}, {1.0}), name_of(node, ".one"));
  const ValueId positive = add_part(node, ".positive", Op::kCompare, {id_of(x), zero},
                                    {{"relation", std::string("ge")}});
  const ValueId doubled =
      add_part(node, ".doubled", Op::kScale, {positive}, {{"exponent", int64_t{1}}});
  const ValueId sign = add(node, Op::kSub, {doubled, one});
  define_like(node, x, scaled(node, ".scaled", sign, scale, false));
}

void OnnxImport::op_trunc(const Proto& node) {
  refuse(node, "operator 'Trunc' is not supported",
         "it drops bits whose number depends on run-time scales; use Quant with FLOOR");
}

// A scale or zero point of QuantizeLinear: one number, or one an entry of `axis`.
Known OnnxImport::along_axis(const Proto& node, const Known& numbers, const OnnxValue& x) const {
  Known result = numbers;
  if (numbers.values.size() != 1) {
    require(node, numbers.shape.size() == 1, "blocked scales are not supported");
    const int64_t axis = onnx_axis(node, int_of(node, "axis", 1), x.shape.size());
    result.shape.resize(x.shape.size() - static_cast<size_t>(axis), 1);
  }
  return inner(node, result, x);
}

void OnnxImport::op_quantize_linear(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const Known scale = along_axis(node, known(node, 1), x);
  for (const double s : scale.values) {
    require(node, std::isfinite(s) && s > 0, fmt::format("the scale {} is not positive", s));
  }
  int type = onnx::TensorProto::UINT8;
  Known zero = reals_known({}, {0.0});
  if (has_input(node, 2)) {
    zero = along_axis(node, known(node, 2), x);
    type = known(node, 2).element_type;
  }
  const bool wide = type == onnx::TensorProto::INT16 || type == onnx::TensorProto::UINT16;
  const bool is_signed = type == onnx::TensorProto::INT8 || type == onnx::TensorProto::INT16;
  require(node, wide || is_signed || type == onnx::TensorProto::UINT8,
          "only integers of 8 and 16 bits are supported");
  require(node, zero.values.size() == 1, "a zero point an axis is not supported", "use 0");
  const int width = wide ? 16 : 8;
  const Format codes{width, width, is_signed, Rounding::kRND_CONV, Overflow::kSAT};
  const ValueId divided = scaled(node, ".divided", trainable(x), scale, true);
  const double shift = zero.values[0];
  if (shift == 0) {
    return define_like(node, x, add(node, Op::kQuant, {divided}, {{"formats", FormatMap(codes)}}));
  }
  // ONNX rounds before it adds the zero point, so the range moves instead of the number.
  Format rounded = codes;
  rounded.is_signed = true;
  rounded.width_bits = rounded.integer_bits = width + 2;
  const ValueId code =
      add_part(node, ".rounded", Op::kQuant, {divided}, {{"formats", FormatMap(rounded)}});
  const ValueId inside = add_part(node, ".clipped", Op::kClamp, {code},
                                  {{"low", static_cast<double>(codes.min_mantissa()) - shift},
                                   {"high", static_cast<double>(codes.max_mantissa()) - shift}});
  const ValueId offset = constant(zero, name_of(node, ".zero"));
  define_like(node, x, add(node, Op::kAdd, {inside, offset}));
}

void OnnxImport::op_dequantize_linear(const Proto& node) {
  OnnxValue& x = input(node, 0);
  const Known scale = along_axis(node, known(node, 1), x);
  const Known zero =
      has_input(node, 2) ? along_axis(node, known(node, 2), x) : reals_known({}, {0.0});
  ValueId codes = -1;
  if (x.known != nullptr && x.id < 0) {
    require(node, x.known->is_integer, "the operand is not integer");
    std::vector<int64_t> integers;
    for (size_t i = 0; i < x.known->integers.size(); ++i) {
      integers.push_back(
          x.known->integers[i] -
          clamped_integer(broadcast_at(zero.values, zero.shape, x.shape, static_cast<int64_t>(i))));
    }
    codes = integer_constant(node, ".codes", x.shape, std::move(integers));
  } else {
    codes = id_of(x);
    const bool shifted =
        std::any_of(zero.values.begin(), zero.values.end(), [](double z) { return z != 0; });
    if (shifted) {
      codes =
          add_part(node, ".unshifted", Op::kSub, {codes, constant(zero, name_of(node, ".zero"))});
    }
  }
  define_like(node, x, scaled(node, ".scaled", codes, scale, false));
}

}  // namespace trigstone::detail
