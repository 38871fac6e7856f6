// How much of a device a netlist takes, and what it burns.
#pragma once

#include <vector>

#include "cost/device.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// Resources of one cell, without the module behind an instance.
Resources estimate_cell(const Module& module, const Cell& cell);

// An add whose operands share no bit: wires.
bool joins_bits(const Module& module, const Cell& cell);

// An add that the slice behind its product does itself: of a product in a DSP slice, or of the one
// register behind that product. The slice's adder takes 48 bits.
bool adds_in_dsp(const Module& module, const Cell& cell);

// The memory that a register reads, right behind it or, of a block RAM, behind its first register;
// null when it reads none.
const Cell* memory_read_by(const Module& module, const Cell& reg);

// One instance of each module, instances inside it included; without power.
std::vector<Resources> estimate_modules(const Netlist& netlist);

// Everything in use: cells of all instances, start delay lines, power at `clock_mhz` by the rule of
// thumb for toggle rates (cost/power.h).
Resources estimate(const Netlist& netlist, const Device& device, double clock_mhz = 360);

}  // namespace trigstone
