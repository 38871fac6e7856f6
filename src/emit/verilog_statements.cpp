// Statements, modules and tables; expressions stand in verilog_dialect.cpp.
#include <fmt/core.h>

#include <algorithm>

#include "emit/verilog_dialect.h"
#include "emit/wrapped_list.h"

namespace trigstone {

namespace {

constexpr size_t kEntriesPerLine = 8;

void line(HdlText& out, const std::string& text) { out.body += "  " + text + "\n"; }

// "[7:0] ", or "" for one bit.
std::string range_of(int64_t bits) { return bits == 1 ? "" : fmt::format("[{}:0] ", bits - 1); }

std::string declaration(const char* kind, const HdlVector& vector) {
  return fmt::format("{} {}{}{}", kind, vector.type == HdlType::kSigned ? "signed " : "",
                     range_of(vector.bits), vector.name);
}

// "{a, b}" with line breaks, first part in the highest bits.
std::string concatenation(const std::vector<std::string>& parts, const std::string& indent) {
  return parts.size() == 1 ? parts[0] : wrapped_list(parts, "{", ", ", "}", indent);
}

std::string concatenation(const std::vector<HdlExpr>& parts, const std::string& indent) {
  std::vector<std::string> texts;
  for (const HdlExpr& part : parts) texts.push_back(part.text);
  return concatenation(texts, indent);
}

}  // namespace

void VerilogDialect::head(HdlText& out, const std::string& module,
                          const std::vector<std::string>& about,
                          const std::vector<HdlPort>& ports) const {
  for (const std::string& line : about) out.head += "// " + line + "\n";
  out.head += fmt::format("module {} (\n", module);
  for (const HdlPort& port : ports) {
    out.head += fmt::format("    {} wire {}{}{}{}\n", port.is_output ? "output" : "input ",
                            range_of(std::max<int64_t>(1, port.bits)), port.name,
                            &port == &ports.back() ? "" : ",", port.remark);
  }
  out.head += ");\n";
}

void VerilogDialect::strobes(HdlText& out, int clocks) const {
  const std::string next = clocks == 1 ? "start"
                           : clocks == 2
                               ? "{delayed_start[0], start}"
                               : fmt::format("{{delayed_start[{}:0], start}}", clocks - 2);
  line(out, fmt::format("reg {}delayed_start;  // bit k is high at local clock k + 1",
                        range_of(clocks)));
  line(out, fmt::format("always @(posedge clk) delayed_start <= {};", next));
}

std::string VerilogDialect::strobe(int clock, int clocks) const {
  if (clock == 0) return "start";
  return clocks == 1 ? "delayed_start" : fmt::format("delayed_start[{}]", clock - 1);
}

void VerilogDialect::wire(HdlText& out, const HdlVector& wire, const HdlExpr& value,
                          const std::string& remark) const {
  const char* kind = wire.in_dsp ? "(* use_dsp = \"yes\" *) wire" : "wire";
  line(out, fmt::format("{} = {};{}", declaration(kind, wire), value.text, remark));
}

void VerilogDialect::register_with(HdlText& out, const HdlVector& wire, const std::string& enable,
                                   const HdlExpr& next, const std::string& remark) const {
  const std::string when = enable.empty() ? "" : fmt::format("if ({}) ", enable);
  line(out, fmt::format("{}; always @(posedge clk) {}{} <= {};{}", declaration("reg", wire), when,
                        wire.name, next.text, remark));
}

void VerilogDialect::declare_register(HdlText& out, const HdlVector& wire, bool starts_at_zero,
                                      const std::string& remark) const {
  line(out, declaration("reg", wire) + ";" + remark);
  if (starts_at_zero) {
    line(out, fmt::format("initial {} = {};", wire.name, verilog_literal(0, wire.bits)));
  }
}

void VerilogDialect::load_register(HdlText& out, const HdlVector& wire, const HdlExpr& next) const {
  line(out, fmt::format("always @(posedge clk) {} <= {};", wire.name, next.text));
}

void VerilogDialect::memory(HdlText& out, const HdlVector& memory, const std::string&,
                            int64_t places, const HdlExpr& index, const HdlExpr& next,
                            const std::string& remark) const {
  line(out,
       fmt::format("reg {}{} [0:{}]; always @(posedge clk) {}[{}] <= {};{}", range_of(memory.bits),
                   memory.name, places - 1, memory.name, index.text, next.text, remark));
}

void VerilogDialect::loaded_memory(HdlText& out, const HdlVector& memory, const std::string&,
                                   const std::vector<HdlExpr>& words, const std::string& condition,
                                   const HdlExpr& index, const HdlExpr& data) const {
  line(out,
       fmt::format("{}reg {}{} [0:{}]; always @(posedge clk) if ({}) {}[{}] <= {};",
                   memory.in_block_ram ? "(* ram_style = \"block\" *) " : "", range_of(memory.bits),
                   memory.name, words.size() - 1, condition, memory.name, index.text, data.text));
  std::string values;
  for (size_t k = 0; k < words.size(); ++k) {
    const bool breaks = words.size() > kEntriesPerLine && k % kEntriesPerLine == 0;
    values +=
        fmt::format("{}{}[{}] = {};", breaks ? "\n      " : " ", memory.name, k, words[k].text);
  }
  line(out, fmt::format("initial begin{} end", values));
}

void VerilogDialect::lookup(HdlText& out, const HdlVector& wire, const std::string& table,
                            const std::string& instance, const HdlExpr& index,
                            const std::string& remark) const {
  line(out, fmt::format("{}; {} {} (.index({}), .value({}));{}", declaration("wire", wire), table,
                        instance, index.text, wire.name, remark));
}

void VerilogDialect::instance(HdlText& out, const HdlInstance& instance) const {
  std::vector<std::string> connections;
  if (instance.has_clock) connections.push_back(".clk(clk)");
  if (!instance.start.empty()) connections.push_back(fmt::format(".start({})", instance.start));
  for (const HdlConnection& input : instance.inputs) {
    const std::string value =
        input.parts.empty() ? input.wire.name : concatenation(input.parts, "          ");
    connections.push_back(fmt::format(".{}({})", input.port, value));
  }
  for (const HdlConnection& output : instance.outputs) {
    line(out, declaration("wire", output.wire) + ";");
    connections.push_back(fmt::format(".{}({})", output.port, output.wire.name));
  }
  line(out, fmt::format("{} {} (", instance.module, instance.name));
  for (const std::string& connection : connections) {
    line(out, "    " + connection + (&connection == &connections.back() ? "" : ","));
  }
  line(out, ");" + instance.remark);
}

void VerilogDialect::ternary_adder(HdlText& out, const HdlTernaryAdder& adder,
                                   const std::string& remark) const {
  std::string ports, negated;
  for (size_t k = 0; k < 3; ++k) {
    ports += fmt::format(".{}({}), ", "abc"[k], adder.operands[k].text);
    negated.insert(0, adder.negated[k] ? "1" : "0");
  }
  line(out, declaration("wire", adder.sum) + ";" + remark);
  line(out, fmt::format("{} #(.WIDTH({}), .NEGATED(3'b{})) {} (", ternary_adder_, adder.sum.bits,
                        negated, adder.name));
  line(out, fmt::format("    {}.sum({}));", ports, adder.sum.name));
}

void VerilogDialect::output(HdlText& out, const std::string& port,
                            const std::vector<HdlExpr>& parts) const {
  line(out, fmt::format("assign {} = {};", port, concatenation(parts, "      ")));
}

void VerilogDialect::done(HdlText& out, const std::string& strobe) const {
  line(out, fmt::format("assign done = {};", strobe));
}

void VerilogDialect::unused(HdlText& out, const std::vector<std::string>& slices) const {
  std::vector<std::string> parts = {"1'b0"};
  parts.insert(parts.end(), slices.begin(), slices.end());
  line(out, "wire unused = &" + concatenation(parts, "      ") + ";");
}

std::string VerilogDialect::finish(const HdlText& text, const std::string&) const {
  return text.head + text.body + "endmodule\n";
}

std::string VerilogDialect::table(const std::string& name, const std::vector<int64_t>& entries,
                                  int index_bits, int value_bits) const {
  const size_t count = entries.size();
  std::string text = fmt::format(
      "// {} entries of {} bits; the index is read as a bit pattern.\n"
      "module {} (\n"
      "    input  wire {}index,\n"
      "    output wire {}value\n"
      ");\n"
      "  localparam [{}:0] ENTRIES = {{\n",
      count, value_bits, name, range_of(index_bits), range_of(value_bits),
      count * static_cast<size_t>(value_bits) - 1);
  for (size_t i = 0; i < count; ++i) {
    if (i % kEntriesPerLine == 0) text += "    ";
    text += verilog_literal(entries[i], value_bits);
    const bool ends_line = (i + 1) % kEntriesPerLine == 0 || i + 1 == count;
    if (i + 1 < count) text += ends_line ? "," : ", ";
    if (ends_line) text += fmt::format("  // to {}\n", i);
  }
  return text +
         fmt::format(
             "  }};  // entry 0 first\n"
             "  reg {}rom [0:{}];\n"
             "  integer i;\n"
             "  initial for (i = 0; i < {}; i = i + 1) rom[i] = ENTRIES[({} - i) * {} +: {}];\n"
             "  assign value = rom[index];\n"
             "endmodule\n",
             range_of(value_bits), count - 1, count, count - 1, value_bits, value_bits);
}

}  // namespace trigstone
