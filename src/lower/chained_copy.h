// A module written again with its values at other clocks.
//
//   %1 = add @0, %2 = reg(%1), %3 = reg(%2), reader of %3   =>   %1 = add @2, reader of %1
//
// Registers that only wait are left out and made anew: a value has one chain of them, tapped at
// every clock at which somebody reads.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "netlist/netlist.h"

namespace trigstone {

// Whether a cell gives its result within the clock of its operands, out of nothing else.
bool combinational(const Cell& cell);

class ChainedCopy {
 public:
  // Of cell i: `waits`: a register or delay line that is left out; `drawn_again`: a wire that every
  // reader gets for itself, behind the registers of its operand. `clock_0`: the clock that local
  // clock 0 of the module is.
  ChainedCopy(const Module& from, std::vector<bool> waits, std::vector<bool> drawn_again,
              int clock_0);

  // The cell that makes the value, registers and such wires left out.
  CellId source_of(CellId id) const;
  // Number for all clocks.
  bool is_constant(CellId id) const { return constant_[static_cast<size_t>(id)]; }
  bool is_left_out(CellId id) const;

  // First: every reading of a value.
  void need(CellId id, int clock);
  // Then in the order of the module: the cell that makes a value, its operands being new ids.
  void write(CellId id, Cell copy, int clock);
  CellId at(CellId id, int clock);
  CellId constant(CellId id);

  Module take(const std::vector<Port>& outputs);  // input ports are those of the old module

 private:
  const Module& from_;
  const std::vector<bool> waits_, drawn_again_;
  const int clock_0_;
  Module to_;
  std::vector<bool> constant_;
  std::vector<std::set<int>> needs_;
  std::vector<std::map<int, CellId>> chains_;
  std::map<std::pair<CellId, int>, CellId> wires_;
  std::map<CellId, CellId> constants_;
};

}  // namespace trigstone
