// Checks every rule of netlist.h: operand counts and order, intervals at least as wide as inferred
// ones, windows that contain their readers' windows, registers that shift windows by a clock,
// accumulators and holds that act inside them, port widths, 64-bit limits.
#pragma once

#include "base/error.h"
#include "netlist/netlist.h"

namespace trigstone {

Diagnostics verify(const Netlist& netlist);

}  // namespace trigstone
