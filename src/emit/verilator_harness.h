// The C++ around the translated designs in a co-simulation program.
#pragma once

#include <string>

#include "netlist/firmware.h"

namespace trigstone {

// harness.h: what the main program knows of a design.
std::string cosim_header();
// Glue between design `index`, translated with --prefix V<index>, and the main program.
std::string cosim_glue(const Firmware& firmware, size_t index);
// The main program: DESIGN INPUT OUTPUT SEED.
//   INPUT:  64-bit words; each clock `start`, then the words of the input ports
//   OUTPUT: 64-bit words; each clock `done`, then the words of the output ports before the edge
std::string cosim_main(size_t design_count);

}  // namespace trigstone
