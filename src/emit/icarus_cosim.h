// Co-simulation with Icarus Verilog: a second, independent reader of what we emit.
//
// It is slower than Verilator but knows unknown bits: registers power up as x, so an output that
// depends on what a register held before its event shows it, whatever the random bits are.
#pragma once

#include <filesystem>
#include <vector>

#include "emit/verilator_cosim.h"

namespace trigstone {

// Builds and runs one design in `folder`. As Cosim::run; without gaps every `ii` clocks.
// Throws Error when Icarus is missing, InternalError when it refuses the Verilog or when a promised
// output bit is unknown.
CosimRun run_icarus(const CosimDesign& design, const std::filesystem::path& folder,
                    const std::vector<EventTensors>& events, const std::vector<int>& gaps = {},
                    uint64_t seed = 1, const std::vector<LoadWord>& loads = {});

}  // namespace trigstone
