// Expressions; statements stand in verilog_statements.cpp.
#include "emit/verilog_dialect.h"

#include <fmt/core.h>

#include "netlist/identifier.h"

namespace trigstone {

namespace {

const char* spelling(HdlOperator op) {
  switch (op) {
    case HdlOperator::kAdd:
      return "+";
    case HdlOperator::kSubtract:
      return "-";
    case HdlOperator::kAnd:
      return "&";
    case HdlOperator::kOr:
      return "|";
    case HdlOperator::kXor:
      return "^";
    case HdlOperator::kLess:
      return "<";
    case HdlOperator::kEqual:
      return "==";
  }
  return "";
}

std::string with_sign(const HdlExpr& value) {
  return value.type == HdlType::kSigned ? fmt::format("$signed({})", value.text) : value.text;
}

}  // namespace

std::string verilog_literal(int64_t value, int64_t bits) {
  if (value >= 0) return fmt::format("{}'d{}", bits, value);
  return fmt::format("-{}'sd{}", bits, -static_cast<uint64_t>(value));
}

std::set<std::string> VerilogDialect::own_names() const {
  std::set<std::string> names = {"clk", "start", "done", "unused", "delayed_start", "tick"};
  if (has_ternary_adder()) names.insert(lower_case(ternary_adder_));
  return names;
}

HdlExpr VerilogDialect::literal(int64_t value, int64_t bits, HdlType type) const {
  return {verilog_literal(value, bits), type, bits};
}

HdlExpr VerilogDialect::slice(const HdlVector& vector, int64_t low, int64_t count) const {
  std::string text = vector.name;
  if (count != vector.bits) {
    text += count == 1 ? fmt::format("[{}]", low) : fmt::format("[{}:{}]", low + count - 1, low);
  }
  return {text, vector.type, count};
}

HdlExpr VerilogDialect::padded(const HdlExpr& low, const HdlExpr& sign, int64_t bits) const {
  const int64_t above = bits - low.bits;
  std::string pad = verilog_literal(0, above);
  if (low.type == HdlType::kSigned) {
    pad = above == 1 ? sign.text : fmt::format("{{{}{{{}}}}}", above, sign.text);
  }
  return {low.bits == 0 ? pad : fmt::format("{{{}, {}}}", pad, low.text), low.type, bits};
}

HdlExpr VerilogDialect::cast(const HdlExpr& value, HdlType type) const {
  HdlExpr result = value;
  result.type = type;
  return result;
}

HdlExpr VerilogDialect::times_power(const HdlExpr& value, int amount) const {
  return {fmt::format("{{{}, {}}}", value.text, verilog_literal(0, amount)), value.type,
          value.bits + amount};
}

HdlExpr VerilogDialect::shifted_by(const HdlExpr& value, const HdlExpr& amount) const {
  return {fmt::format("{} << {}", value.text, amount.text), value.type, value.bits};
}

HdlExpr VerilogDialect::binary(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const {
  return {fmt::format("{} {} {}", a.text, spelling(op), b.text), a.type, a.bits};
}

HdlExpr VerilogDialect::product(const HdlExpr& a, const HdlExpr& b, int64_t bits,
                                HdlType type) const {
  return {with_sign(a) + " * " + with_sign(b), type, bits};
}

HdlExpr VerilogDialect::joined(const HdlExpr& high, const HdlExpr& low) const {
  return {fmt::format("{{{}, {}}}", high.text, low.text), high.type, high.bits + low.bits};
}

HdlExpr VerilogDialect::memory_at(const HdlVector& memory, const HdlExpr& index) const {
  return {fmt::format("{}[{}]", memory.name, index.text), memory.type, memory.bits};
}

std::string VerilogDialect::truth(const HdlVector& vector, int64_t bit) const {
  return slice(vector, bit, 1).text;
}

std::string VerilogDialect::comparison(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const {
  return fmt::format("{} {} {}", with_sign(a), spelling(op), with_sign(b));
}

std::string VerilogDialect::either(const std::string& a, const std::string& b) const {
  return a + " || " + b;
}

std::string VerilogDialect::both(const std::string& a, const std::string& b) const {
  return a + " && " + b;
}

HdlExpr VerilogDialect::choice(const std::string& condition, const HdlExpr& yes,
                               const HdlExpr& no) const {
  return {fmt::format("{} ? {} : {}", condition, yes.text, no.text), yes.type, yes.bits};
}

HdlExpr VerilogDialect::flag(const std::string& condition, int64_t bits, HdlType type) const {
  if (bits == 1) return {condition, type, bits};
  return {fmt::format("{{{}, {}}}", verilog_literal(0, bits - 1), condition), type, bits};
}

}  // namespace trigstone
