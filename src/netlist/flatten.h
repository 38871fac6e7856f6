// Replaces every instance by the cells of its module, so that one module is left.
//
//   module "square": %1 = mul(%0, %0) @0          module "top": %1 = mul(%0, %0) @3
//   module "top":    %1 = instance(%0) strobe=3  =>
//                    %2 = result(%1) @3
#pragma once

#include "netlist/netlist.h"

namespace trigstone {

// `netlist` must have passed verify. Cells keep their order of computation, not their ids.
Netlist flatten(const Netlist& netlist);

}  // namespace trigstone
