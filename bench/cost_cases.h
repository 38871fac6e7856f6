// Small modules on which the cost model is compared with a synthesis tool: each operation in
// several widths, and a few compiled layers. Adders of a constant are left out: Yosys counts no LUT
// for them, since their carry chain needs none, while a device spends one a bit to reach the chain.
#pragma once

#include <string>
#include <vector>

#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone::bench {

struct CostCase {
  std::string name;     // also of the top module
  std::string kind;     // "adder", "multiplier", …
  bool fitted = false;  // the model's constants were chosen on it; the others only check
  Netlist netlist;
  Firmware firmware;
};

std::vector<CostCase> cost_cases();

}  // namespace trigstone::bench
