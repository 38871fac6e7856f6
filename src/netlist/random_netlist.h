// Valid random netlists with every operation, for tests of whatever reads, runs or prints netlists.
#pragma once

#include <cstdint>

#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

struct RandomNetlist {
  Netlist netlist;
  Firmware firmware;  // ports, ii and latency; no costs
};

// About `cells` cells a module, up to `modules` of them below the top. The same seed gives the same
// netlist everywhere.
RandomNetlist random_netlist(uint64_t seed, int cells = 40, int modules = 2);

}  // namespace trigstone
