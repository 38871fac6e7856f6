#include "emit/verilog_module.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "base/error.h"
#include "base/version.h"
#include "emit/verilog_wire.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

// Delay lines up to this many bits are shift registers, longer ones memories.
constexpr int64_t kShiftRegisterBits = 256;
constexpr size_t kLineWidth = 100;

std::string joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

// "{a, b}" with line breaks, first part in the highest bits.
std::string concatenation(const std::vector<std::string>& parts, const std::string& indent) {
  if (parts.size() == 1) return parts[0];
  std::string text = "{" + joined(parts, ", ") + "}";
  if (text.size() + indent.size() < kLineWidth) return text;
  text = "{\n" + indent;
  size_t column = indent.size();
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (column + parts[i].size() + 2 > kLineWidth && column > indent.size()) {
      text.back() = '\n';
      text += indent;
      column = indent.size();
    }
    text += parts[i] + (last ? "" : ", ");
    column += parts[i].size() + 2;
  }
  return text + "}";
}

std::string format_text(const Cell& cell) {
  const int bits = width_bits(cell);
  return fmt::format("{}<{},{}>", is_signed(cell) ? "" : "u", bits, bits - cell.fraction_bits);
}

bool has_register(const Cell& cell) {
  return traits_of(cell.op).kind == NetClass::kClocked && cell.op != NetOp::kInstance;
}

class ModuleWriter {
 public:
  ModuleWriter(const VerilogContext& context, size_t index, int done_after)
      : context_(context),
        module_(context.netlist.modules[index]),
        is_top_(done_after >= 0),
        done_after_(done_after),
        last_strobe_(std::max(0, done_after)),
        has_clock_(is_top_ || context.has_clock[index]),
        wires_(module_.cells.size()),
        instance_outputs_(module_.cells.size()) {
    names_ = {"clk", "start", "done", "unused", "delayed_start", "tick"};
    for (const Module& module : context.netlist.modules) names_.insert(module.name);
    for (const auto* ports : {&module_.inputs, &module_.outputs}) {
      for (const Port& port : *ports) names_.insert(port.name);
    }
    for (const Cell& cell : module_.cells) {
      if (acts_at_strobe(cell.op) || starts_instance(cell)) {
        last_strobe_ = std::max(last_strobe_, cell.strobe);
      }
      if (cell.op == NetOp::kRom) {
        auto& longest = phase_lengths_[cell.strobe];
        longest = std::max(longest, cell.entries.size());
      }
      if (is_memory(cell)) tick_bits_ = std::max(tick_bits_, address_bits(cell));
    }
    for (const auto& [strobe, length] : phase_lengths_) {
      names_.insert({phase_name(strobe), phase_name(strobe) + "_next"});
    }
  }

  std::string write() {
    write_head();
    write_strobes();
    write_inputs();
    for (size_t i = 0; i < module_.cells.size(); ++i) write_cell(static_cast<CellId>(i));
    write_outputs();
    write_unused();
    return text_ + "endmodule\n";
  }

 private:
  const Cell& cell(CellId id) const { return module_.cell(id); }
  VerilogWire& wire(CellId id) { return wires_[static_cast<size_t>(id)]; }
  const Module& module_of(const Cell& instance) const {
    return context_.netlist.modules[static_cast<size_t>(instance.module)];
  }
  bool starts_instance(const Cell& c) const {
    return c.op == NetOp::kInstance && module_of(c).needs_start;
  }
  void line(const std::string& text) { text_ += "  " + text + "\n"; }

  std::string unique_name(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 1; !names_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
    return name;
  }
  // Verilator warns when a signal anywhere is named as an instance above it. Identifiers hold no
  // double underscore, so no signal is.
  std::string instance_name(const std::string& name) { return unique_name(name + "__u"); }
  std::string name_for(CellId id) {
    const std::string& given = cell(id).name;
    return unique_name(given.empty() ? fmt::format("v{}", id) : identifier_from(given));
  }

