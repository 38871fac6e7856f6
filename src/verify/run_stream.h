// trigstone run: a file of events through a model, block by block, by the engine asked for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verify/run_model.h"

namespace trigstone {

struct RunOptions {
  // "fast" (src/engine), "interpret" (the reference), and of a firmware folder "netlist" (clock by
  // clock) and "rtl" (its Verilog, by Verilator).
  std::string engine = "fast";
  bool raw = false;            // mantissas in and out
  int threads = 1;             // of the fast engine and the interpreter
  std::filesystem::path load;  // of netlist and rtl: words for the load port, written first
};

const std::vector<std::string>& run_engine_names();

struct RunSummary {
  int64_t events = 0;
  int64_t outside = 0;  // numbers beyond an input's format, brought inside by its overflow mode
};

// Throws Error for input that does not fit (open_events), numbers that are not finite, mantissas
// outside the format, and a model that the engine does not run; `out` is then as before.
RunSummary run_stream(const LoadedModel& model, const std::filesystem::path& in,
                      const std::filesystem::path& out, const RunOptions& options);

}  // namespace trigstone
