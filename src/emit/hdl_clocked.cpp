// Whatever knows of clocks: strobes, phases, registers, delay lines, and lookups by phase or value.
#include <fmt/core.h>

#include "emit/hdl_writer.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

// Delay lines up to this many bits are shift registers, longer ones memories.
constexpr int64_t kShiftRegisterBits = 256;

}  // namespace

void HdlWriter::write_strobes() {
  if (last_strobe_ > 0) dialect_.strobes(text_, last_strobe_);
  for (const auto& [strobe_clock, length] : phase_lengths_) write_phase(strobe_clock, length);
  if (tick_bits_ > 0) {
    const HdlVector tick{"tick", tick_bits_, HdlType::kUnsigned};
    const HdlExpr now = dialect_.slice(tick, 0, tick_bits_);
    const HdlExpr one = dialect_.literal(1, tick_bits_, HdlType::kUnsigned);
    dialect_.declare_register(text_, tick, true, dialect_.comment("where delay lines write"));
    dialect_.load_register(text_, tick, dialect_.binary(HdlOperator::kAdd, now, one));
  }
}

std::string HdlWriter::at_load(const Cell& c) const {
  std::string condition;
  for (const int clock : load_clocks(c)) {
    condition = condition.empty() ? at_strobe(clock) : dialect_.either(condition, at_strobe(clock));
  }
  return condition;
}

int HdlWriter::phase_bits(int strobe) const {
  return bits_for({0, static_cast<Int128>(phase_lengths_.at(strobe)) - 1});
}

// Counts from the strobe on and stays at the last entry of the longest rom.
void HdlWriter::write_phase(int strobe_clock, size_t length) {
  const int width = phase_bits(strobe_clock);
  const HdlVector phase{phase_names_.at(strobe_clock), width, HdlType::kUnsigned};
  const HdlVector next{phase.name + "_next", width, HdlType::kUnsigned};
  const auto number = [&](size_t value) {
    return dialect_.literal(static_cast<int64_t>(value), width, HdlType::kUnsigned);
  };
  const HdlExpr now = dialect_.slice(phase, 0, width), last = number(length - 1);
  dialect_.declare_register(text_, next, false, "");
  dialect_.wire(text_, phase,
                dialect_.choice(at_strobe(strobe_clock), number(0), dialect_.slice(next, 0, width)),
                dialect_.comment(fmt::format("local clock - {}", strobe_clock)));
  dialect_.load_register(text_, next,
                         dialect_.choice(dialect_.comparison(HdlOperator::kEqual, now, last), last,
                                         dialect_.binary(HdlOperator::kAdd, now, number(1))));
}

void HdlWriter::write_register(CellId id, const std::string& enable, const HdlExpr& next) {
  const HdlVector& wire = declare(id);
  dialect_.register_with(text_, wire, enable, dialect_.cast(next, wire.type), remark(id));
}

void HdlWriter::write_sum(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c);
  const HdlExpr term = bits(c.operands[0], 0, width, type_of(c));
  const HdlVector& wire = declare(id);
  const HdlExpr before = this->wire(id).slice(dialect_, 0, width);
  dialect_.register_with(
      text_, wire, "",
      dialect_.choice(at_load(c), term, dialect_.binary(HdlOperator::kAdd, before, term)),
      remark(id));
}

void HdlWriter::write_extreme(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c);
  const HdlExpr candidate = bits(c.operands[0], 0, width, type_of(c));
  const HdlVector& wire = declare(id);
  const HdlExpr best = this->wire(id).slice(dialect_, 0, width);
  const bool largest = c.op == NetOp::kAccMax;
  const std::string better = dialect_.comparison(HdlOperator::kLess, largest ? best : candidate,
                                                 largest ? candidate : best);
  dialect_.register_with(text_, wire, dialect_.either(at_strobe(c.strobe), better), candidate,
                         remark(id));
}

void HdlWriter::write_lookup(CellId id, const std::vector<int64_t>& entries, const HdlExpr& index) {
  const Cell& c = cell(id);
  const HdlVector& wire = declare(id);
  const std::string hint = (c.name.empty() ? "values" : identifier_from(c.name)) + "_table";
  const std::string table = context_.tables.table_for(entries, static_cast<int>(index.bits),
                                                      static_cast<int>(wire.bits), hint);
  dialect_.lookup(text_, wire, table, instance_name(wire.name), index, remark(id));
}

void HdlWriter::write_table(CellId id) {
  const Cell& c = cell(id);
  const Cell& source = cell(c.operands[0]);
  const int index_bits = width_bits(source);
  std::vector<int64_t> entries(size_t{1} << index_bits);
  for (size_t pattern = 0; pattern < entries.size(); ++pattern) {
    const int64_t a = wrap_to_width(static_cast<int64_t>(pattern), index_bits, is_signed(source));
    entries[pattern] = entry_at(c.entries, index_from_base(a, c.constant));
  }
  write_lookup(id, entries, bits(c.operands[0], 0, index_bits, HdlType::kUnsigned));
}

void HdlWriter::write_rom(CellId id) {
  const Cell& c = cell(id);
  const int index_bits = phase_bits(c.strobe);
  std::vector<int64_t> entries(size_t{1} << index_bits);
  for (size_t k = 0; k < entries.size(); ++k) {
    entries[k] = entry_at(c.entries, static_cast<int64_t>(k));
  }
  const HdlVector phase{phase_names_.at(c.strobe), index_bits, HdlType::kUnsigned};
  write_lookup(id, entries, dialect_.slice(phase, 0, index_bits));
}

