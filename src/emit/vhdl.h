// VHDL-2008 of a netlist: one file a module, one line a value, readable beside netlist.txt.
//
// The same walk as for Verilog; see emit/hdl_dialect.h. The top has the ports clk, start, its data
// ports as std_logic_vector (bit 0 of a port is bit 0 of element 0) and done. There is no reset.
#pragma once

#include <map>
#include <string>

#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// Path ("rtl/NAME.vhd") → text. `netlist` must have passed verify.
std::map<std::string, std::string> emit_vhdl(const Netlist& netlist, const Firmware& firmware);

// `firmware` with its top and ports called as in the VHDL. VHDL does not tell capitals from small
// letters, so names that differ in nothing else get a number.
Firmware with_vhdl_names(const Netlist& netlist, const Firmware& firmware);

}  // namespace trigstone
