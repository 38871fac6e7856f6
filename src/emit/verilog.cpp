#include "emit/verilog.h"

#include <set>

#include "emit/legalize.h"
#include "emit/verilog_module.h"

namespace trigstone {

namespace {

// Per module: whether it, or one inside it, holds registers.
std::vector<bool> modules_with_clock(const Netlist& netlist) {
  std::vector<bool> has_clock;
  for (const Module& module : netlist.modules) {
    bool found = module.needs_start;
    for (const Cell& cell : module.cells) {
      if (cell.op == NetOp::kInstance) {
        found = found || has_clock[static_cast<size_t>(cell.module)];
      } else {
        found = found || traits_of(cell.op).kind == NetClass::kClocked;
      }
    }
    has_clock.push_back(found);
  }
  return has_clock;
}

}  // namespace

std::map<std::string, std::string> emit_verilog(const Netlist& netlist, const Firmware& firmware) {
  const Netlist legal = legalize(netlist);
  std::set<std::string> names;
  for (const Module& module : legal.modules) names.insert(module.name);
  VerilogTables tables(names);
  const VerilogContext context{legal, modules_with_clock(legal), tables};
  std::map<std::string, std::string> modules;
  for (size_t i = 0; i < legal.modules.size(); ++i) {
    const bool is_top = i + 1 == legal.modules.size();
    modules[legal.modules[i].name] =
        verilog_module(context, i, is_top ? firmware.latency_cycles : -1);
  }
  modules.merge(tables.texts());
  std::map<std::string, std::string> files;
  for (auto& [name, text] : modules) files["rtl/" + name + ".v"] = std::move(text);
  return files;
}

}  // namespace trigstone