  // Declares the wire (or register) of a cell; the text to print before "= …" or ";".
  std::string declare(CellId id, const char* kind) {
    const Cell& c = cell(id);
    wire(id) = VerilogWire(name_for(id), width_bits(c), is_signed(c));
    return fmt::format("{}{} {}{}", kind, is_signed(c) ? " signed" : "",
                       verilog_range(wire(id).bits()), wire(id).name());
  }
  std::string remark(CellId id) const {
    const Cell& c = cell(id);
    std::string text = fmt::format("  // {} @{}", format_text(c), c.cycle);
    if (c.beats > 1) text += fmt::format(" x{}", c.beats);
    if (c.held) text += " held";
    if (!c.name.empty() && c.name != wires_[static_cast<size_t>(id)].name()) {
      std::string name = c.name;
      std::replace_if(
          name.begin(), name.end(), [](char x) { return x < 0x20; }, ' ');
      while (name.ends_with('\\')) name.pop_back();
      text += " " + name;
    }
    return text;
  }

  // ---- operands ----

  // Bits [low, low + count) of a value, sign or zeros above it.
  std::string bits(CellId id, int64_t low, int64_t count) {
    const Cell& c = cell(id);
    if (c.op != NetOp::kConst) return wire(id).extended(low, count);
    const int width = static_cast<int>(count);
    const int64_t value = c.constant >> std::min<int64_t>(low, 63);
    return verilog_literal(wrap_to_width(value, width, value < 0), width);
  }
  // The low `width` bits of a value * 2^amount.
  std::string shifted(CellId id, int amount, int width) {
    if (amount == 0) return bits(id, 0, width);
    if (amount >= width) return verilog_literal(0, width);
    return fmt::format("{{{}, {}}}", bits(id, 0, width - amount), verilog_literal(0, amount));
  }
  // Two values of one width, as signed numbers when one of them can be negative.
  std::pair<std::string, std::string> comparable(CellId a, CellId b) {
    const int width = bits_for(hull(cell(a).range, cell(b).range));
    const bool with_sign = is_signed(cell(a)) || is_signed(cell(b));
    const char* form = with_sign ? "$signed({})" : "{}";
    return {fmt::format(fmt::runtime(form), bits(a, 0, width)),
            fmt::format(fmt::runtime(form), bits(b, 0, width))};
  }
  std::string less_than(CellId a, CellId b) {
    const auto [left, right] = comparable(a, b);
    return left + " < " + right;
  }
  // Element bits [offset, offset + size) of a packed vector as a number of `width` bits.
  static std::string element(VerilogWire& vector, int64_t offset, const Port& port, int width) {
    if (width <= port.element_bits) return vector.slice(offset, width);
    const std::string low = vector.slice(offset, port.element_bits);
    const int above = width - port.element_bits;
    if (!port.is_signed) return fmt::format("{{{}, {}}}", verilog_literal(0, above), low);
    return fmt::format("{{{{{}{{{}}}}}, {}}}", above,
                       vector.slice(offset + port.element_bits - 1, 1), low);
  }

  // ---- start ----

