// Checks every rule of netlist.h: operand counts and order, intervals at least as wide as inferred
// ones, windows that contain their readers' windows, registers that shift windows by a clock,
// accumulators and holds that act inside them, port widths, 64-bit limits.
#pragma once

#include "base/error.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// Messages at "netlist:module 'NAME'" or "netlist:module 'NAME' %ID"; at most 100 of them.
Diagnostics verify(const Netlist& netlist);

// Checks that the firmware's ports are those of the netlist's top: every binding names a port whose
// elements have its format, inputs arrive in the clocks that the input cells expect, outputs are
// read in the clocks that they promise, no element is left out. `netlist` must have passed verify.
Diagnostics verify_bindings(const Netlist& netlist, const Firmware& firmware);

}  // namespace trigstone
