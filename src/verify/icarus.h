// A firmware's Verilog run by Icarus Verilog: slower than Verilator by far, but it knows undefined
// bits, so that what reads a register too early shows.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "interpret/stimulus.h"
#include "netlist/firmware.h"

namespace trigstone {

// Files of Verilog by path inside the firmware folder.
using VerilogFiles = std::map<std::string, std::string>;

struct IcarusRun {
  std::vector<EventTensors> outputs;  // an undefined bit reads as 0
  int64_t undefined_events = 0;       // events whose outputs hold undefined bits
  int64_t wrong_done_clocks = 0;      // done was not start delayed by the latency
};

// Drives the top with the events (see Stimulus) inside `folder`, which is created.
// Throws Error when iverilog is missing, InternalError when it refuses the files.
IcarusRun run_icarus(const Firmware& firmware, const VerilogFiles& verilog,
                     const std::filesystem::path& folder, const std::vector<EventTensors>& events,
                     const std::vector<int>& gaps = {});

}  // namespace trigstone