  // High at local clock `clock`.
  std::string strobe(int clock) const {
    if (clock == 0) return "start";
    return last_strobe_ == 1 ? "delayed_start" : fmt::format("delayed_start[{}]", clock - 1);
  }
  void write_strobes() {
    if (last_strobe_ > 0) {
      const std::string range = verilog_range(last_strobe_);
      const std::string next =
          last_strobe_ == 1   ? "start"
          : last_strobe_ == 2 ? "{delayed_start[0], start}"
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
  static std::string phase_name(int strobe) { return fmt::format("phase_{}", strobe); }
  int phase_bits(int strobe) const {
    return bits_for({0, static_cast<Int128>(phase_lengths_.at(strobe)) - 1});
  }
  void write_phase(int strobe_clock, size_t length) {
    const int width = phase_bits(strobe_clock);
    const std::string name = phase_name(strobe_clock), range = verilog_range(width);
    const std::string last = verilog_literal(static_cast<int64_t>(length) - 1, width);
    line(fmt::format("reg {}{}_next;", range, name));
    line(fmt::format("wire {}{} = {} ? {} : {}_next;  // local clock - {}", range, name,
                     strobe(strobe_clock), verilog_literal(0, width), name, strobe_clock));
    line(fmt::format("always @(posedge clk) {0}_next <= {0} == {1} ? {1} : {0} + {2};", name, last,
                     verilog_literal(1, width)));
  }

  // ---- ports ----

  void write_head() {
    text_ =
        fmt::format("// {}: {}\n// An event may start every {} clocks. Written by Trigstone {}.\n",
                    module_.name, module_.comment, module_.period, kVersion);
    std::replace_if(
        text_.begin(), text_.end(), [](char c) { return c == '\\'; }, '/');
    struct Declaration {
      std::string left, remark;
    };
    std::vector<Declaration> ports;
    if (has_clock_) ports.push_back({"input  wire clk", ""});
    if (is_top_ || module_.needs_start) {
      ports.push_back({"input  wire start", "  // high at local clock 0 of an event"});
    }
    for (const auto* side : {&module_.inputs, &module_.outputs}) {
      for (const Port& port : *side) {
        const Cell& first = cell(port.elements[0]);
        const int width = port.element_bits;
        ports.push_back(
            {fmt::format("{} wire {}{}", side == &module_.inputs ? "input " : "output",
                         verilog_range(port.total_bits()), port.name),
             fmt::format("  // {} of {}<{},{}>", port.elements.size(), port.is_signed ? "" : "u",
                         width, width - first.fraction_bits)});
      }
    }
    if (is_top_) ports.push_back({"output wire done", ""});
    text_ += fmt::format("module {} (\n", module_.name);
    for (size_t i = 0; i < ports.size(); ++i) {
      text_ += "    " + ports[i].left + (i + 1 < ports.size() ? "," : "") + ports[i].remark + "\n";
    }
    text_ += ");\n";
  }

  void write_inputs() {
    for (const Port& port : module_.inputs) {
      VerilogWire vector(port.name, port.total_bits(), port.is_signed);
      int64_t offset = 0;
      for (const CellId id : port.elements) {
        const std::string declaration = declare(id, "wire");
        line(fmt::format("{} = {};{}", declaration, vector.slice(offset, wire(id).bits()),
                         remark(id)));
        offset += port.element_bits;
      }
      vectors_.push_back(std::move(vector));
    }
  }

  std::string packed(const Port& port, const std::vector<CellId>& elements,
                     const std::string& indent) {
    std::vector<std::string> parts;
    for (size_t i = elements.size(); i-- > 0;)
      parts.push_back(bits(elements[i], 0, port.element_bits));
    return concatenation(parts, indent);
  }

  void write_outputs() {
    for (const Port& port : module_.outputs) {
      line(fmt::format("assign {} = {};", port.name, packed(port, port.elements, "      ")));
    }
    if (is_top_) line(fmt::format("assign done = {};", strobe(done_after_)));
  }

  // Bits that nobody reads end here, so that lint finds only bits left out by mistake.
  void write_unused() {
    std::vector<std::string> slices;
    const auto collect = [&](const VerilogWire& found) {
      const auto unread = found.unread();
      slices.insert(slices.end(), unread.begin(), unread.end());
    };
    for (const VerilogWire& vector : vectors_) collect(vector);
    for (const auto& outputs : instance_outputs_) {
      for (const VerilogWire& vector : outputs) collect(vector);
    }
    for (const VerilogWire& value : wires_) collect(value);
    const bool clock_is_read =
        last_strobe_ > 0 ||
        std::any_of(module_.cells.begin(), module_.cells.end(), [&](const Cell& c) {
          return has_register(c) ||
                 (c.op == NetOp::kInstance && context_.has_clock[static_cast<size_t>(c.module)]);
        });
    if (has_clock_ && !clock_is_read) slices.push_back("clk");
    if (slices.empty()) return;
    slices.insert(slices.begin(), "1'b0");
    line("wire unused = &" + concatenation(slices, "      ") + ";");
  }

  // ---- cells ----

  void write_wire(CellId id, const std::string& expression) {
    const std::string declaration = declare(id, "wire");
    line(fmt::format("{} = {};{}", declaration, expression, remark(id)));
  }
  // A register that loads `next`, only when `enable` is high unless it is empty.
  void write_register(CellId id, const std::string& declaration, const std::string& enable,
                      const std::string& next) {
    const std::string when = enable.empty() ? "" : fmt::format("if ({}) ", enable);
    line(fmt::format("{}; always @(posedge clk) {}{} <= {};{}", declaration, when, wire(id).name(),
                     next, remark(id)));
  }

  void write_cell(CellId id) {
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
      case NetOp::kMul:
        return write_wire(id, product(operand(0), operand(1), width));
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
        return write_register(id, declaration, "",
                              fmt::format("{} ? {} : {} + {}", strobe(c.strobe), term,
                                          wire(id).slice(0, width), term));
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

  // The low bits; above them zeros or their sign, when the interval is wider than they are.
  std::string wrapped(CellId source, const Cell& c, int width) {
    const int kept = std::min(width, c.amount), above = width - kept;
    const std::string low = bits(source, 0, kept);
    if (above == 0) return low;
    if (!c.flag) return fmt::format("{{{}, {}}}", verilog_literal(0, above), low);
    return fmt::format("{{{{{}{{{}}}}}, {}}}", above, bits(source, kept - 1, 1), low);
  }
  std::string product(CellId a, CellId b, int width) {
    const bool with_sign = is_signed(cell(a)) || is_signed(cell(b));
    const char* form = with_sign ? "$signed({}) * $signed({})" : "{} * {}";
    return fmt::format(fmt::runtime(form), bits(a, 0, width), bits(b, 0, width));
  }
  // A condition as a number of `width` bits.
  static std::string flag(const std::string& condition, int width) {
    if (width == 1) return condition;
    return fmt::format("{{{}, {}}}", verilog_literal(0, width - 1), condition);
  }
  std::string choice(CellId a, CellId b, CellId if_less, CellId otherwise, int width) {
    const std::string condition = less_than(a, b);
    return fmt::format("{} ? {} : {}", condition, bits(if_less, 0, width),
                       bits(otherwise, 0, width));
  }
  std::string leading_one(CellId a, int width) {
    std::string text;
    for (int i = width_bits(cell(a)) - 1; i > 0; --i) {
      text += fmt::format("{} ? {} : ", bits(a, i, 1), verilog_literal(i, width));
    }
    return text + verilog_literal(0, width);
  }

  void write_lookup(CellId id, const std::vector<int64_t>& entries, int index_bits,
                    const std::string& index) {
    const Cell& c = cell(id);
    const std::string declaration = declare(id, "wire"), &name = wire(id).name();
    const std::string hint = (c.name.empty() ? "values" : identifier_from(c.name)) + "_table";
    const std::string table =
        context_.tables.module_for(entries, index_bits, static_cast<int>(wire(id).bits()), hint);
    line(fmt::format("{}; {} {} (.index({}), .value({}));{}", declaration, table,
                     instance_name(name), index, name, remark(id)));
  }
  void write_table(CellId id) {
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
  void write_rom(CellId id) {
    const Cell& c = cell(id);
    const int index_bits = phase_bits(c.strobe);
    std::vector<int64_t> entries(size_t{1} << index_bits);
    for (size_t k = 0; k < entries.size(); ++k) {
      entries[k] = entry_at(c.entries, static_cast<int64_t>(k));
    }
    write_lookup(id, entries, index_bits, phase_name(c.strobe));
  }

  void write_extreme(CellId id) {
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

  static int64_t line_bits(const Cell& c) { return int64_t{c.amount} * width_bits(c); }
  static bool is_memory(const Cell& c) {
    return c.op == NetOp::kDelay && line_bits(c) > kShiftRegisterBits && c.amount > 2;
  }
  // Addresses of the memory of a delay line: at least amount - 1.
  static int address_bits(const Cell& c) { return bits_for({0, c.amount - 2}); }

  void write_shift_register(CellId id) {
    const Cell& c = cell(id);
    const int width = width_bits(c);
    const int64_t total = line_bits(c);
    const std::string next = bits(c.operands[0], 0, width);
    if (c.amount == 1) return write_register(id, declare(id, "reg"), "", next);
    const std::string declaration = declare(id, "wire"), &name = wire(id).name();
    const std::string shift = unique_name(name + "_line");
    const std::string kept = total - width == 1 ? fmt::format("{}[0]", shift)
                                                : fmt::format("{}[{}:0]", shift, total - width - 1);
    const std::string shown = width == 1
                                  ? fmt::format("{}[{}]", shift, total - 1)
                                  : fmt::format("{}[{}:{}]", shift, total - 1, total - width);
    line(fmt::format("reg {}{}; always @(posedge clk) {} <= {{{}, {}}};  // {} clocks",
                     verilog_range(total), shift, shift, kept, next, c.amount));
    line(fmt::format("{} = {};{}", declaration, shown, remark(id)));
  }
  // Written at `tick`, read amount - 1 places behind: a place of the ring is read, at the latest,
  // in the clock in which it is written again.
  void write_delay_memory(CellId id) {
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

  void write_instance(CellId id) {
    const Cell& c = cell(id);
    const Module& used = module_of(c);
    const std::string name =
        unique_name(c.name.empty() ? fmt::format("u{}", id) : identifier_from(c.name));
    auto& outputs = instance_outputs_[static_cast<size_t>(id)];
    for (const Port& port : used.outputs) {
      outputs.emplace_back(unique_name(name + "_" + port.name), port.total_bits(), port.is_signed);
      line(fmt::format("wire {}{};", verilog_range(port.total_bits()), outputs.back().name()));
    }
    std::vector<std::string> connections;
    if (context_.has_clock[static_cast<size_t>(c.module)]) connections.push_back(".clk(clk)");
    if (used.needs_start) connections.push_back(fmt::format(".start({})", strobe(c.strobe)));
    size_t next = 0;
    for (const Port& port : used.inputs) {
      const auto first = c.operands.begin() + static_cast<ptrdiff_t>(next);
      next += port.elements.size();
      const std::vector<CellId> elements(first,
                                         first + static_cast<ptrdiff_t>(port.elements.size()));
      connections.push_back(
          fmt::format(".{}({})", port.name, packed(port, elements, "          ")));
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      connections.push_back(fmt::format(".{}({})", used.outputs[i].name, outputs[i].name()));
    }
    line(fmt::format("{} {} (", used.name, instance_name(name)));
    line("    " + joined(connections, ",\n      "));
    line(fmt::format(");  // local clock 0 is clock {} here", c.strobe));
  }

  void write_result(CellId id) {
    const Cell& c = cell(id);
    const CellId instance = c.operands[0];
    const Module& used = module_of(cell(instance));
    int64_t index = c.amount;
    for (size_t p = 0; p < used.outputs.size(); ++p) {
      const Port& port = used.outputs[p];
      const auto count = static_cast<int64_t>(port.elements.size());
      if (index < count) {
        VerilogWire& vector = instance_outputs_[static_cast<size_t>(instance)][p];
        return write_wire(id, element(vector, index * port.element_bits, port, width_bits(c)));
      }
      index -= count;
    }
    internal_error("result of no output");
  }

  const VerilogContext& context_;
  const Module& module_;
  const bool is_top_;
  const int done_after_;
  int last_strobe_;
  const bool has_clock_;
  int tick_bits_ = 0;
  std::map<int, size_t> phase_lengths_;  // strobe → entries of its longest rom
  std::set<std::string> names_;
  std::vector<VerilogWire> wires_;                          // of cells
  std::vector<std::vector<VerilogWire>> instance_outputs_;  // of instance cells
  std::vector<VerilogWire> vectors_;                        // input ports
  std::string text_;
};

}  // namespace

std::string verilog_module(const VerilogContext& context, size_t index, int done_after) {
  return ModuleWriter(context, index, done_after).write();
}

}  // namespace trigstone
