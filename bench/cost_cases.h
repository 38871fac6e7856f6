// Small modules on which the cost model is compared with a synthesis tool: each operation in
// several widths, and a few compiled layers.
#pragma once

#include <string>
#include <vector>

#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone::bench {

enum class CostSet {
  kFitted,   // the model's constants were chosen on it
  kSeen,     // other widths, signs and contents, but looked at while the model was made
  kDrawn,    // modules drawn by a seed
  kNetwork,  // whole drawn networks, flattened
};

struct CostCase {
  std::string name;  // also of the top module
  std::string kind;  // "adder", "multiplier", …
  CostSet set = CostSet::kDrawn;
  Netlist netlist;
  Firmware firmware;
};

std::vector<CostCase> cost_cases();

}  // namespace trigstone::bench
