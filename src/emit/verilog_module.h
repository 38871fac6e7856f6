// One module of a legal netlist as Verilog.
#pragma once

#include <string>
#include <vector>

#include "emit/verilog_table.h"
#include "netlist/netlist.h"

namespace trigstone {

// What the modules of a netlist know of each other.
struct VerilogContext {
  const Netlist& netlist;
  std::vector<bool> has_clock;  // per module: it, or one inside it, holds registers
  VerilogTables& tables;
};

// Text of module `index`. `done_after` >= 0 makes it the top: it gets clk, start and done, start
// delayed by that many clocks.
std::string verilog_module(const VerilogContext& context, size_t index, int done_after);

}  // namespace trigstone
