// Expressions; statements stand in vhdl_statements.cpp.
#include "emit/vhdl_dialect.h"

#include <fmt/core.h>

#include "base/error.h"
#include "netlist/evaluate.h"

namespace trigstone {

namespace {

const char* spelling(HdlOperator op) {
  switch (op) {
    case HdlOperator::kAdd:
      return "+";
    case HdlOperator::kSubtract:
      return "-";
    case HdlOperator::kAnd:
      return "and";
    case HdlOperator::kOr:
      return "or";
    case HdlOperator::kXor:
      return "xor";
    case HdlOperator::kLess:
      return "<";
    case HdlOperator::kEqual:
      return "=";
  }
  return "";
}

const char* type_name(HdlType type) {
  switch (type) {
    case HdlType::kBits:
      return "std_logic_vector";
    case HdlType::kUnsigned:
      return "unsigned";
    case HdlType::kSigned:
      return "signed";
  }
  return "";
}

// `&`, `+` and `-` bind equally in VHDL.
std::string operand(const HdlExpr& value) {
  return value.is_compound ? "(" + value.text + ")" : value.text;
}

std::string binary_digits(int64_t value, int64_t bits) {
  std::string digits;
  for (int64_t i = bits; i-- > 0;)
    digits += ((value >> std::min<int64_t>(i, 63)) & 1) != 0 ? '1' : '0';
  return digits;
}

HdlExpr resized(const HdlExpr& value, int64_t bits) {
  if (value.bits == bits) return value;
  return {fmt::format("resize({}, {})", value.text, bits), value.type, bits};
}

}  // namespace

// Beside the reserved words (netlist/identifier.h): what a module uses of the standard packages,
// which a value of that name would hide.
std::set<std::string> VhdlDialect::own_names() const {
  return {
      "clk",         "start",    "done",        "delayed_start", "tick",        "registers",
      "rtl",         "std",      "standard",    "ieee",          "numeric_std", "std_logic_1164",
      "std_logic",   "resize",   "to_unsigned", "to_signed",     "to_integer",  "shift_left",
      "rising_edge", "value_at", "natural",     "use_dsp",       "string",      "std_logic_vector"};
}

HdlExpr VhdlDialect::literal(int64_t value, int64_t bits, HdlType type) const {
  constexpr int64_t kLargest = 0x7fffffff;  // of an integer
  if (type != HdlType::kBits && bits > 1 && bits <= 64) {
    const bool is_signed = type == HdlType::kSigned;
    const int64_t number = wrap_to_width(value, static_cast<int>(bits), is_signed);
    const bool fits =
        is_signed ? number >= -kLargest && number <= kLargest : number >= 0 && number <= kLargest;
    if (fits) {
      return {fmt::format("to_{}({}, {})", type_name(type), number, bits), type, bits};
    }
  }
  return {fmt::format("{}'(\"{}\")", type_name(type), binary_digits(value, bits)), type, bits};
}

HdlExpr VhdlDialect::slice(const HdlVector& vector, int64_t low, int64_t count) const {
  std::string text = vector.name;
  if (count != vector.bits) text += fmt::format("({} downto {})", low + count - 1, low);
  return {text, vector.type, count};
}

HdlExpr VhdlDialect::padded(const HdlExpr& low, const HdlExpr& sign, int64_t bits) const {
  if (low.bits > 0) return resized(low, bits);
  return low.type == HdlType::kSigned ? resized(sign, bits) : literal(0, bits, low.type);
}

HdlExpr VhdlDialect::cast(const HdlExpr& value, HdlType type) const {
  if (value.type == type) return value;
  return {fmt::format("{}({})", type_name(type), value.text), type, value.bits};
}

HdlExpr VhdlDialect::times_power(const HdlExpr& value, int amount) const {
  return {fmt::format("{} & \"{}\"", value.text, std::string(static_cast<size_t>(amount), '0')),
          value.type, value.bits + amount, true};
}

HdlExpr VhdlDialect::shifted_by(const HdlExpr& value, const HdlExpr& amount) const {
  return {fmt::format("shift_left({}, to_integer({}))", value.text, amount.text), value.type,
          value.bits};
}

HdlExpr VhdlDialect::binary(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const {
  return {fmt::format("{} {} {}", operand(a), spelling(op), operand(b)), a.type, a.bits, true};
}

// A product has the bits of both factors. Read as `type` first: resize of a signed number that does
// not fit keeps its sign, of an unsigned one its low bits.
HdlExpr VhdlDialect::product(const HdlExpr& a, const HdlExpr& b, int64_t bits, HdlType type) const {
  const HdlExpr whole{fmt::format("{} * {}", operand(a), operand(b)), a.type, a.bits + b.bits,
                      true};
  return resized(cast(whole, type), bits);
}

HdlExpr VhdlDialect::joined(const HdlExpr& high, const HdlExpr& low) const {
  return {fmt::format("{} & {}", high.text, low.text), high.type, high.bits + low.bits, true};
}

HdlExpr VhdlDialect::memory_at(const HdlVector& memory, const HdlExpr& index) const {
  return {fmt::format("{}(to_integer({}))", memory.name, index.text), memory.type, memory.bits};
}

std::string VhdlDialect::truth(const HdlVector& vector, int64_t bit) const {
  return fmt::format("{}({}) = '1'", vector.name, bit);
}

std::string VhdlDialect::truth_of_strobe(const std::string& strobe) const {
  return strobe + " = '1'";
}

std::string VhdlDialect::comparison(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const {
  return fmt::format("{} {} {}", operand(a), spelling(op), operand(b));
}

std::string VhdlDialect::either(const std::string& a, const std::string& b) const {
  return a + " or " + b;
}

std::string VhdlDialect::both(const std::string& a, const std::string& b) const {
  return a + " and " + b;
}

HdlExpr VhdlDialect::choice(const std::string& condition, const HdlExpr& yes,
                            const HdlExpr& no) const {
  return {fmt::format("{} when {} else {}", yes.text, condition, no.text), yes.type, yes.bits,
          true};
}

HdlExpr VhdlDialect::flag(const std::string& condition, int64_t bits, HdlType type) const {
  return choice(condition, literal(1, bits, type), literal(0, bits, type));
}

}  // namespace trigstone
