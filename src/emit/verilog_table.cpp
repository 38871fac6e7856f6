#include "emit/verilog_table.h"

#include "base/error.h"
#include "emit/verilog_wire.h"

namespace trigstone {

namespace {

constexpr size_t kEntriesPerLine = 8;

std::string text_of(const std::string& name, const std::vector<int64_t>& entries, int index_bits,
                    int value_bits) {
  const size_t count = entries.size();
  std::string text = fmt::format(
      "// {} entries of {} bits; the index is read as a bit pattern.\n"
      "module {} (\n"
      "    input  wire {}index,\n"
      "    output wire {}value\n"
      ");\n"
      "  localparam [{}:0] ENTRIES = {{\n",
      count, value_bits, name, verilog_range(index_bits), verilog_range(value_bits),
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
             verilog_range(value_bits), count - 1, count, count - 1, value_bits, value_bits);
}

}  // namespace

std::string VerilogTables::module_for(const std::vector<int64_t>& entries, int index_bits,
                                      int value_bits, const std::string& hint) {
  const auto [found, is_new] = names_.try_emplace({index_bits, value_bits, entries}, "");
  if (!is_new) return found->second;
  std::string name = hint;
  for (int i = 1; taken_.contains(name); ++i) name = fmt::format("{}_{}", hint, i);
  taken_.insert(name);
  return found->second = name;
}

std::map<std::string, std::string> VerilogTables::texts() const {
  std::map<std::string, std::string> texts;
  for (const auto& [content, name] : names_) {
    texts[name] = text_of(name, content.entries, content.index_bits, content.value_bits);
  }
  return texts;
}

}  // namespace trigstone
