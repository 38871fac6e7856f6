// Brings a netlist into the form that emitters print line by line, so that they need not decide.
//
//   %3 = lt(%0, %1) : [0, 1], intervals say 1   =>  %3 = const() constant=1
//   %4 = min(%0, %3), %0 never above %3          =>  %4 = shl(%0)
//   cells that no output needs, modules that no instance runs  =>  gone
#pragma once

#include "netlist/netlist.h"

namespace trigstone {

// `netlist` must have passed verify; the result passes too and computes the same.
Netlist legalize(const Netlist& netlist);

}  // namespace trigstone
