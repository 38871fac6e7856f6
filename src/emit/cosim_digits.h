// Stimulus and outputs as lines of binary digits, as testbenches in Verilog and VHDL read and write
// them: one line a clock, highest bit first, the ports in order from bit 1 on, and start (or done)
// in bit 0.
#pragma once

#include <string>
#include <vector>

#include "emit/verilator_cosim.h"

namespace trigstone {

// Bits of a line: those of the ports and the flag.
int64_t digits_per_clock(const std::vector<PackedPort>& ports);

struct DigitStimulus {
  std::string input;         // a line a clock
  std::vector<bool> starts;  // of each clock
};
// Drives a copy of `stimulus` from its first clock to its last.
DigitStimulus digits_of(Stimulus stimulus);

// What `output`, a line a clock, says to the stimulus that drove it. Throws InternalError when the
// simulation stopped early or a promised output bit is unknown (neither 0 nor 1).
CosimRun run_from_digits(const Stimulus& stimulus, const std::vector<bool>& starts,
                         int latency_cycles, const std::string& output);

// Runs a tool on what we wrote; its complaints are our bug. Returns what it printed.
std::string run_tool(const std::vector<std::string>& command, const std::filesystem::path& folder);

}  // namespace trigstone
