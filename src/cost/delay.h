// How long a cell takes: LUT levels and carry chains of one device, routing included.
#pragma once

#include "cost/device.h"
#include "netlist/netlist.h"

namespace trigstone {

// From the last operand's arrival to the result, in ns; 0 for wires, constants and clocked cells.
// For accumulators: from the operand to the register inside, which holds the adder.
double delay_ns(const Module& module, const Cell& cell, const Device& device);

// The same counted in adders: a carry chain is one, and so is a table or a shifter; a multiplier is
// the rows of its tree. Gates, choices and the larger of a value and 0 are part of the LUTs around
// them and count nothing, a product in a DSP slice one.
int carry_chains(const Module& module, const Cell& cell);

}  // namespace trigstone
