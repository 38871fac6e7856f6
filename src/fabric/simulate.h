// A plan run clock by clock: each board's own netlist, and between boards links that carry words.
//
// Every board is interpreted for itself. What crosses is packed into words as the plan says, waits
// in each link as long as the link takes, and is unpacked on the other side; outside the clocks at
// which something is promised, inputs carry random bits. Words are told apart by when they arrive
// after the mark that opens an event, as in a trigger: there are no headers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "fabric/link.h"
#include "fabric/plan.h"
#include "graph/graph.h"
#include "interpret/stimulus.h"
#include "netlist/netlist.h"

namespace trigstone {

struct ChainResult {
  std::vector<EventTensors> outputs;
  std::vector<int64_t> done_clocks;  // from an event's first word at the source to its decision
  int64_t late_words = 0;            // read before they had arrived, or in the place of another
};

// One time slice: event i leaves the source `periods[i]` time multiplexing periods after event
// i - 1 (event 0: after clock 0). `firmware` binds the tensors to the first board's inputs and the
// last one's outputs.
ChainResult run_chain(const FabricPlan& plan, const std::vector<Netlist>& boards,
                      const Firmware& firmware, const std::vector<EventTensors>& events,
                      const std::vector<int>& periods, uint64_t seed, const LinkFault& fault = {});

// A plan folder ready to run. Throws Error for an estimate, which has no netlists.
struct LoadedPlan {
  FabricPlan plan;
  std::vector<Netlist> boards;
  Graph graph;  // of the firmware that was mapped
  Firmware firmware;
  Netlist whole;
};
LoadedPlan load_plan(const std::filesystem::path& folder);

// Events through all time slices in turn, outputs in the order of the events
// (`trigstone run PLAN --engine fabric`).
std::vector<EventTensors> run_fabric(const LoadedPlan& plan,
                                     const std::vector<EventTensors>& events);

struct SimulationRow {
  std::string vectors;  // "random" or the name of a file
  int64_t events = 0;
  int64_t differences = 0;   // events whose outputs are not those of the reference interpreter
  int64_t single_board = 0;  // … not those of the uncut netlist
  int64_t wrong_clocks = 0;  // events decided at another clock than planned
  int64_t late_words = 0;
  double seconds = 0;
  std::string detail;  // the first difference

  bool equal() const {
    return differences == 0 && single_board == 0 && wrong_clocks == 0 && late_words == 0;
  }
};
OrderedJson to_json(const SimulationRow& row);

// The chain against the interpreted graph and the uncut netlist, bit by bit and clock by clock.
SimulationRow simulate(const LoadedPlan& loaded, const std::string& vectors,
                       const std::vector<EventTensors>& events, uint64_t seed,
                       const LinkFault& fault = {});

}  // namespace trigstone
