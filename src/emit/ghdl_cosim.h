// Co-simulation with GHDL: the emitted VHDL, clock by clock.
//
// Registers power up as unknown ('U'). VHDL's conditions read an unknown bit as false where
// Verilog passes it on, so Icarus is the stricter reader of unknown bits.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "emit/verilator_cosim.h"
#include "netlist/netlist.h"

namespace trigstone {

struct VhdlDesign {
  Firmware firmware;                        // as with_vhdl_names gives it
  std::map<std::string, std::string> vhdl;  // path → text, as emit_vhdl gives it
};
VhdlDesign vhdl_design(const Netlist& netlist, const Firmware& firmware);

// Builds and runs one design in `folder`. As Cosim::run; without gaps every `ii` clocks.
// Throws Error when GHDL is missing, InternalError when it refuses the VHDL or when a promised
// output bit is unknown.
CosimRun run_ghdl(const VhdlDesign& design, const std::filesystem::path& folder,
                  const std::vector<EventTensors>& events, const std::vector<int>& gaps = {},
                  uint64_t seed = 1, const std::vector<LoadWord>& loads = {});

}  // namespace trigstone
