// Is a firmware folder what it says? Every engine against the reference interpreter on the folder's
// own files, clock by clock: equality of every output bit, latency and initiation interval.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "verify/engine.h"

namespace trigstone {

struct VerifyOptions {
  int64_t random_events = 1000;  // corners first; half of them back to back
  uint64_t seed = 1;
  // Of "netlist", "verilator", "icarus", "ghdl" and the names of further engines.
  std::vector<std::string> engines = {"netlist", "verilator"};
  std::filesystem::path recorded;  // .npy or .npz of recorded events, may be empty
  bool recorded_raw = false;       // mantissas instead of numbers
  // A model whose weights are loaded before the first event, and that is then the reference; may be
  // empty: verify/reload.h.
  std::filesystem::path weights;
};

struct VerifyRow {
  std::string engine, vectors;  // "verilator", "random" or the file's name
  int64_t events = 0, differences = 0;
  double seconds = 0;  // building included
  std::string detail;  // the first difference, empty when equal
};

struct VerifyResult {
  std::string top;
  int latency_cycles = 0, ii = 0;
  double latency_ns = 0;
  bool timing_confirmed =
      false;  // by a clocked engine: done and outputs at their clocks, at full rate
  std::vector<VerifyRow> rows;

  bool equal() const;
};
OrderedJson to_json(const VerifyResult& result);

// The reference is interpret(model.onnx). graph.txt is compared with it; then the engines
// asked for, on random and recorded events. `more` are engines of other rooms (torch).
// Throws Error for a folder that is not whole, unknown engines and missing tools.
VerifyResult verify_firmware(const std::filesystem::path& folder, const VerifyOptions& options,
                             const std::vector<Engine>& more = {});

// The random graph of a seed of the conformance suite, on the same engines.
VerifyResult verify_seed(uint64_t seed, int events, const std::vector<std::string>& engines,
                         const std::vector<Engine>& more = {});

}  // namespace trigstone
