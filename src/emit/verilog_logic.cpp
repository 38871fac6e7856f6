// Combinational cells: one expression a value, every width written out.
#include <fmt/core.h>

#include <algorithm>

#include "emit/verilog_writer.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"

namespace trigstone {

std::string VerilogWriter::bits(CellId id, int64_t low, int64_t count) {
  const Cell& c = cell(id);
  if (c.op != NetOp::kConst) return wire(id).extended(low, count);
  const int width = static_cast<int>(count);
  const int64_t value = c.constant >> std::min<int64_t>(low, 63);
  return verilog_literal(wrap_to_width(value, width, value < 0), width);
}

std::string VerilogWriter::shifted(CellId id, int amount, int width) {
  if (amount == 0) return bits(id, 0, width);
  if (amount >= width) return verilog_literal(0, width);
  return fmt::format("{{{}, {}}}", bits(id, 0, width - amount), verilog_literal(0, amount));
}

std::pair<std::string, std::string> VerilogWriter::comparable(CellId a, CellId b) {
  const int width = bits_for(hull(cell(a).range, cell(b).range));
  const bool with_sign = is_signed(cell(a)) || is_signed(cell(b));
  const char* form = with_sign ? "$signed({})" : "{}";
  return {fmt::format(fmt::runtime(form), bits(a, 0, width)),
          fmt::format(fmt::runtime(form), bits(b, 0, width))};
}

std::string VerilogWriter::less_than(CellId a, CellId b) {
  const auto [left, right] = comparable(a, b);
  return left + " < " + right;
}

void VerilogWriter::write_wire(CellId id, const std::string& expression) {
  const std::string declaration = declare(id, "wire");
  line(fmt::format("{} = {};{}", declaration, expression, remark(id)));
}

void VerilogWriter::write_cell(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c);
  const auto operand = [&](size_t k) { return c.operands[k]; };
  switch (c.op) {
    case NetOp::kInput:  // with its port
    case NetOp::kConst:  // at its readers
      return;
    case NetOp::kShiftLeft:
      return write_wire(id, shifted(operand(0), c.amount, width));
    case NetOp::kShiftRight:
      return write_wire(id, bits(operand(0), c.amount, width));
    case NetOp::kWrap:
      return write_wire(id, wrapped(operand(0), c, width));
    case NetOp::kAdd:
      return write_wire(
          id, fmt::format("{} {} {}", shifted(operand(0), std::max(0, -c.amount), width),
                          c.flag ? '-' : '+', shifted(operand(1), std::max(0, c.amount), width)));
    case NetOp::kMul: {
      const std::string value = product(operand(0), operand(1), width);
      const char* kind = c.flag ? "(* use_dsp = \"yes\" *) wire" : "wire";
      const std::string declaration = declare(id, kind);
      return line(fmt::format("{} = {};{}", declaration, value, remark(id)));
    }
    case NetOp::kMux:
      return write_wire(id, fmt::format("{} ? {} : {}", bits(operand(0), 0, 1),
                                        bits(operand(1), 0, width), bits(operand(2), 0, width)));
    case NetOp::kLess:
      return write_wire(id, flag(less_than(operand(0), operand(1)), width));
    case NetOp::kEqual: {
      const auto [left, right] = comparable(operand(0), operand(1));
      return write_wire(id, flag(left + " == " + right, width));
    }
    case NetOp::kAnd:
      return write_wire(id, bits(operand(0), 0, width) + " & " + bits(operand(1), 0, width));
    case NetOp::kOr:
      return write_wire(id, bits(operand(0), 0, width) + " | " + bits(operand(1), 0, width));
    case NetOp::kNot:
      return write_wire(id, bits(operand(0), 0, width) + " ^ " + verilog_literal(1, width));
    case NetOp::kMin:
      return write_wire(id, choice(operand(0), operand(1), operand(0), operand(1), width));
    case NetOp::kMax:
      return write_wire(id, choice(operand(0), operand(1), operand(1), operand(0), width));
    case NetOp::kTable:
      return write_table(id);
    case NetOp::kLeadingOne:
      return write_wire(id, leading_one(operand(0), width));
    case NetOp::kShiftVar:
      return write_wire(id, fmt::format("{} << {}", bits(operand(0), 0, width),
                                        bits(operand(1), 0, width_bits(cell(operand(1))))));
    case NetOp::kReg: {
      const std::string next = bits(operand(0), 0, width);
      return write_register(id, declare(id, "reg"), "", next);
    }
    case NetOp::kDelay:
      return is_memory(c) ? write_delay_memory(id) : write_shift_register(id);
    case NetOp::kHold: {
      const std::string next = bits(operand(0), 0, width);
      return write_register(id, declare(id, "reg"), strobe(c.strobe), next);
    }
    case NetOp::kAccSum: {
      const std::string term = bits(operand(0), 0, width), declaration = declare(id, "reg");
      return write_register(
          id, declaration, "",
          fmt::format("{} ? {} : {} + {}", strobe(c.strobe), term, wire(id).slice(0, width), term));
    }
    case NetOp::kAccMax:
    case NetOp::kAccMin:
      return write_extreme(id);
    case NetOp::kRom:
      return write_rom(id);
    case NetOp::kInstance:
      return write_instance(id);
    case NetOp::kResult:
      return write_result(id);
  }
}

std::string VerilogWriter::wrapped(CellId source, const Cell& c, int width) {
  const int kept = std::min(width, c.amount), above = width - kept;
  const std::string low = bits(source, 0, kept);
  if (above == 0) return low;
  if (!c.flag) return fmt::format("{{{}, {}}}", verilog_literal(0, above), low);
  return fmt::format("{{{{{}{{{}}}}}, {}}}", above, bits(source, kept - 1, 1), low);
}

std::string VerilogWriter::product(CellId a, CellId b, int width) {
  const bool with_sign = is_signed(cell(a)) || is_signed(cell(b));
  const char* form = with_sign ? "$signed({}) * $signed({})" : "{} * {}";
  return fmt::format(fmt::runtime(form), bits(a, 0, width), bits(b, 0, width));
}

std::string VerilogWriter::flag(const std::string& condition, int width) {
  if (width == 1) return condition;
  return fmt::format("{{{}, {}}}", verilog_literal(0, width - 1), condition);
}

std::string VerilogWriter::choice(CellId a, CellId b, CellId if_less, CellId otherwise, int width) {
  const std::string condition = less_than(a, b);
  return fmt::format("{} ? {} : {}", condition, bits(if_less, 0, width), bits(otherwise, 0, width));
}

std::string VerilogWriter::leading_one(CellId a, int width) {
  std::string text;
  for (int i = width_bits(cell(a)) - 1; i > 0; --i) {
    text += fmt::format("{} ? {} : ", bits(a, i, 1), verilog_literal(i, width));
  }
  return text + verilog_literal(0, width);
}

}  // namespace trigstone
