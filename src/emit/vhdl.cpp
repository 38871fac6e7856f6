#include "emit/vhdl.h"

#include "emit/hdl_module.h"
#include "emit/legalize.h"
#include "emit/vhdl_dialect.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

void rename_ports(Module& module, const std::set<std::string>& own_names) {
  std::set<std::string> taken = own_names;
  for (auto* ports : {&module.inputs, &module.outputs}) {
    for (Port& port : *ports) port.name = distinct_name(port.name, taken);
  }
}

// Modules and ports of a legal netlist under names that VHDL tells apart.
//   modules "Dense", "dense", port "resize"  =>  "Dense", "dense_1", "resize_1"
void rename_for_vhdl(Netlist& netlist, const HdlDialect& dialect) {
  std::set<std::string> taken = dialect.own_names();
  for (Module& module : netlist.modules) {
    module.name = distinct_name(module.name, taken);
    rename_ports(module, dialect.own_names());
  }
}

}  // namespace

std::map<std::string, std::string> emit_vhdl(const Netlist& netlist, const Firmware& firmware) {
  const VhdlDialect dialect;
  Netlist legal = legalize(netlist);
  rename_for_vhdl(legal, dialect);
  std::map<std::string, std::string> files;
  for (auto& [name, text] : hdl_modules(dialect, legal, firmware)) {
    files["rtl/" + name + dialect.extension()] = std::move(text);
  }
  return files;
}

Firmware with_vhdl_names(const Netlist& netlist, const Firmware& firmware) {
  Netlist legal = legalize(netlist);
  const Module before = legal.top();
  rename_for_vhdl(legal, VhdlDialect());
  const auto rename = [](const std::vector<Port>& from, const std::vector<Port>& to,
                         std::vector<PortBinding>& bindings) {
    for (PortBinding& binding : bindings) {
      for (size_t i = 0; i < from.size(); ++i) {
        if (from[i].name != binding.port) continue;
        binding.port = to[i].name;
        break;
      }
    }
  };
  Firmware renamed = firmware;
  renamed.top = legal.top().name;
  rename(before.inputs, legal.top().inputs, renamed.inputs);
  rename(before.outputs, legal.top().outputs, renamed.outputs);
  return renamed;
}

}  // namespace trigstone
