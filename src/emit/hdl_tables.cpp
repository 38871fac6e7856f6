#include "emit/hdl_tables.h"

#include <fmt/core.h>

#include "netlist/identifier.h"

namespace trigstone {

std::string HdlTables::table_for(const std::vector<int64_t>& entries, int index_bits,
                                 int value_bits, const std::string& hint) {
  const auto [found, is_new] = names_.try_emplace({index_bits, value_bits, entries}, "");
  if (!is_new) return found->second;
  return found->second = distinct_name(hint, taken_);
}

std::map<std::string, std::string> HdlTables::texts(const HdlDialect& dialect) const {
  std::map<std::string, std::string> texts;
  for (const auto& [content, name] : names_) {
    texts[name] = dialect.table(name, content.entries, content.index_bits, content.value_bits);
  }
  return texts;
}

}  // namespace trigstone
