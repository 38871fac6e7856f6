// The reference interpreter of netlists: every clock of every cell, slow and obvious.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// Clock-accurate simulation of a flattened netlist. Registers begin with garbage from `seed`, as
// hardware may: no result may depend on it.
class NetlistSimulation {
 public:
  explicit NetlistSimulation(const Netlist& netlist, uint64_t seed = 1);
  // One clock: `inputs` are the elements of the top's input ports in order, `outputs` gets those of
  // its output ports as they stand during this clock, before the edge.
  void clock(bool start, const std::vector<int64_t>& inputs, std::vector<int64_t>& outputs);

 private:
  Netlist flat_;
  std::vector<int64_t> values_, state_;
  std::vector<std::vector<int64_t>> delay_lines_;
  std::vector<bool> start_history_;
  std::vector<size_t> input_cells_;
  int64_t now_ = 0;
};

// What every clocked engine needs: the words of the input ports clock by clock for a list of events
// spaced `gaps[i]` clocks (>= ii) after the one before, garbage wherever nothing is promised, and
// the events' outputs picked at their clocks.
std::vector<std::vector<Tensor>> run_netlist(const Netlist& netlist, const Firmware& firmware,
                                             const std::vector<std::vector<Tensor>>& events,
                                             const std::vector<int>& gaps = {}, uint64_t seed = 1);

}  // namespace trigstone
