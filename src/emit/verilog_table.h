// Tables and ROMs: one module for each different content, shared by all that read it.
//
// The entries stand in a local parameter that fills a memory. Other forms cost more: a case
// statement is copied by Verilator for every instance, a variable slice of a wide constant is
// expanded by Yosys into shifters.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace trigstone {

class VerilogTables {
 public:
  // `taken` names are not given to table modules.
  explicit VerilogTables(std::set<std::string> taken) : taken_(std::move(taken)) {}

  // Name of the module whose `value` (value_bits wide) is entries[pattern of `index`]; there are
  // 2^index_bits entries. `hint` is the start of a new module's name.
  std::string module_for(const std::vector<int64_t>& entries, int index_bits, int value_bits,
                         const std::string& hint);

  // Module name → text.
  std::map<std::string, std::string> texts() const;

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
