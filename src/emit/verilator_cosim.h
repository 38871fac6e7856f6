// Co-simulation with Verilator: the emitted Verilog of many firmwares in one program.
//
// Every design is translated on its own (module names need not differ between designs), then all
// generated C++ is gathered into few compile units: reading Verilator's headers once for many small
// designs is what makes 50 of them build in the time of a few.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "interpret/stimulus.h"
#include "netlist/firmware.h"

namespace trigstone {

struct CosimDesign {
  Firmware firmware;
  std::map<std::string, std::string> verilog;  // path → text, as emit_verilog gives it
};

struct CosimRun {
  std::vector<EventTensors> outputs;  // as firmware.outputs says, one entry an event
  // Clocks at which `done` was not start delayed by firmware.latency_cycles; 0 when all is well.
  int64_t wrong_done_clocks = 0;
};

class Cosim {
 public:
  struct Config {
    int jobs = 2;           // programs at a time while building
    bool lint = true;       // every warning of verilator -Wall is an error
    bool optimise = false;  // twice the build time, a third of the simulation time
  };

  // Builds in `folder`, which is created; what is there from an earlier build is overwritten.
  // Throws Error when Verilator or a C++ compiler is missing, InternalError with the tool's output
  // when it refuses what we emitted.
  Cosim(std::vector<CosimDesign> designs, const std::filesystem::path& folder,
        const Config& config);
  Cosim(std::vector<CosimDesign> designs, const std::filesystem::path& folder)
      : Cosim(std::move(designs), folder, Config{}) {}

  // Drives design `design` with the events (see Stimulus); registers power up with bits from
  // `seed`.
  CosimRun run(size_t design, const std::vector<EventTensors>& events,
               const std::vector<int>& gaps = {}, uint64_t seed = 1,
               const std::vector<LoadWord>& loads = {}) const;

 private:
  void translate(size_t design) const;
  void write_units();
  void compile_and_link() const;

  std::vector<CosimDesign> designs_;
  std::filesystem::path folder_;
  Config config_;
  std::string verilator_root_;
  std::vector<std::string> units_;  // C++ files to compile, relative to the folder
};

}  // namespace trigstone
