// Tables, generated once in long double, and the normalisation behind 1/x and 1/sqrt(x).
#include <cmath>

#include "base/error.h"
#include "fixed/quantize.h"
#include "graph/expand.h"

namespace trigstone::detail {

ValueId Expansion::add(const char* suffix, Op op, std::vector<ValueId> operands,
                       Attributes attributes) {
  return graph.add(op, std::move(operands), std::move(attributes), name + suffix);
}

ValueId Expansion::constant(const char* suffix, const Format& format, int64_t mantissa) {
  return graph.add_data(Op::kConstant,
                        std::make_shared<const Tensor>(Tensor{{}, format, {mantissa}, {}}),
                        name + suffix);
}

ValueId Expansion::quant(const char* suffix, ValueId x, const Format& to) {
  return add(suffix, Op::kQuant, {x}, {{"formats", FormatMap(to)}});
}

ValueId Expansion::scale(const char* suffix, ValueId x, int exponent) {
  return exponent == 0 ? x : add(suffix, Op::kScale, {x}, {{"exponent", int64_t{exponent}}});
}

int64_t quantize(long double x, const Format& format) {
  if (!std::isfinite(x)) return quantize_real(static_cast<double>(x), format);
  int exponent = 0;
  constexpr int kMantissaBits = 62;  // of the 64 that long double has: enough behind any table
  const long double fraction = std::frexp(x, &exponent);
  const auto mantissa = static_cast<int64_t>(std::ldexp(fraction, kMantissaBits));
  return quantize(static_cast<Int128>(mantissa), kMantissaBits - exponent, format);
}

ValueId Expansion::table(const char* suffix, ValueId x, const Format& to, const std::string& text,
                         const RealFunction& f) {
  const Format& from = format(x);
  constexpr int kMostIndexBits = 16;
  if (from.width_bits > kMostIndexBits) {
    throw Error(fmt::format("graph:node '{}'", name),
                fmt::format("a table of {} index bits is too large", from.width_bits),
                "quantise its operand to 16 bits or fewer");
  }
  std::vector<int64_t> entries;
  for (int64_t m = from.min_mantissa(); m <= from.max_mantissa(); ++m) {
    const long double at = std::ldexp(static_cast<long double>(m), -from.fraction_bits());
    entries.push_back(quantize(f(at), to));
  }
  return add(suffix, Op::kTable, {x},
             {{"entries", std::move(entries)},
              {"format", FormatMap(to)},
              {"function", text},
              {"backward", std::string("slope")}});
}

Normalised normalise(Expansion& e, ValueId x, int bits) {
  const ValueId top = e.add(".top", Op::kLeadingOne, {x});
  const int index_bits = e.format(top).width_bits;
  const int most = (1 << index_bits) - 1;
  const Format integer{index_bits, index_bits, false, Rounding::kTRN, Overflow::kSAT};
  const ValueId limit = e.constant(".most", integer, most);
  // most - top is never negative; inference of `sub` cannot know, so a quant says it.
  const ValueId shift = e.quant(".shift", e.add(".places", Op::kSub, {limit, top}), integer);
  const ValueId moved = e.add(".moved", Op::kShiftLeft, {x, shift});
  const ValueId unit = e.scale(".unit", moved, e.format(x).fraction_bits() - most);
  const ValueId one = e.constant(".one", {1, 1, false}, 1);
  const ValueId rest = e.quant(".rest", e.add(".tail", Op::kSub, {unit, one}),
                               {bits, 0, false, Rounding::kTRN, Overflow::kSAT});
  return {shift, rest, most};
}

ValueId reciprocal(Expansion& e, ValueId x) {
  const int index_bits = e.options.reciprocal_index_bits;
  const Normalised n = normalise(e, x, index_bits);
  const long double middle = std::ldexp(1.0L, -index_bits - 1);  // of the interval that is cut off
  const Format values{e.options.reciprocal_value_bits, 0, false, Rounding::kRND, Overflow::kSAT};
  const ValueId inverse =
      e.table(".inverse", n.rest, values, "1 / (1 + x), x in the middle of its step",
              [&](long double rest) { return 1 / (1 + rest + middle); });
  const ValueId moved = e.add(".inverse_moved", Op::kShiftLeft, {inverse, n.shift});
  return e.scale(".reciprocal", moved, e.format(x).fraction_bits() - n.most);
}

}  // namespace trigstone::detail
