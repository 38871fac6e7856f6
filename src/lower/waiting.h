// Bringing a value to a later clock.
#pragma once

#include "netlist/netlist.h"

namespace trigstone {

// Adds cells that show `id` `clocks` > 0 later, with the same window otherwise, and returns the
// last. Held values wait in holds of up to `period` clocks, streams in registers or delay lines.
CellId wait(Module& module, CellId id, int clocks, int period);

}  // namespace trigstone
