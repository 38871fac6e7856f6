// Spreads a combinational module over clocks.
//
//   y = quant(a * b + c), c late   =>   the product waits in registers until c arrives, and a
//   register stands wherever the logic since the last one would take longer than a clock
//
// Cells start as soon as their operands allow (ASAP); every value has one chain of registers that
// all its late readers share. A long wait of a stream is a delay line, a wait of a held value is
// one hold per `period` clocks.
#pragma once

#include <vector>

#include "cost/device.h"
#include "netlist/netlist.h"

namespace trigstone {

// When a value is right: at `cycle`, `ns` after the clock edge (Timing::delay says of what).
struct Arrival {
  int cycle = 0;
  double ns = 0;
};
Arrival later_of(Arrival a, Arrival b);

// Waits at least this long are delay lines: a LUT delays a bit by up to 32 clocks, a register by
// one.
inline constexpr int kShortestDelayLine = 4;

struct Timing {
  const Device* device = nullptr;
  double clock_mhz = 360;
  int period = 1;  // clocks between events; streams have as many beats, held values last as long
  int adders =
      0;  // > 0: the longest path between two registers, in carry chains, whatever the clock

  double budget_ns() const { return 1e3 / clock_mhz - device->delay.register_ns; }
  // What a path between two registers may take, and what a cell adds to it: ns, or carry chains.
  double budget() const { return adders > 0 ? adders : budget_ns(); }
  double delay(const Module& module, const Cell& cell) const;
};

struct InputTiming {
  Arrival earliest;   // in clocks of the top
  bool held = false;  // resident: one number during the event's period
};

// Of a module that is spread over regions: the clocks that each border between them adds, in order.
// The cuts fall between pipeline stages, so that the parts hold about equally many LUTs.
using Borders = std::vector<int>;

struct Pipelined {
  Module module;  // ports hold only elements that are read; local clock 0 is clock `start`
  int start = 0;
  // Of every element of the combinational module's input ports, in order: the clock of the top at
  // which the module reads it, -1 when it does not.
  std::vector<int> read_at;
  // Of every element of the output ports, in order.
  std::vector<Arrival> outputs;
  std::vector<bool> outputs_held;
  int64_t border_bits = 0;  // in registers that borders inside the module add
};

// `inputs`: one an element of the input ports, in order. Throws Error at "module 'NAME'" when a
// single cell takes longer than a clock.
Pipelined pipeline(const Module& combinational, const std::vector<InputTiming>& inputs,
                   const Timing& timing, const Borders& borders = {});

}  // namespace trigstone
