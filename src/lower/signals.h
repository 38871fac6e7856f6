// The values of the top module, brought to the clocks at which modules want them.
//
// A stream shows one token a clock, a resident value the same number during the event's period.
// Values that are asked for later than they come wait (lower/waiting.h); all readers share what was
// made for an earlier one. Resident tokens of a stream are not stored when they pass but when they
// are wanted, out of one shift register that every token's hold taps:
//
//   stream ─► reg ─► reg ─► …        token 0 │ token 1 │ …  all holds load at the same strobe
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lower/pipeline.h"
#include "netlist/netlist.h"

namespace trigstone {

using SignalId = int32_t;

class Signals {
 public:
  Signals(Module& top, int period) : top_(top), period_(period) {}

  // A value that cell `cell` of the top shows, `ns` after the edge of the cell's cycle.
  SignalId given(CellId cell, double ns = 0, int region = -1);
  SignalId constant(int64_t value, int fraction_bits);
  // The value behind `clocks` registers, for readers in another region. A token crosses with its
  // stream; constants and roms are drawn anew where they are read.
  SignalId crossed(SignalId id, int region, int clocks);
  // Entry k at beat k of the period; repeats are stored once.
  SignalId rom(const std::vector<int64_t>& entries, int fraction_bits);
  // Word k at beat k, the last one afterwards; words are numbers of `format` that the load port can
  // replace, the first at `address`. It comes out of a register; where block RAM pays, out of the
  // second one behind it.
  SignalId memory(const std::vector<int64_t>& words, const Format& format, int64_t address);
  // Beat k of a stream, held for an event's period.
  SignalId token(SignalId stream, int beat);

  Arrival earliest(SignalId id) const;
  Interval range(SignalId id) const;
  int fraction_bits(SignalId id) const;
  bool held(SignalId id) const;
  int region(SignalId id) const;  // -1: anywhere
  // Registers that crossings made, cells of the top.
  const std::vector<CellId>& border_registers() const { return border_registers_; }
  bool is_constant(SignalId id) const { return range(id).low == range(id).high; }

  // The cell that shows the signal from `cycle` on; not before earliest().
  CellId at(SignalId id, int cycle);
  // The same for many at once: earlier taps of a chain are made before later ones.
  std::vector<CellId> at(const std::vector<std::pair<SignalId, int>>& wanted);

 private:
  struct Signal {
    enum Kind : uint8_t { kGiven, kConstant, kRom, kMemory, kToken } kind = kGiven;
    Arrival earliest;
    Interval range;
    int fraction_bits = 0;
    bool held = false, in_block_ram = false;
    int region = -1;
    SignalId stream = -1;  // of a token
    int beat = 0;
    std::vector<int64_t> entries;  // of a rom or memory
    int64_t address = 0;
    std::map<int, CellId> taps;  // by clock
  };

  Signal& signal(SignalId id) { return signals_[static_cast<size_t>(id)]; }
  const Signal& signal(SignalId id) const { return signals_[static_cast<size_t>(id)]; }
  SignalId add(Signal signal);
  CellId first_tap(SignalId id, int cycle);
  CellId hold_token(const Signal& token, int cycle);
  CellId show_rom(const Signal& rom, int cycle);
  CellId show_memory(const Signal& memory, int cycle);

  Module& top_;
  const int period_;
  std::vector<Signal> signals_;
  std::map<std::pair<SignalId, int>, SignalId> tokens_;
  std::map<std::pair<std::vector<int64_t>, int>, SignalId> roms_;
  std::map<int64_t, SignalId> memories_;                  // by address
  std::map<std::pair<SignalId, int>, SignalId> crossed_;  // by region
  std::vector<CellId> border_registers_;
};

}  // namespace trigstone
