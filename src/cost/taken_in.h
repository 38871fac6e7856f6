// Choices between a value and a number that need no LUT for each of their bits.
//
//   y <= x[11] ? 0 : x[10:0]             the reset of the register behind
//   min(x, 127) read by max(·, -128)     one LUT a bit sees both limits
#pragma once

#include <cstdint>
#include <vector>

#include "netlist/netlist.h"

namespace trigstone {

enum class TakenIn : uint8_t { kNot, kByRegister, kByLimit };

// By module and cell: a min, max or mux with a constant that registers alone read, or one more such
// choice. Wires between, and the borders of modules, are looked through.
std::vector<std::vector<TakenIn>> taken_in_by_readers(const Netlist& netlist);

}  // namespace trigstone
