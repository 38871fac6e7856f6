// From a quantised graph to firmware: modules in time, their pipeline, and how data enters them.
//
//   32 tokens x 16 features (token_axis 0), linear, relu, sum over tokens, linear; 2 lanes
//   =>  top, II 16: 2 x module `linear` (one token a clock each), accumulators, module `linear_2`
//
// Steps: plan (which values stream), partition (which nodes make a module), then module by module:
// cells, pipeline, instances; at last the outputs are brought to one clock.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "lower/adder_graph.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

struct LowerOptions {
  double clock_mhz = 360;
  std::string device = "xcvu13p";
  int lanes = 1;                // P, for inputs with a token axis
  std::string strategy = "da";  // and other choices: lower/strategy.h
  Effort effort = Effort::kDefault;
  int reuse = 1;        // products a multiplier makes for one event, of nodes with strategy stream
  int dsp_chain = 4;    // most DSP slices that add one behind the other, a clock each
  bool regions = true;  // registers between floorplanned regions: lower/regions.h
  std::string adders = "binary";  // or "ternary": constant products out of three-operand adders
  bool primitives = false;        // the Verilog of those names LUT6_2 and CARRY8
  int adders_per_stage = 0;       // > 0: so many adders between two registers, whatever the clock
  bool retime = true;             // values wait where they have the fewest bits: lower/retime.h
};

struct Lowered {
  Netlist netlist;
  Firmware firmware;               // ports, ii, latency, costs, resources; no files yet
  std::vector<std::string> notes;  // for the user, a sentence each
};

// `graph` must pass verify_quantised. Throws Error when it does not, or when lanes, clock or device
// do not fit it.
Lowered lower(const Graph& graph, const LowerOptions& options = {});

}  // namespace trigstone
