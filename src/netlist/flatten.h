// Replaces every instance by the cells of its module, so that one module is left.
#pragma once

#include "netlist/netlist.h"

namespace trigstone {

Netlist flatten(const Netlist& netlist);

}  // namespace trigstone
