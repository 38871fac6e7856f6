// What Yosys makes of a firmware folder's Verilog: an open check of the cost model.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "netlist/firmware.h"

namespace trigstone {

struct Synthesis {
  Resources resources;                   // lut = LUT1…LUT6 (a LUT6_2 counts once), ff = FD*
  std::map<std::string, int64_t> cells;  // primitive → number
  double seconds = 0;
};

// Runs `synth_xilinx -family xcup -flatten -noiopad` on one module of FW/rtl (default: the top),
// `-nodsp` when the strategy uses none. Throws Error when Yosys is missing or fails.
Synthesis synthesize(const std::filesystem::path& firmware_folder, const std::string& module = "");

// Verilog of one design among several, as emit_verilog gives it, and its top module.
struct SynthesisUnit {
  std::string name;  // an identifier, unique
  std::string top;
  std::map<std::string, std::string> verilog;
};

// Synthesises all of them in one run of Yosys without DSPs, each flattened on its own; resources by
// the unit's name. One run takes seconds where a run a unit would take a minute.
std::map<std::string, Resources> synthesize_units(const std::vector<SynthesisUnit>& units);

// The counts of the last statistics that Yosys printed.
std::map<std::string, int64_t> parse_yosys_cells(const std::string& log);

}  // namespace trigstone
