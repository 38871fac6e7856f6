// The reference interpreter of netlists: every clock of every cell, slow and obvious.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/random.h"
#include "interpret/stimulus.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// Clock-accurate simulation of a netlist that passed verify. Registers begin with garbage from
// `seed`, as hardware may: no result may depend on it. Every wire carries as many bits as its
// interval needs, also at clocks where nothing is promised, exactly as in the Verilog.
class NetlistSimulation {
 public:
  explicit NetlistSimulation(const Netlist& netlist, uint64_t seed = 1);

  // One clock: `inputs` are the elements of the top's input ports in order, `outputs` gets those of
  // its output ports as they stand during this clock, before the edge.
  void clock(bool start, const std::vector<int64_t>& inputs, std::vector<int64_t>& outputs);

  // The edge at the end of the last clock, with load_enable high: all memories that hold the
  // address take the word.
  void load(int64_t address, int64_t data);

  // Value of every cell of the flattened module during the last clock, for debugging.
  const Module& flat() const { return flat_.top(); }
  const std::vector<int64_t>& values() const { return values_; }

 private:
  // A cell without what only people read.
  struct Step {
    NetOp op = NetOp::kConst;
    bool clocked = false, flag = false, is_signed = false;
    int bits = 1, amount = 0, strobe = 0;
    std::vector<int> loads = {};  // of clocked cells
    CellId a = 0, b = 0, c = 0;
    size_t slot = 0;    // of its register, delay line or entries
    size_t memory = 0;  // of its words
  };

  int64_t read_clocked(const Step& step) const;
  void write_clocked(const Step& step, size_t id);
  bool strobe_at(int clock) const;
  bool loads_now(const Step& step) const;

  Netlist flat_;
  std::vector<Step> steps_;
  std::vector<size_t> clocked_;  // ids of the cells with a register inside
  std::vector<CellId> input_cells_, output_cells_;
  std::vector<int64_t> values_, registers_;
  std::vector<std::vector<int64_t>> delay_lines_;
  std::vector<std::pair<size_t, std::vector<int64_t>>> memories_;  // cell, its words
  std::vector<uint8_t> start_history_;  // ring: start of clock t at t mod size
  int64_t now_ = 0;
};

// Runs the events through the netlist, event i starting gaps[i] >= ii clocks after the one before
// (every ii clocks without gaps), several of them in flight. Tensors and `loads` as in Stimulus.
// `each_clock`, unless empty, sees the simulation behind every clock.
std::vector<std::vector<Tensor>> run_netlist(
    const Netlist& netlist, const Firmware& firmware,
    const std::vector<std::vector<Tensor>>& events, const std::vector<int>& gaps = {},
    uint64_t seed = 1, const std::vector<LoadWord>& loads = {},
    const std::function<void(const NetlistSimulation&)>& each_clock = {});

}  // namespace trigstone
