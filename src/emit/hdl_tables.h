// Tables and ROMs: one module or package for each different content, shared by all that read it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "emit/hdl_dialect.h"

namespace trigstone {

class HdlTables {
 public:
  // `taken` names, in lower case, are not given to tables.
  explicit HdlTables(std::set<std::string> taken) : taken_(std::move(taken)) {}

  // Name of the table whose value (value_bits wide) is entries[pattern of its index]; there are
  // 2^index_bits entries. `hint` is the start of a new table's name.
  std::string table_for(const std::vector<int64_t>& entries, int index_bits, int value_bits,
                        const std::string& hint);

  // Name → text.
  std::map<std::string, std::string> texts(const HdlDialect& dialect) const;

 private:
  struct Content {
    int index_bits, value_bits;
    std::vector<int64_t> entries;
    auto operator<=>(const Content&) const = default;
  };
  std::map<Content, std::string> names_;
  std::set<std::string> taken_;
};

}  // namespace trigstone
