// One module of a legal netlist in a hardware language.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "emit/hdl_dialect.h"
#include "emit/hdl_tables.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// What the modules of a netlist know of each other.
struct HdlContext {
  const HdlDialect& dialect;
  const Netlist& netlist;
  std::vector<bool> has_clock;  // per module: it, or one inside it, holds registers
  HdlTables& tables;
  LoadWidths load;  // of the whole firmware
};

// Text of module `index`. `done_after` >= 0 makes it the top: it gets clk, start and done, start
// delayed by that many clocks.
std::string hdl_module(const HdlContext& context, size_t index, int done_after);

// Every module and table of a legal netlist: name → text. The top's done comes after the
// firmware's latency.
std::map<std::string, std::string> hdl_modules(const HdlDialect& dialect, const Netlist& legal,
                                               const Firmware& firmware);

}  // namespace trigstone
