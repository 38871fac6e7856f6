// Moves the operations of a finished netlist to clocks at which the fewest register bits wait; no
// output comes at another clock.
//
//   module "dense": y = a + b @0 (20 bits), read at clock 3   =>   y @2, a and b wait (8 bits each)
//
// The pipeline places every cell as early as it can, module by module; only then is it known what
// all readers want. Here the whole is one question (lower/stage_assignment.h), so that operations
// move across the borders of modules, too. What acts at a strobe stays, and so do modules with
// DSP slices or resident values, and registers at borders of regions.
#pragma once

#include <string>
#include <vector>

#include "lower/pipeline.h"
#include "netlist/netlist.h"

namespace trigstone {

// What retime() leaves where it is.
struct Kept {
  std::vector<bool> modules;      // by index
  std::vector<CellId> registers;  // of the top
};

// Bits of values that wait, clock by clock, in registers or delay lines, over all instances.
int64_t waiting_bits(const Netlist& netlist);

// `netlist` must have passed verify. Its modules stay valid one by one. Returns what a user should
// know of that could not be moved, a sentence each.
std::vector<std::string> retime(Netlist& netlist, const Timing& timing, const Kept& kept);

}  // namespace trigstone
