// What a firmware costs, for people to read.
#pragma once

#include <string>

#include "netlist/firmware.h"

namespace trigstone {

// A number of elements without fraction, but for a few of them with their half: half a BRAM36.
std::string count_text(double count);

// Latency, adder graphs, and the resources `used` beside what the firmware's device holds.
void print_costs(const Firmware& firmware, const Resources& used);

}  // namespace trigstone
