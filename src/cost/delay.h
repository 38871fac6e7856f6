// How long a cell takes: LUT levels and carry chains of one device, routing included.
#pragma once

#include "cost/device.h"
#include "netlist/netlist.h"

namespace trigstone {

// From the last operand's arrival to the result, in ns; 0 for wires, constants and clocked cells.
// For accumulators: from the operand to the register inside, which holds the adder.
double delay_ns(const Module& module, const Cell& cell, const Device& device);

}  // namespace trigstone
