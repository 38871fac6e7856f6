#include "emit/verilog.h"

#include "emit/hdl_module.h"
#include "emit/legalize.h"
#include "emit/verilog_dialect.h"

namespace trigstone {

std::map<std::string, std::string> emit_verilog(const Netlist& netlist, const Firmware& firmware) {
  const VerilogDialect dialect;
  std::map<std::string, std::string> files;
  for (auto& [name, text] : hdl_modules(dialect, legalize(netlist), firmware)) {
    files["rtl/" + name + dialect.extension()] = std::move(text);
  }
  return files;
}

}  // namespace trigstone
