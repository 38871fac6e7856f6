// Combinational cells: one expression a value, every width written out.
#include <algorithm>
#include <bit>

#include "base/error.h"
#include "emit/hdl_writer.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"

namespace trigstone {

namespace {

int power_of(int64_t factor) { return std::countr_zero(static_cast<uint64_t>(factor)); }

}  // namespace

HdlExpr HdlWriter::bits(CellId id, int64_t low, int64_t count, HdlType type) {
  const Cell& c = cell(id);
  if (c.op != NetOp::kConst) return dialect_.cast(wire(id).extended(dialect_, low, count), type);
  const int width = static_cast<int>(count);
  const int64_t value = c.constant >> std::min<int64_t>(low, 63);
  return dialect_.literal(wrap_to_width(value, width, value < 0), width, type);
}

HdlExpr HdlWriter::shifted(CellId id, int amount, int width, HdlType type) {
  if (amount == 0) return bits(id, 0, width, type);
  if (amount >= width) return dialect_.literal(0, width, type);
  return dialect_.times_power(bits(id, 0, width - amount, type), amount);
}

std::pair<HdlExpr, HdlExpr> HdlWriter::alike(CellId a, CellId b, int width) {
  const HdlType type = number_type(is_signed(cell(a)) || is_signed(cell(b)));
  const auto operand = [&](CellId id) {
    // An unsigned number needs a zero above it to be read as a signed one.
    const int own = width_bits(cell(id)) + (type_of(cell(id)) == type ? 0 : 1);
    return bits(id, 0, dialect_.operand_bits(own, width), type);
  };
  return {operand(a), operand(b)};
}

std::string HdlWriter::compared(HdlOperator op, CellId a, CellId b) {
  const auto [left, right] = alike(a, b, bits_for(hull(cell(a).range, cell(b).range)));
  return dialect_.comparison(op, left, right);
}

void HdlWriter::write_wire(CellId id, const HdlExpr& value) {
  HdlVector wire = declare(id);
  wire.in_dsp = cell(id).op == NetOp::kMul && cell(id).flag;
  dialect_.wire(text_, wire, dialect_.cast(value, wire.type), remark(id));
}

void HdlWriter::write_cell(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c);
  const HdlType type = type_of(c);
  const auto operand = [&](size_t k) { return c.operands[k]; };
  const auto whole = [&](size_t k) { return bits(operand(k), 0, width, type); };
  switch (c.op) {
    case NetOp::kInput:  // with its port
    case NetOp::kConst:  // at its readers
      return;
    case NetOp::kShiftLeft:
      return write_wire(id, shifted(operand(0), c.amount, width, type));
    case NetOp::kShiftRight:
      return write_wire(id, bits(operand(0), c.amount, width, type));
    case NetOp::kWrap:
      return write_wire(id, wrapped(operand(0), c, width));
    case NetOp::kAdd:
      return write_wire(id, sum(c, width));
    case NetOp::kAdd3:
      return write_add3(id);
    case NetOp::kMul:
      return write_wire(id, product(c, width));
    case NetOp::kMux:
      return write_wire(id,
                        dialect_.choice(wire(operand(0)).truth(dialect_, 0), whole(1), whole(2)));
    case NetOp::kLess:
      return write_wire(
          id, dialect_.flag(compared(HdlOperator::kLess, operand(0), operand(1)), width, type));
    case NetOp::kEqual:
      return write_wire(
          id, dialect_.flag(compared(HdlOperator::kEqual, operand(0), operand(1)), width, type));
    case NetOp::kAnd:
      return write_wire(id, bitwise(HdlOperator::kAnd, c, width));
    case NetOp::kOr:
      return write_wire(id, bitwise(HdlOperator::kOr, c, width));
    case NetOp::kNot:
      return write_wire(
          id, dialect_.binary(HdlOperator::kXor, whole(0), dialect_.literal(1, width, type)));
    case NetOp::kMin:
    case NetOp::kMax: {
      if (const auto limited = saturated(c)) return write_wire(id, *limited);
      // x < 0 is the sign bit, 0 < x all of them: a number is on the right.
      const size_t left = cell(operand(0)).op == NetOp::kConst ? 1 : 0;
      const std::string condition = compared(HdlOperator::kLess, operand(left), operand(1 - left));
      const size_t smaller = c.op == NetOp::kMin ? left : 1 - left;
      return write_wire(id, dialect_.choice(condition, whole(smaller), whole(1 - smaller)));
    }
    case NetOp::kTable:
      return write_table(id);
    case NetOp::kLeadingOne:
      return write_wire(id, leading_one(operand(0), width, type));
    case NetOp::kShiftVar: {
      const int amount_bits = width_bits(cell(operand(1)));
      return write_wire(
          id, dialect_.shifted_by(whole(0), bits(operand(1), 0, amount_bits, HdlType::kUnsigned)));
    }
    case NetOp::kReg:
      return write_register(id, "", whole(0));
    case NetOp::kDelay:
      return is_memory(c) ? write_delay_memory(id) : write_shift_register(id);
    case NetOp::kHold:
      return write_register(id, at_strobe(c.strobe), whole(0));
    case NetOp::kAccSum:
      return write_sum(id);
    case NetOp::kAccMax:
    case NetOp::kAccMin:
      return write_extreme(id);
    case NetOp::kRom:
      return write_rom(id);
    case NetOp::kMemory:
      return write_memory(id);
    case NetOp::kInstance:
      return write_instance(id);
    case NetOp::kResult:
      return write_result(id);
  }
}