void HdlWriter::write_memory(CellId id) {
  const Cell& c = cell(id);
  const auto size = static_cast<int64_t>(c.entries.size());
  const int address_bits = context_.load.address_bits, width = width_bits(c);
  const int index_bits = size == 1 ? 0 : bits_for({0, size - 1});
  const int64_t places = int64_t{1} << index_bits;
  const auto number = [&](int64_t value, int bits) {
    return dialect_.literal(value, bits, HdlType::kUnsigned);
  };
  HdlWire &enable = vectors_[0], &address = vectors_[1], &data = vectors_[2];
  const HdlVector& wire = declare(id);
  const HdlExpr whole = dialect_.cast(address.slice(dialect_, 0, address_bits), HdlType::kUnsigned);
  HdlVector place = address.vector();
  const bool aligned = c.constant % places == 0;
  if (!aligned) {
    place = {unique_name(wire.name + "_place"), address_bits, HdlType::kUnsigned};
    const HdlExpr first = number(c.constant, address_bits);
    dialect_.wire(text_, place, dialect_.binary(HdlOperator::kSubtract, whole, first), "");
  }
  const auto part = [&](int low, int bits) {
    return dialect_.cast(dialect_.slice(place, low, bits), HdlType::kUnsigned);
  };
  std::string condition = enable.truth(dialect_, 0);
  if (const int high_bits = address_bits - index_bits; high_bits > 0) {
    const HdlExpr block = number(aligned ? c.constant >> index_bits : 0, high_bits);
    condition = dialect_.both(
        condition, dialect_.comparison(HdlOperator::kEqual, part(index_bits, high_bits), block));
  }
  std::vector<HdlExpr> words;
  for (int64_t k = 0; k < places; ++k) {
    words.push_back(dialect_.literal(entry_at(c.entries, k), width, wire.type));
  }
  HdlVector memory{unique_name(wire.name + "_words"), width, wire.type};
  memory.in_block_ram = c.flag;
  dialect_.loaded_memory(text_, memory, unique_name(memory.name + "_type"), words, condition,
                         index_bits == 0 ? number(0, 1) : part(0, index_bits),
                         dialect_.cast(data.slice(dialect_, 0, width), wire.type));
  const HdlExpr now = index_bits == 0 ? number(0, 1) : phase_of(c, index_bits, wire.name);
  dialect_.wire(text_, wire, dialect_.memory_at(memory, now), remark(id));
}

// The phase, which stays at the memory's last word when a longer rom began at the same clock.
HdlExpr HdlWriter::phase_of(const Cell& c, int index_bits, const std::string& name) {
  const int bits = phase_bits(c.strobe);
  const HdlVector phase{phase_names_.at(c.strobe), bits, HdlType::kUnsigned};
  const HdlExpr low = dialect_.slice(phase, 0, index_bits);
  if (phase_lengths_.at(c.strobe) == c.entries.size()) return low;
  const auto last = static_cast<int64_t>(c.entries.size()) - 1;
  const HdlVector stays{unique_name(name + "_phase"), index_bits, HdlType::kUnsigned};
  const std::string before = dialect_.comparison(HdlOperator::kLess, dialect_.slice(phase, 0, bits),
                                                 dialect_.literal(last, bits, HdlType::kUnsigned));
  dialect_.wire(
      text_, stays,
      dialect_.choice(before, low, dialect_.literal(last, index_bits, HdlType::kUnsigned)), "");
  return dialect_.slice(stays, 0, index_bits);
}

int64_t HdlWriter::line_bits(const Cell& c) { return int64_t{c.amount} * width_bits(c); }

bool HdlWriter::is_memory(const Cell& c) {
  return c.op == NetOp::kDelay && line_bits(c) > kShiftRegisterBits && c.amount > 2;
}

int HdlWriter::address_bits(const Cell& c) { return bits_for({0, c.amount - 2}); }

void HdlWriter::write_shift_register(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c);
  if (c.amount == 1) return write_register(id, "", bits(c.operands[0], 0, width, type_of(c)));
  const int64_t total = line_bits(c);
  const HdlExpr next = bits(c.operands[0], 0, width, HdlType::kUnsigned);
  const HdlVector& wire = declare(id);
  const HdlVector line{unique_name(wire.name + "_line"), total, HdlType::kUnsigned};
  dialect_.register_with(text_, line, "",
                         dialect_.joined(dialect_.slice(line, 0, total - width), next),
                         dialect_.comment(fmt::format("{} clocks", c.amount)));
  dialect_.wire(text_, wire, dialect_.cast(dialect_.slice(line, total - width, width), wire.type),
                remark(id));
}

void HdlWriter::write_delay_memory(CellId id) {
  const Cell& c = cell(id);
  const int width = width_bits(c), address = address_bits(c);
  const int64_t places = int64_t{1} << address;
  const HdlExpr next = bits(c.operands[0], 0, width, type_of(c));
  const HdlVector& wire = declare(id);
  const HdlVector memory{unique_name(wire.name + "_line"), width, wire.type};
  const HdlVector tick{"tick", tick_bits_, HdlType::kUnsigned};
  const HdlExpr now = dialect_.slice(tick, 0, address);
  const int64_t back = (c.amount - 1) % places;
  HdlExpr then = now;
  if (back != 0) {  // a wire of its own: Icarus computes an index in more bits than it has
    const HdlVector from{unique_name(wire.name + "_from"), address, HdlType::kUnsigned};
    const HdlExpr distance = dialect_.literal(back, address, HdlType::kUnsigned);
    dialect_.wire(text_, from, dialect_.binary(HdlOperator::kSubtract, now, distance), "");
    then = dialect_.slice(from, 0, address);
  }
  dialect_.memory(text_, memory, unique_name(memory.name + "_type"), places, now, next,
                  dialect_.comment(fmt::format("{} clocks", c.amount)));
  dialect_.register_with(text_, wire, "", dialect_.memory_at(memory, then), remark(id));
}

}  // namespace trigstone
