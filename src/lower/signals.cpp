#include "lower/signals.h"

#include <algorithm>

#include "base/error.h"
#include "cost/memory_blocks.h"
#include "lower/waiting.h"

namespace trigstone {

SignalId Signals::add(Signal signal) {
  signals_.push_back(std::move(signal));
  return static_cast<SignalId>(signals_.size() - 1);
}

SignalId Signals::given(CellId cell, double ns, int region) {
  const Cell& shown = top_.cell(cell);
  if (shown.op == NetOp::kConst) return constant(shown.constant, shown.fraction_bits);
  Signal signal;
  signal.earliest = {shown.cycle, ns};
  signal.range = shown.range;
  signal.fraction_bits = shown.fraction_bits;
  signal.held = shown.held;
  signal.region = region;
  signal.taps[shown.cycle] = cell;
  return add(std::move(signal));
}

SignalId Signals::constant(int64_t value, int fraction_bits) {
  Signal signal;
  signal.kind = Signal::kConstant;
  signal.range = {value, value};
  signal.fraction_bits = fraction_bits;
  signal.held = true;
  return add(std::move(signal));
}

SignalId Signals::rom(const std::vector<int64_t>& entries, int fraction_bits) {
  const auto [low, high] = std::minmax_element(entries.begin(), entries.end());
  if (*low == *high) return constant(*low, fraction_bits);
  const auto [known, fresh] = roms_.try_emplace({entries, fraction_bits}, -1);
  if (!fresh) return known->second;
  Signal signal;
  signal.kind = Signal::kRom;
  signal.range = {*low, *high};
  signal.fraction_bits = fraction_bits;
  signal.entries = entries;
  return known->second = add(std::move(signal));
}

SignalId Signals::memory(const std::vector<int64_t>& words, const Format& format, int64_t address) {
  const auto [known, fresh] = memories_.try_emplace(address, -1);
  if (!fresh) return known->second;
  Signal signal;
  signal.kind = Signal::kMemory;
  signal.in_block_ram = pays_block_ram(static_cast<int64_t>(words.size()), format.width_bits);
  signal.earliest = {signal.in_block_ram ? 2 : 1, 0};
  signal.range = format.range();
  signal.fraction_bits = format.fraction_bits();
  signal.held = words.size() == 1;
  signal.entries = words;
  signal.address = address;
  return known->second = add(std::move(signal));
}

SignalId Signals::token(SignalId stream, int beat) {
  if (period_ == 1 || is_constant(stream)) return stream;
  const auto [known, fresh] = tokens_.try_emplace({stream, beat}, -1);
  if (!fresh) return known->second;
  Signal token;
  token.kind = Signal::kToken;
  token.earliest = {signal(stream).earliest.cycle + beat + 1, 0};
  token.range = signal(stream).range;
  token.fraction_bits = signal(stream).fraction_bits;
  token.held = true;
  token.stream = stream;
  token.beat = beat;
  token.region = signal(stream).region;
  return known->second = add(std::move(token));
}

SignalId Signals::crossed(SignalId id, int region, int clocks) {
  const Signal source = signal(id);
  if (clocks == 0 || source.kind == Signal::kConstant || source.kind == Signal::kRom ||
      source.kind == Signal::kMemory) {
    return id;
  }
  if (source.kind == Signal::kToken) {
    return token(crossed(source.stream, region, clocks), source.beat);
  }
  const auto known = crossed_.find({id, region});
  if (known != crossed_.end()) return known->second;
  CellId cell = at(id, source.earliest.cycle);
  for (int i = 0; i < clocks; ++i) {
    cell = wait(top_, cell, 1, period_);
    border_registers_.push_back(cell);
  }
  return crossed_[{id, region}] = given(cell, 0, region);
}

int Signals::region(SignalId id) const { return signal(id).region; }
Arrival Signals::earliest(SignalId id) const { return signal(id).earliest; }
Interval Signals::range(SignalId id) const { return signal(id).range; }
int Signals::fraction_bits(SignalId id) const { return signal(id).fraction_bits; }
bool Signals::held(SignalId id) const { return signal(id).held; }

CellId Signals::hold_token(const Signal& token, int cycle) {
  Cell hold;
  hold.op = NetOp::kHold;
  hold.strobe = cycle - 1;
  hold.cycle = cycle;
  hold.beats = period_;
  hold.held = true;
  hold.range = token.range;
  hold.fraction_bits = token.fraction_bits;
  // The tap that shows this token's beat at the strobe.
  hold.operands = {at(token.stream, cycle - 1 - token.beat)};
  hold.name = top_.cell(hold.operands[0]).name;
  return top_.add(std::move(hold));
}

CellId Signals::show_rom(const Signal& rom, int cycle) {
  Cell cell;
  cell.op = NetOp::kRom;
  cell.entries = rom.entries;
  cell.strobe = cell.cycle = cycle;
  cell.beats = period_;  // the last entry stays
  cell.range = rom.range;
  cell.fraction_bits = rom.fraction_bits;
  return top_.add(std::move(cell));
}

CellId Signals::show_memory(const Signal& memory, int cycle) {
  Cell cell;
  cell.op = NetOp::kMemory;
  cell.entries = memory.entries;
  cell.constant = memory.address;
  const int clocks = memory.earliest.cycle;
  cell.strobe = cell.cycle = cycle - clocks;
  cell.beats = period_;
  cell.flag = memory.in_block_ram;
  cell.held = memory.held;
  cell.range = memory.range;
  cell.fraction_bits = memory.fraction_bits;
  return wait(top_, top_.add(std::move(cell)), clocks, period_);
}

CellId Signals::first_tap(SignalId id, int cycle) {
  const Signal copy = signal(id);  // `at` of the stream may move the list
  switch (copy.kind) {
    case Signal::kGiven:
      break;
    case Signal::kConstant: {
      Cell cell;
      cell.constant = static_cast<int64_t>(copy.range.low);
      cell.range = copy.range;
      cell.fraction_bits = copy.fraction_bits;
      return top_.add(std::move(cell));
    }
    case Signal::kRom:
      return show_rom(copy, cycle);
    case Signal::kMemory:
      return show_memory(copy, cycle);
    case Signal::kToken:
      return hold_token(copy, cycle);
  }
  internal_error("a given signal has a tap from the start");
}

CellId Signals::at(SignalId id, int cycle) {
  if (signal(id).kind == Signal::kConstant) cycle = 0;
  ensure(cycle >= signal(id).earliest.cycle, "a signal is wanted before it comes");
  auto& taps = signal(id).taps;
  const auto exact = taps.find(cycle);
  if (exact != taps.end()) return exact->second;
  const auto later = taps.upper_bound(cycle);
  // A token that waits longer than a period is cheaper taken from the stream again.
  const bool anew =
      later == taps.begin() || signal(id).kind == Signal::kRom ||
      signal(id).kind == Signal::kMemory ||
      (signal(id).kind == Signal::kToken && cycle - std::prev(later)->first > period_);
  const CellId cell =
      anew ? first_tap(id, cycle)
           : wait(top_, std::prev(later)->second, cycle - std::prev(later)->first, period_);
  return signal(id).taps[cycle] = cell;
}

std::vector<CellId> Signals::at(const std::vector<std::pair<SignalId, int>>& wanted) {
  // Streams behind tokens, earliest tap first, so that later taps continue the same chain.
  std::vector<std::pair<int, SignalId>> order;
  for (const auto& [id, cycle] : wanted) {
    const Signal& s = signal(id);
    const bool fresh = s.kind == Signal::kToken && s.taps.empty();
    order.emplace_back(fresh ? cycle - 1 - s.beat : cycle, fresh ? s.stream : id);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [cycle, id] : order) at(id, cycle);
  std::vector<CellId> cells;
  for (const auto& [id, cycle] : wanted) cells.push_back(at(id, cycle));
  return cells;
}

}  // namespace trigstone
