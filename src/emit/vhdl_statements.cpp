// Statements, entities and tables; expressions stand in vhdl_dialect.cpp.
#include <fmt/core.h>

#include <algorithm>

#include "emit/vhdl_dialect.h"
#include "emit/wrapped_list.h"

namespace trigstone {

namespace {

constexpr const char* kLibraries =
    "library ieee;\nuse ieee.std_logic_1164.all;\nuse ieee.numeric_std.all;\n\n";

void line(std::string& section, const std::string& text) { section += "  " + text + "\n"; }
void clocked(HdlText& out, const std::string& text) { out.clocked += "      " + text + "\n"; }

std::string subtype(int64_t bits, HdlType type) {
  const char* name = type == HdlType::kBits       ? "std_logic_vector"
                     : type == HdlType::kUnsigned ? "unsigned"
                                                  : "signed";
  return fmt::format("{}({} downto 0)", name, bits - 1);
}

void declare(HdlText& out, const HdlVector& vector, const std::string& rest = ";") {
  line(out.declarations,
       fmt::format("signal {} : {}{}", vector.name, subtype(vector.bits, vector.type), rest));
}

// The parts as one std_logic_vector, the first in the highest bits.
std::string concatenation(const HdlDialect& dialect, const std::vector<HdlExpr>& parts) {
  std::vector<std::string> texts;
  for (const HdlExpr& part : parts) texts.push_back(dialect.cast(part, HdlType::kBits).text);
  return texts.size() == 1 ? texts[0] : wrapped_list(texts, "", " & ", "", "      ");
}

}  // namespace

void VhdlDialect::head(HdlText& out, const std::string& module,
                       const std::vector<std::string>& about,
                       const std::vector<HdlPort>& ports) const {
  for (const std::string& line : about) out.head += "-- " + line + "\n";
  out.head += kLibraries + fmt::format("entity {} is\n  port (\n", module);
  for (const HdlPort& port : ports) {
    out.head += fmt::format("    {} : {} {}{}{}\n", port.name, port.is_output ? "out" : "in",
                            port.bits == 0 ? "std_logic" : subtype(port.bits, HdlType::kBits),
                            &port == &ports.back() ? "" : ";", port.remark);
  }
  out.head += "  );\nend entity;\n\n";
}

void VhdlDialect::strobes(HdlText& out, int clocks) const {
  declare(out, {"delayed_start", clocks, HdlType::kBits},
          ";  -- bit k is high at local clock k + 1");
  clocked(out, clocks == 1 ? "delayed_start(0) <= start;"
                           : fmt::format("delayed_start <= delayed_start({} downto 0) & start;",
                                         clocks - 2));
}

std::string VhdlDialect::strobe(int clock, int) const {
  return clock == 0 ? "start" : fmt::format("delayed_start({})", clock - 1);
}

void VhdlDialect::wire(HdlText& out, const HdlVector& wire, const HdlExpr& value,
                       const std::string& remark) const {
  declare(out, wire);
  if (wire.in_dsp) {
    if (!out.names_dsp) line(out.declarations, "attribute use_dsp : string;");
    out.names_dsp = true;
    line(out.declarations, fmt::format("attribute use_dsp of {} : signal is \"yes\";", wire.name));
  }
  line(out.body, fmt::format("{} <= {};{}", wire.name, value.text, remark));
}

void VhdlDialect::register_with(HdlText& out, const HdlVector& wire, const std::string& enable,
                                const HdlExpr& next, const std::string& remark) const {
  declare(out, wire);
  const std::string load = fmt::format("{} <= {};", wire.name, next.text);
  clocked(out,
          (enable.empty() ? load : fmt::format("if {} then {} end if;", enable, load)) + remark);
}

void VhdlDialect::declare_register(HdlText& out, const HdlVector& wire, bool starts_at_zero,
                                   const std::string& remark) const {
  declare(out, wire, (starts_at_zero ? " := (others => '0');" : ";") + remark);
}

void VhdlDialect::load_register(HdlText& out, const HdlVector& wire, const HdlExpr& next) const {
  clocked(out, fmt::format("{} <= {};", wire.name, next.text));
}

void VhdlDialect::memory(HdlText& out, const HdlVector& memory, const std::string& type,
                         int64_t places, const HdlExpr& index, const HdlExpr& next,
                         const std::string& remark) const {
  line(out.declarations, fmt::format("type {} is array (0 to {}) of {};", type, places - 1,
                                     subtype(memory.bits, memory.type)));
  line(out.declarations, fmt::format("signal {} : {};", memory.name, type));
  clocked(out,
          fmt::format("{}(to_integer({})) <= {};{}", memory.name, index.text, next.text, remark));
}

void VhdlDialect::loaded_memory(HdlText& out, const HdlVector& memory, const std::string& type,
                                const std::vector<HdlExpr>& words, const std::string& condition,
                                const HdlExpr& index, const HdlExpr& data) const {
  line(out.declarations, fmt::format("type {} is array (0 to {}) of {};", type, words.size() - 1,
                                     subtype(memory.bits, memory.type)));
  std::vector<std::string> values;
  for (size_t k = 0; k < words.size(); ++k) {
    values.push_back(fmt::format("{} => {}", k, words[k].text));
  }
  line(out.declarations, fmt::format("signal {} : {} := {};", memory.name, type,
                                     wrapped_list(values, "(", ", ", ")", "    ")));
  if (memory.in_block_ram) {
    if (!out.names_ram) line(out.declarations, "attribute ram_style : string;");
    out.names_ram = true;
    line(out.declarations,
         fmt::format("attribute ram_style of {} : signal is \"block\";", memory.name));
  }
  clocked(out, fmt::format("if {} then {}(to_integer({})) <= {}; end if;", condition, memory.name,
                           index.text, data.text));
}

void VhdlDialect::lookup(HdlText& out, const HdlVector& wire, const std::string& table,
                         const std::string&, const HdlExpr& index,
                         const std::string& remark) const {
  const HdlExpr value{fmt::format("work.{}.value_at({})", table, index.text), HdlType::kBits,
                      wire.bits};
  this->wire(out, wire, cast(value, wire.type), remark);
}

void VhdlDialect::instance(HdlText& out, const HdlInstance& instance) const {
  std::vector<std::string> connections;
  if (instance.has_clock) connections.push_back("clk => clk");
  if (!instance.start.empty()) connections.push_back("start => " + instance.start);
  for (const HdlConnection& input : instance.inputs) {
    if (!input.parts.empty()) {
      declare(out, input.wire);
      line(out.body, fmt::format("{} <= {};", input.wire.name, concatenation(*this, input.parts)));
    }
    connections.push_back(fmt::format("{} => {}", input.port, input.wire.name));
  }
  for (const HdlConnection& output : instance.outputs) {
    declare(out, output.wire);
    connections.push_back(fmt::format("{} => {}", output.port, output.wire.name));
  }
  line(out.body, fmt::format("{} : entity work.{}", instance.name, instance.module));
  line(out.body, "  port map (");
  for (const std::string& connection : connections) {
    line(out.body, "    " + connection + (&connection == &connections.back() ? "" : ","));
  }
  line(out.body, "  );" + instance.remark);
}

void VhdlDialect::output(HdlText& out, const std::string& port,
                         const std::vector<HdlExpr>& parts) const {
  line(out.body, fmt::format("{} <= {};", port, concatenation(*this, parts)));
}

void VhdlDialect::done(HdlText& out, const std::string& strobe) const {
  line(out.body, fmt::format("done <= {};", strobe));
}

void VhdlDialect::unused(HdlText&, const std::vector<std::string>&) const {}  // VHDL has no lint

std::string VhdlDialect::finish(const HdlText& text, const std::string& module) const {
  std::string registers;
  if (!text.clocked.empty()) {
    registers = "\n  registers : process (clk)\n  begin\n    if rising_edge(clk) then\n" +
                text.clocked + "    end if;\n  end process;\n";
  }
  return text.head + "architecture rtl of " + module + " is\n" + text.declarations + "begin\n" +
         text.body + registers + "end architecture;\n";
}

std::string VhdlDialect::table(const std::string& name, const std::vector<int64_t>& entries,
                               int index_bits, int value_bits) const {
  const std::string index = subtype(index_bits, HdlType::kUnsigned);
  std::vector<std::string> values;
  for (const int64_t entry : entries) {
    std::string digits;
    for (int bit = value_bits; bit-- > 0;) digits += ((entry >> bit) & 1) != 0 ? '1' : '0';
    values.push_back("\"" + digits + "\"");
  }
  return fmt::format(
      "-- {0} entries of {1} bits; the index is read as a bit pattern.\n{2}"
      "package {3} is\n"
      "  function value_at(index : {4}) return std_logic_vector;\n"
      "end package;\n\n"
      "package body {3} is\n"
      "  type table_type is array (0 to {5}) of std_logic_vector({6} downto 0);\n"
      "  constant entries : table_type := {7};\n\n"
      "  function value_at(index : {4}) return std_logic_vector is\n"
      "  begin\n"
      "    if is_x(index) then\n"
      "      return ({6} downto 0 => 'X');\n"
      "    end if;\n"
      "    return entries(to_integer(index));\n"
      "  end function;\n"
      "end package body;\n",
      entries.size(), value_bits, kLibraries, name, index, entries.size() - 1, value_bits - 1,
      wrapped_list(values, "(", ", ", ")", "    "));
}

}  // namespace trigstone
