#include "emit/verilog.h"

#include <algorithm>

#include "base/error.h"
#include "emit/hdl_module.h"
#include "emit/legalize.h"
#include "emit/verilog_dialect.h"
#include "emit/verilog_primitives.h"

namespace trigstone {

namespace {

bool has_ternary_adder(const Netlist& netlist) {
  return std::any_of(netlist.modules.begin(), netlist.modules.end(), [](const Module& module) {
    return std::any_of(module.cells.begin(), module.cells.end(),
                       [](const Cell& cell) { return cell.op == NetOp::kAdd3; });
  });
}

// A name that no module has; the primitives' own names can't be evaded.
std::string name_ternary_adder(const Netlist& netlist) {
  for (const Module& module : netlist.modules) {
    if (!is_verilog_primitive(module.name)) continue;
    throw Error(fmt::format("module '{}'", module.name), "has the name of an FPGA primitive",
                "rename the node, or compile without --primitives");
  }
  std::string name = "ternary_adder";
  while (netlist.module_named(name) >= 0) name += "_3";
  return name;
}

}  // namespace

std::map<std::string, std::string> emit_verilog(const Netlist& netlist, const Firmware& firmware) {
  const Netlist legal = legalize(netlist);
  const bool primitives = firmware.primitives && has_ternary_adder(legal);
  const std::string ternary_adder = primitives ? name_ternary_adder(legal) : "";
  const VerilogDialect dialect(ternary_adder);
  std::map<std::string, std::string> files;
  if (primitives) files = verilog_primitives(ternary_adder);
  for (auto& [name, text] : hdl_modules(dialect, legal, firmware)) {
    files["rtl/" + name + dialect.extension()] = std::move(text);
  }
  return files;
}

}  // namespace trigstone
