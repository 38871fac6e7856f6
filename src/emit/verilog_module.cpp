#include "emit/verilog_module.h"

#include <algorithm>

#include "base/error.h"
#include "base/version.h"
#include "emit/verilog_writer.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

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

// A user's text as part of a comment: no line ends, no backslash that might escape one.
std::string in_comment(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\') c = ' ';
  }
  return text;
}

std::string format_text(const Cell& cell) {
  const int bits = width_bits(cell);
  return fmt::format("{}<{},{}>", is_signed(cell) ? "" : "u", bits, bits - cell.fraction_bits);
}

bool has_register(const Cell& cell) {
  return traits_of(cell.op).kind == NetClass::kClocked && cell.op != NetOp::kInstance;
}

}  // namespace

VerilogWriter::VerilogWriter(const VerilogContext& context, size_t index, int done_after)
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
    phase_names_[strobe] = unique_name(fmt::format("phase_{}", strobe));
    names_.insert(phase_names_[strobe] + "_next");
  }
}

std::string VerilogWriter::write() {
  write_head();
  write_strobes();
  write_inputs();
  for (size_t i = 0; i < module_.cells.size(); ++i) write_cell(static_cast<CellId>(i));
  write_outputs();
  write_unused();
  return text_ + "endmodule\n";
}

std::string VerilogWriter::unique_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 1; !names_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
  return name;
}

std::string VerilogWriter::name_for(CellId id) {
  const std::string& given = cell(id).name;
  return unique_name(given.empty() ? fmt::format("v{}", id) : identifier_from(given));
}

std::string VerilogWriter::declare(CellId id, const char* kind) {
  const Cell& c = cell(id);
  wire(id) = VerilogWire(name_for(id), width_bits(c), is_signed(c));
  return fmt::format("{}{} {}{}", kind, is_signed(c) ? " signed" : "",
                     verilog_range(wire(id).bits()), wire(id).name());
}

std::string VerilogWriter::remark(CellId id) const {
  const Cell& c = cell(id);
  std::string text = fmt::format("  // {} @{}", format_text(c), c.cycle);
  if (c.beats > 1) text += fmt::format(" x{}", c.beats);
  if (c.held) text += " held";
  if (!c.name.empty() && c.name != wires_[static_cast<size_t>(id)].name()) {
    text += " " + in_comment(c.name);
  }
  return text;
}

void VerilogWriter::write_head() {
  text_ = fmt::format(
      "// Module {}: {}\n// An event may start every {} clocks. Written by Trigstone {}.\n",
      module_.name, in_comment(module_.comment), module_.period, kVersion);
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
      ports.push_back({fmt::format("{} wire {}{}", side == &module_.inputs ? "input " : "output",
                                   verilog_range(port.total_bits()), port.name),
                       fmt::format("  // {} of {}<{},{}>", port.elements.size(),
                                   port.is_signed ? "" : "u", width, width - first.fraction_bits)});
    }
  }
  if (is_top_) ports.push_back({"output wire done", ""});
  text_ += fmt::format("module {} (\n", module_.name);
  for (size_t i = 0; i < ports.size(); ++i) {
    text_ += "    " + ports[i].left + (i + 1 < ports.size() ? "," : "") + ports[i].remark + "\n";
  }
  text_ += ");\n";
}

void VerilogWriter::write_inputs() {
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

std::string VerilogWriter::packed(const Port& port, const std::vector<CellId>& elements,
                                  const std::string& indent) {
  std::vector<std::string> parts;
  for (size_t i = elements.size(); i-- > 0;)
    parts.push_back(bits(elements[i], 0, port.element_bits));
  return concatenation(parts, indent);
}

void VerilogWriter::write_outputs() {
  for (const Port& port : module_.outputs) {
    line(fmt::format("assign {} = {};", port.name, packed(port, port.elements, "      ")));
  }
  if (is_top_) line(fmt::format("assign done = {};", strobe(done_after_)));
}

void VerilogWriter::write_unused() {
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

std::string VerilogWriter::element(VerilogWire& vector, int64_t offset, const Port& port,
                                   int width) {
  if (width <= port.element_bits) return vector.slice(offset, width);
  const std::string low = vector.slice(offset, port.element_bits);
  const int above = width - port.element_bits;
  if (!port.is_signed) return fmt::format("{{{}, {}}}", verilog_literal(0, above), low);
  return fmt::format("{{{{{}{{{}}}}}, {}}}", above, vector.slice(offset + port.element_bits - 1, 1),
                     low);
}

void VerilogWriter::write_instance(CellId id) {
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
    const std::vector<CellId> elements(first, first + static_cast<ptrdiff_t>(port.elements.size()));
    connections.push_back(fmt::format(".{}({})", port.name, packed(port, elements, "          ")));
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    connections.push_back(fmt::format(".{}({})", used.outputs[i].name, outputs[i].name()));
  }
  line(fmt::format("{} {} (", used.name, instance_name(name)));
  line("    " + joined(connections, ",\n      "));
  line(fmt::format(");  // local clock 0 is clock {} here", c.strobe));
}

void VerilogWriter::write_result(CellId id) {
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

std::string verilog_module(const VerilogContext& context, size_t index, int done_after) {
  return VerilogWriter(context, index, done_after).write();
}

}  // namespace trigstone
