// firmware.json: what a firmware folder holds, how data enters and leaves it, and what it costs.
//
// A streamed value (token_axis >= 0) of N tokens enters over P lanes: token t is in lane p at clock
// first_cycle + k with t = k * P + p, k < N / P; inside a lane the other axes are row-major. Any
// other value enters whole, at first_cycle alone.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "fixed/format.h"
#include "netlist/netlist.h"

namespace trigstone {

struct PortBinding {
  std::string name;            // of the graph's input or output
  std::vector<int64_t> shape;  // of the tensor
  int token_axis = -1;         // -1: not streamed
  int lanes = 1;               // P
  Format format;               // of every element
  std::string port;            // Verilog port
  int bit_offset = 0;          // of element 0 in the port
  int first_cycle = 0;         // clock of the first beat after start (start itself is clock 0)

  int64_t beats() const;              // N / P, or 1
  int64_t elements_per_beat() const;  // elements in the port at one clock
  // Index in the row-major tensor of element `element` of beat `beat`.
  int64_t tensor_index(int64_t beat, int64_t element) const;
  bool operator==(const PortBinding&) const = default;
};

struct Resources {
  double lut = 0, ff = 0, dsp = 0, bram36 = 0, uram = 0, power_w = 0;
};

// Logic between two rows of registers, and the period place and route is expected to reach for it.
struct Region {
  std::string name;  // of the modules inside
  double lut = 0, period_ns = 0;
  int slr = 0;  // the die of the device
  bool operator==(const Region&) const = default;
};

// Weights of one node that can be replaced while the firmware runs. A memory holds words of `fold`
// columns; word M[row][column] of group g's matrix (the bias is a matrix of one row) stands at
//   base + ((g * blocks + column / fold) * slots + row % slots) * stride
//        + column % fold * depth + row / slots
// with blocks = ceil(columns / fold), depth = ceil(rows / slots),
// and takes the low bits of load_data that `format` needs. A model with other weights must keep the
// node's results inside `result`, for every input.
struct LoadedWeights {
  std::string node;
  bool is_bias = false;
  int64_t base = 0, groups = 1, rows = 1, columns = 1, slots = 1, stride = 1, fold = 1;
  Format format, result;

  int64_t address(int64_t group, int64_t row, int64_t column) const {
    return base + ((group * blocks() + column / fold) * slots + row % slots) * stride +
           column % fold * depth() + row / slots;
  }
  int64_t blocks() const { return (columns + fold - 1) / fold; }
  int64_t depth() const { return (rows + slots - 1) / slots; }
  int64_t end() const { return base + groups * blocks() * slots * stride; }
  bool operator==(const LoadedWeights&) const = default;
};

struct Firmware {
  std::string top, device = "xcvu13p", strategy = "da", emitted = "binary", cut_head;
  bool primitives = false;  // three-operand adders stand in rtl/ as LUT6_2 and CARRY8
  double clock_mhz = 360;
  int ii = 1, latency_cycles = 0;  // done is start delayed by latency_cycles
  int64_t lut_cost = 0, lut_cost_ternary = 0, adders = 0, depth = 0;
  std::vector<PortBinding> inputs, outputs;
  Resources resources;
  std::vector<Region> regions;   // in the order of the data
  int64_t border_registers = 0;  // bits in registers that stand only at borders of regions
  // The load port: load_enable, load_address, load_data; no port when the widths are 0.
  LoadWidths load;
  std::vector<LoadedWeights> weights;        // in order of their addresses
  std::map<std::string, std::string> files;  // path inside the folder → SHA-256

  double latency_ns() const { return latency_cycles * 1e3 / clock_mhz; }
  // Of the slowest region; clock_mhz when none is recorded.
  double achievable_mhz() const;
};

inline constexpr int kFirmwareSchemaVersion = 1;

OrderedJson to_json(const Firmware& firmware);
Firmware firmware_from_json(const Json& json, const std::string& where);

// Reads FW/firmware.json and checks the SHA-256 of every file it lists, and its own (`digest`;
// files of before it have none). Throws Error naming the file that is missing or differs.
Firmware read_firmware(const std::filesystem::path& folder);
// Fills `files` from the folder's content and writes firmware.json.
void write_firmware(Firmware firmware, const std::filesystem::path& folder);

}  // namespace trigstone
