// Logic that depends on one narrow value becomes one table of it, where that takes fewer LUTs.
//
//   %1 = table(%0); %2 = %1 + 8; %3 = %2 >> 4; %4 = min(%3, 7); %5 = table(%4)   =>   %5 =
//   table(%0)
//
// Tables behind tables, behind and before rounding and clipping, constant multiples of tables:
// every such chain is a function of few bits, whatever it is made of.
#pragma once

#include "cost/device.h"
#include "netlist/netlist.h"

namespace trigstone {

// `module` is combinational. Every value of it stays the same number; no path grows longer on
// `device`, in ns or in adders. Products in DSP slices stay.
Module merge_tables(Module module, const Device& device);

}  // namespace trigstone
