// Whatever knows of clocks: strobes, phases, registers, delay lines, and lookups by phase or value.
#include <fmt/core.h>

#include "emit/verilog_writer.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

// Delay lines up to this many bits are shift registers, longer ones memories.
constexpr int64_t kShiftRegisterBits = 256;

}  // namespace

std::string VerilogWriter::strobe(int clock) const {
  if (clock == 0) return "start";
  return last_strobe_ == 1 ? "delayed_start" : fmt::format("delayed_start[{}]", clock - 1);
}

void VerilogWriter::write_strobes() {
  if (last_strobe_ > 0) {
    const std::string range = verilog_range(last_strobe_);
    const std::string next = last_strobe_ == 1 ? "start"
                             : last_strobe_ == 2
                                 ? "{delayed_start[0], start}"
                                 : fmt::format("{{delayed_start[{}:0], start}}", last_strobe_ - 2);
    line(fmt::format("reg {}delayed_start;  // bit k is high at local clock k + 1", range));
    line(fmt::format("always @(posedge clk) delayed_start <= {};", next));
  }
  for (const auto& [strobe_clock, length] : phase_lengths_) write_phase(strobe_clock, length);
  if (tick_bits_ > 0) {
    line(fmt::format("reg {}tick;  // where delay lines write", verilog_range(tick_bits_)));
    line("initial tick = " + verilog_literal(0, tick_bits_) + ";");
    line(fmt::format("always @(posedge clk) tick <= tick + {};", verilog_literal(1, tick_bits_)));
  }
}

int VerilogWriter::phase_bits(int strobe) const {
  return bits_for({0, static_cast<Int128>(phase_lengths_.at(strobe)) - 1});
}

void VerilogWriter::write_phase(int strobe_clock, size_t length) {
  const int width = phase_bits(strobe_clock);
  const std::string name = phase_names_.at(strobe_clock), range = verilog_range(width);
  const std::string last = verilog_literal(static_cast<int64_t>(length) - 1, width);
  line(fmt::format("reg {}{}_next;", range, name));
  line(fmt::format("wire {}{} = {} ? {} : {}_next;  // local clock - {}", range, name,
                   strobe(strobe_clock), verilog_literal(0, width), name, strobe_clock));
  line(fmt::format("always @(posedge clk) {0}_next <= {0} == {1} ? {1} : {0} + {2};", name, last,
                   verilog_literal(1, width)));
}

void VerilogWriter::write_register(CellId id, const std::string& declaration,
                                   const std::string& enable, const std::string& next) {
  const std::string when = enable.empty() ? "" : fmt::format("if ({}) ", enable);
  line(fmt::format("{}; always @(posedge clk) {}{} <= {};{}", declaration, when, wire(id).name(),
                   next, remark(id)));
}

void VerilogWriter::write_extreme(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c);
  const std::string candidate = bits(c.operands[0], 0, width);
  const std::string declaration = declare(id, "reg");
  const char* form = is_signed(c) ? "$signed({})" : "{}";
  const std::string left = fmt::format(fmt::runtime(form), wire(id).slice(0, width));
  const std::string right = fmt::format(fmt::runtime(form), candidate);
  const bool largest = c.op == NetOp::kAccMax;
  write_register(id, declaration,
                 fmt::format("{} || {} < {}", strobe(c.strobe), largest ? left : right,
                             largest ? right : left),
                 candidate);
}

void VerilogWriter::write_lookup(CellId id, const std::vector<int64_t>& entries, int index_bits,
                                 const std::string& index) {
  const Cell& c = cell(id);
  const std::string declaration = declare(id, "wire"), &name = wire(id).name();
  const std::string hint = (c.name.empty() ? "values" : identifier_from(c.name)) + "_table";
  const std::string table =
      context_.tables.module_for(entries, index_bits, static_cast<int>(wire(id).bits()), hint);
  line(fmt::format("{}; {} {} (.index({}), .value({}));{}", declaration, table, instance_name(name),
                   index, name, remark(id)));
}

void VerilogWriter::write_table(CellId id) {
  const Cell& c = cell(id);
  const Cell& source = cell(c.operands[0]);
  const int index_bits = width_bits(source);
  std::vector<int64_t> entries(size_t{1} << index_bits);
  for (size_t pattern = 0; pattern < entries.size(); ++pattern) {
    const int64_t a = wrap_to_width(static_cast<int64_t>(pattern), index_bits, is_signed(source));
    entries[pattern] = entry_at(c.entries, index_from_base(a, c.constant));
  }
  write_lookup(id, entries, index_bits, bits(c.operands[0], 0, index_bits));
}

void VerilogWriter::write_rom(CellId id) {
  const Cell& c = cell(id);
  const int index_bits = phase_bits(c.strobe);
  std::vector<int64_t> entries(size_t{1} << index_bits);
  for (size_t k = 0; k < entries.size(); ++k) {
    entries[k] = entry_at(c.entries, static_cast<int64_t>(k));
  }
  write_lookup(id, entries, index_bits, phase_names_.at(c.strobe));
}

int64_t VerilogWriter::line_bits(const Cell& c) { return int64_t{c.amount} * width_bits(c); }

bool VerilogWriter::is_memory(const Cell& c) {
  return c.op == NetOp::kDelay && line_bits(c) > kShiftRegisterBits && c.amount > 2;
}

int VerilogWriter::address_bits(const Cell& c) { return bits_for({0, c.amount - 2}); }

void VerilogWriter::write_shift_register(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c);
  const int64_t total = line_bits(c);
  const std::string next = bits(c.operands[0], 0, width);
  if (c.amount == 1) return write_register(id, declare(id, "reg"), "", next);
  const std::string declaration = declare(id, "wire"), &name = wire(id).name();
  const std::string shift = unique_name(name + "_line");
  const std::string kept = total - width == 1 ? fmt::format("{}[0]", shift)
                                              : fmt::format("{}[{}:0]", shift, total - width - 1);
  const std::string shown = width == 1 ? fmt::format("{}[{}]", shift, total - 1)
                                       : fmt::format("{}[{}:{}]", shift, total - 1, total - width);
  line(fmt::format("reg {}{}; always @(posedge clk) {} <= {{{}, {}}};  // {} clocks",
                   verilog_range(total), shift, shift, kept, next, c.amount));
  line(fmt::format("{} = {};{}", declaration, shown, remark(id)));
}

void VerilogWriter::write_delay_memory(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c), address = address_bits(c);
  const int64_t places = int64_t{1} << address;
  const std::string next = bits(c.operands[0], 0, width);
  const std::string declaration = declare(id, "reg"), &name = wire(id).name();
  const std::string memory = unique_name(name + "_line");
  const std::string now = address == tick_bits_ ? "tick"
                          : address == 1        ? "tick[0]"
                                                : fmt::format("tick[{}:0]", address - 1);
  const int64_t back = (c.amount - 1) % places;
  std::string then = now;
  if (back != 0) {  // a wire of its own: Icarus computes an index in more bits than it has
    then = unique_name(name + "_from");
    line(fmt::format("wire {}{} = {} - {};", verilog_range(address), then, now,
                     verilog_literal(back, address)));
  }
  line(fmt::format("reg {}{} [0:{}]; always @(posedge clk) {}[{}] <= {};  // {} clocks",
                   verilog_range(width), memory, places - 1, memory, now, next, c.amount));
  write_register(id, declaration, "", fmt::format("{}[{}]", memory, then));
}

}  // namespace trigstone
