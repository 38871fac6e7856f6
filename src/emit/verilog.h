// Verilog of a netlist: one file a module, one line a value, readable beside netlist.txt.
//
// Verilog-2005 that Verilator lints with -Wall without a waiver, and that Icarus, Yosys and the
// vendors read. Every width is written out: operands are extended and sliced by hand, so nothing
// depends on the sign and width rules of the language.
//
// The top has the ports clk, start, its data ports as packed vectors (bit 0 of a port is bit 0 of
// element 0) and done, which is start delayed by the latency. There is no reset: registers may
// power up with anything.
#pragma once

#include <map>
#include <string>

#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// With Firmware::primitives three-operand adders are instances of rtl/ternary_adder.v, made of
// LUT6_2 and CARRY8; sim/ then holds models of those two, which synthesis must not read.
// Path inside the firmware folder ("rtl/NAME.v", "sim/NAME.v") → text. `netlist` must have passed
// verify.
std::map<std::string, std::string> emit_verilog(const Netlist& netlist, const Firmware& firmware);

}  // namespace trigstone
