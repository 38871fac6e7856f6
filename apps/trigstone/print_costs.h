// What a firmware costs, for people to read.
#pragma once

#include "netlist/firmware.h"

namespace trigstone {

// Latency, adder graphs, and the resources `used` beside what the firmware's device holds.
void print_costs(const Firmware& firmware, const Resources& used);

}  // namespace trigstone