// The smaller of x and 2^k - 1, or the larger of x and -2^k, k > 0: the sign and the bits from k on
// tell, and a register behind becomes one that is set or reset by them.
std::optional<HdlExpr> HdlWriter::saturated(const Cell& c) {
  const size_t fixed = cell(c.operands[0]).op == NetOp::kConst ? 0 : 1;
  const Cell& limit = cell(c.operands[fixed]);
  const CellId x = c.operands[1 - fixed];
  if (limit.op != NetOp::kConst) return std::nullopt;
  const bool smaller = c.op == NetOp::kMin, has_sign = is_signed(cell(x));
  const auto size = static_cast<uint64_t>(limit.constant);
  const uint64_t step = smaller ? size + 1 : -size;
  if (step < 2 || !std::has_single_bit(step) || !(smaller || has_sign)) return std::nullopt;
  const int k = std::countr_zero(step), sign = width_bits(cell(x)) - (has_sign ? 1 : 0);
  if (sign <= k) return std::nullopt;
  const HdlExpr above = bits(x, k, sign - k, HdlType::kUnsigned);
  const HdlExpr inside = dialect_.literal(smaller ? 0 : wrap_to_width(-1, sign - k, false),
                                          sign - k, HdlType::kUnsigned);
  std::string keeps = dialect_.comparison(HdlOperator::kEqual, above, inside);
  if (has_sign) {
    const HdlExpr bit = bits(x, sign, 1, HdlType::kUnsigned);
    const HdlExpr harmless = dialect_.literal(smaller ? 1 : 0, 1, HdlType::kUnsigned);
    keeps = dialect_.either(dialect_.comparison(HdlOperator::kEqual, bit, harmless), keeps);
  }
  return dialect_.choice(keeps, bits(x, 0, width_bits(c), type_of(c)),
                         bits(c.operands[fixed], 0, width_bits(c), type_of(c)));
}

HdlExpr HdlWriter::wrapped(CellId source, const Cell& c, int width) {
  const int kept = std::min(width, c.amount);
  const HdlType type = number_type(c.flag);
  const HdlExpr low = bits(source, 0, kept, type);
  if (kept == width) return low;
  HdlExpr sign;
  if (c.flag) sign = bits(source, kept - 1, 1, type);
  return dialect_.padded(low, sign, width);
}

HdlExpr HdlWriter::sum(const Cell& c, int width) {
  const HdlType type = type_of(c);
  const HdlExpr a = shifted(c.operands[0], std::max(0, -c.amount), width, type);
  const HdlExpr b = shifted(c.operands[1], std::max(0, c.amount), width, type);
  return dialect_.binary(c.flag ? HdlOperator::kSubtract : HdlOperator::kAdd, a, b);
}

void HdlWriter::write_add3(CellId id) {
  if (dialect_.has_ternary_adder()) return write_ternary_adder(id);
  const Cell& c = cell(id);
  const auto term = [&](size_t k) {
    return shifted(c.operands[k], power_of(c.entries[k]), width_bits(c), type_of(c));
  };
  HdlExpr sum = term(0);
  for (size_t k = 1; k < 3; ++k) {
    const HdlOperator op = c.entries[k] < 0 ? HdlOperator::kSubtract : HdlOperator::kAdd;
    sum = dialect_.binary(op, sum, term(k));
  }
  write_wire(id, sum);
}

// The bits below the chain are wires of the lowest operand.
void HdlWriter::write_ternary_adder(CellId id) {
  const Cell& c = cell(id);
  const CarryChain chain = carry_chain(module_, c);
  const int width = width_bits(c) - chain.start;
  HdlTernaryAdder adder;
  for (size_t k = 0; k < 3; ++k) {
    const int power = power_of(c.entries[k]) - chain.start;
    const CellId x = c.operands[k];
    adder.operands[k] = power >= 0 ? shifted(x, power, width, HdlType::kBits)
                                   : bits(x, -power, width, HdlType::kBits);
    adder.negated[k] = c.entries[k] < 0;
  }
  if (chain.start == 0) {
    adder.sum = declare(id);
    adder.name = instance_name(adder.sum.name);
    return dialect_.ternary_adder(text_, adder, remark(id));
  }
  const HdlVector whole = declare(id);
  adder.sum = {unique_name(whole.name + "_chain"), width, HdlType::kBits};
  adder.name = instance_name(whole.name);
  dialect_.ternary_adder(text_, adder, "");
  const HdlExpr high = dialect_.slice(adder.sum, 0, width);
  const HdlExpr low = shifted(c.operands[chain.lowest], power_of(c.entries[chain.lowest]),
                              chain.start, HdlType::kBits);
  dialect_.wire(text_, whole, dialect_.cast(dialect_.joined(high, low), whole.type), remark(id));
}

HdlExpr HdlWriter::product(const Cell& c, int width) {
  const auto [a, b] = alike(c.operands[0], c.operands[1], width);
  return dialect_.product(a, b, width, type_of(c));
}

HdlExpr HdlWriter::bitwise(HdlOperator op, const Cell& c, int width) {
  const HdlType type = type_of(c);
  const HdlExpr a = bits(c.operands[0], 0, width, type), b = bits(c.operands[1], 0, width, type);
  return dialect_.binary(op, a, b);
}

HdlExpr HdlWriter::leading_one(CellId a, int width, HdlType type) {
  HdlExpr value = dialect_.literal(0, width, type);
  for (int i = 1; i < width_bits(cell(a)); ++i) {
    value = dialect_.choice(wire(a).truth(dialect_, i), dialect_.literal(i, width, type), value);
  }
  return value;
}

}  // namespace trigstone
