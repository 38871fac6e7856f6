#include "lower/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "cost/area.h"
#include "cost/delay.h"
#include "lower/waiting.h"

namespace trigstone {

namespace {

constexpr int kNever = INT32_MIN;  // constants need no clock

// A DSP slice multiplies what stands in registers; the product passes one register behind the
// multiplier and one behind the slice's adder.
constexpr int kDspRegisters = 2;
bool in_dsp(const Cell& cell) { return cell.op == NetOp::kMul && cell.flag; }

class Pipeliner {
 public:
  Pipeliner(const Module& from, const std::vector<InputTiming>& inputs, const Timing& timing,
            const Borders& borders)
      : from_(from),
        timing_(timing),
        borders_(borders),
        arrivals_(from.cells.size(), {kNever, 0}),
        places_(from.cells.size(), kNever),
        registers_(from.cells.size(), 0),
        readers_(from.cells.size(), 0),
        delays_(from.cells.size(), 0),
        held_(from.cells.size(), false),
        needs_(from.cells.size()),
        chains_(from.cells.size()),
        inputs_(inputs) {
    for (const Port& port : from.inputs) {
      for (const CellId id : port.elements) input_cells_.push_back(id);
    }
    for (const Port& port : from.outputs) {
      for (const CellId id : port.elements) ++readers_[at(id)];
    }
    for (const Cell& cell : from.cells) {
      for (const CellId id : cell.operands) ++readers_[at(id)];
    }
    ensure(inputs.size() == input_cells_.size(), "pipeline: one timing an input element");
  }

  Pipelined run() {
    schedule();
    if (!borders_.empty()) cut();
    find_needs();
    write();
    return std::move(result_);
  }

 private:
  static size_t at(CellId id) { return static_cast<size_t>(id); }
  bool constant(CellId id) const { return arrivals_[at(id)].cycle == kNever; }

  // Wires that only add zeros or relabel are drawn again behind each register of their source;
  // wires that drop bits are registered themselves, since that takes fewer registers.
  bool is_transparent(CellId id) const { return from_.cell(id).op == NetOp::kShiftLeft; }
  CellId source_of(CellId id) const {
    while (is_transparent(id)) id = from_.cell(id).operands[0];
    return id;
  }

  void schedule();
  [[noreturn]] void refuse(const Cell& cell, double delay) const;
  void place(CellId id, Arrival arrival, double delay);
  CellId product_before(const Cell& cell) const;
  void cut();
  void find_needs();
  void write();
  void write_chain(CellId id, CellId first);
  CellId value_at(CellId id, int cycle);
  void write_cell(CellId id);
  void write_ports();
  Arrival start_of(const Cell& cell) const;

  const Module& from_;
  const Timing& timing_;
  const Borders& borders_;
  std::vector<Arrival> arrivals_;  // at readers
  std::vector<int> places_;        // clocks at which cells compute
  std::vector<int> registers_;     // inside DSP slices, behind cells
  std::vector<int> readers_;       // cells and ports
  std::vector<int> delays_;        // of them, those that borders before the cell added
  std::vector<bool> held_;
  std::vector<std::set<int>> needs_;           // clocks at which readers want a value
  std::vector<std::map<int, CellId>> chains_;  // the same value in the new module, by clock
  std::map<std::pair<CellId, int>, CellId> transparent_;
  const std::vector<InputTiming>& inputs_;
  std::vector<CellId> input_cells_;
  std::map<CellId, CellId> constants_;
  Pipelined result_;
};

// Operands that came in an earlier clock stand in registers when the others arrive.
Arrival Pipeliner::start_of(const Cell& cell) const {
  Arrival start{kNever, 0};
  for (const CellId operand : cell.operands) {
    if (!constant(operand)) start = later_of(start, arrivals_[at(operand)]);
  }
  return start;
}

// The product that an add takes into its slice, -1 when there is none: nobody else may read it.
CellId Pipeliner::product_before(const Cell& cell) const {
  if (!adds_in_dsp(from_, cell)) return -1;
  for (const CellId id : cell.operands) {
    if (in_dsp(from_.cell(id)) && readers_[at(id)] == 1) return id;
  }
  return -1;
}

void Pipeliner::place(CellId id, Arrival arrival, double delay) {
  const Cell& cell = from_.cell(id);
  const double budget = timing_.budget();
  const CellId product = product_before(cell);
  const bool in_slice = product >= 0 || in_dsp(cell);
  if (product >= 0) {  // the product needs one register only before it is added
    arrival = {places_[at(product)] + 1, 0};
    for (const CellId other : cell.operands) {
      if (other != product && !constant(other)) arrival = later_of(arrival, arrivals_[at(other)]);
    }
  }
  if (arrival.ns + (in_slice ? budget : delay) > budget) arrival = {arrival.cycle + 1, 0};
  places_[at(id)] = arrival.cycle;
  registers_[at(id)] = product >= 0 ? 1 : (in_slice ? kDspRegisters : 0);
  arrivals_[at(id)] = in_slice ? Arrival{arrival.cycle + registers_[at(id)], 0}
                               : Arrival{arrival.cycle, arrival.ns + delay};
  if (product < 0) return;
  places_[at(product)] = arrival.cycle - 1;  // factors wait, not products
  registers_[at(product)] = 1;
  arrivals_[at(product)] = {arrival.cycle, 0};
}

void Pipeliner::refuse(const Cell& cell, double delay) const {
  const std::string where = fmt::format("module '{}'", from_.name);
  const std::string what =
      fmt::format("one '{}' of {} bits takes", traits_of(cell.op).text, width_bits(cell));
  if (timing_.adders > 0) {
    throw Error(
        where,
        fmt::format("{} as long as {:.0f} adders, a stage has {}", what, delay, timing_.adders),
        "raise --adders-per-stage, or leave it out: the clock then says what fits");
  }
  throw Error(where,
              fmt::format("{} {:.2f} ns, a clock at {} MHz leaves {:.2f}", what, delay,
                          timing_.clock_mhz, timing_.budget_ns()),
              "quantise its operands to fewer bits or lower --clock-mhz");
}

void Pipeliner::schedule() {
  for (size_t i = 0; i < input_cells_.size(); ++i) {
    arrivals_[at(input_cells_[i])] = inputs_[i].earliest;
    held_[at(input_cells_[i])] = inputs_[i].held;
  }
  const double budget = timing_.budget();
  for (size_t i = 0; i < from_.cells.size(); ++i) {
    const Cell& cell = from_.cells[i];
    if (cell.op == NetOp::kInput || cell.op == NetOp::kConst) continue;
    Arrival arrival = start_of(cell);
    if (arrival.cycle == kNever) continue;  // of constants only
    const double delay = timing_.delay(from_, cell);
    if (delay > budget) refuse(cell, delay);
    place(static_cast<CellId>(i), arrival, delay);
    held_[i] = true;
    for (const CellId operand : cell.operands) {
      if (!constant(operand)) held_[i] = held_[i] && held_[at(operand)];
    }
  }
}

// Everything behind a border comes later by its clocks.
void Pipeliner::cut() {
  std::map<int, double> lut_at;  // by clock
  double total = 0;
  for (size_t i = 0; i < from_.cells.size(); ++i) {
    if (places_[i] == kNever) continue;
    const double lut = estimate_cell(from_, from_.cells[i]).lut;
    lut_at[places_[i]] += lut;
    total += lut;
  }
  const double part = total / static_cast<double>(borders_.size() + 1);
  std::map<int, int> delay_at;
  double before = 0;
  size_t passed = 0;
  int delay = 0;
  for (const auto& [cycle, lut] : lut_at) {
    for (; passed < borders_.size() && before + lut / 2 > part * static_cast<double>(passed + 1);
         ++passed) {
      delay += borders_[passed];
    }
    delay_at[cycle] = delay;
    before += lut;
  }
  for (size_t i = 0; i < from_.cells.size(); ++i) {
    if (places_[i] == kNever) continue;
    const int later = delay_at.at(places_[i]);
    places_[i] += later;
    arrivals_[i].cycle += later;
    delays_[i] = later;
  }
}

void Pipeliner::find_needs() {
  std::vector<int> crossed(from_.cells.size(),
                           0);  // clocks of borders on the way to the last reader
  const auto need = [&](CellId id, int cycle, int delay) {
    if (constant(id)) return;
    const size_t source = at(source_of(id));
    needs_[source].insert(cycle);
    crossed[source] = std::max(crossed[source], delay - delays_[source]);
  };
  for (const Port& port : from_.outputs) {
    for (const CellId id : port.elements) need(id, arrivals_[at(id)].cycle, delays_[at(id)]);
  }
  // From the back, since a cell nobody wants (behind transparent wires) wants nothing itself.
  for (size_t i = from_.cells.size(); i-- > 0;) {
    const Cell& cell = from_.cells[i];
    if (is_transparent(static_cast<CellId>(i)) || needs_[i].empty()) continue;
    for (const CellId operand : cell.operands) need(operand, places_[i], delays_[i]);
  }
  // Resident numbers wait in the same holds for longer.
  for (size_t i = 0; i < crossed.size(); ++i) {
    if (held_[i] && timing_.period > 1) continue;
    result_.border_bits += int64_t{crossed[i]} * width_bits(from_.cells[i]);
  }
}

// The value of an old cell at a clock; transparent wires are written on demand.
CellId Pipeliner::value_at(CellId id, int cycle) {
  const Cell& cell = from_.cell(id);
  if (constant(id)) {
    const auto known = constants_.find(id);
    if (known != constants_.end()) return known->second;
    Cell copy = cell;
    for (CellId& operand : copy.operands) operand = value_at(operand, 0);
    return constants_[id] = result_.module.add(std::move(copy));
  }
  if (!is_transparent(id)) return chains_[at(id)].at(cycle);
  const auto known = transparent_.find({id, cycle});
  if (known != transparent_.end()) return known->second;
  Cell copy = cell;
  copy.operands[0] = value_at(cell.operands[0], cycle);
  copy.cycle = cycle - result_.start;
  copy.beats = timing_.period;
  copy.held = held_[at(id)];
  return transparent_[{id, cycle}] = result_.module.add(std::move(copy));
}

void Pipeliner::write_chain(CellId id, CellId first) {
  auto& chain = chains_[at(id)];
  for (const int cycle : needs_[at(id)]) {
    if (chain.empty()) {
      chain[cycle] = first;
      continue;
    }
    const auto [before, cell] = *chain.rbegin();
    if (before == cycle) continue;
    chain[cycle] = wait(result_.module, cell, cycle - before, timing_.period);
  }
}

void Pipeliner::write_cell(CellId id) {
  Cell copy = from_.cell(id);
  int cycle = copy.op == NetOp::kInput ? *needs_[at(id)].begin() : places_[at(id)];
  for (CellId& operand : copy.operands) operand = value_at(operand, cycle);
  copy.cycle = cycle - result_.start;
  copy.beats = timing_.period;
  copy.held = held_[at(id)];
  CellId first = result_.module.add(std::move(copy));
  for (int i = 0; i < registers_[at(id)]; ++i, ++cycle) {
    first = wait(result_.module, first, 1, timing_.period);
  }
  chains_[at(id)][cycle] = first;
  write_chain(id, first);
}

void Pipeliner::write() {
  result_.module.name = from_.name;
  result_.module.comment = from_.comment;
  result_.module.period = timing_.period;
  result_.start = INT32_MAX;
  for (const CellId id : input_cells_) {
    const auto& needs = needs_[at(id)];
    result_.read_at.push_back(needs.empty() ? -1 : *needs.begin());
    if (!needs.empty()) result_.start = std::min(result_.start, *needs.begin());
  }
  if (result_.start == INT32_MAX) result_.start = 0;
  for (size_t i = 0; i < from_.cells.size(); ++i) {
    const auto id = static_cast<CellId>(i);
    if (constant(id) || is_transparent(id) || needs_[i].empty()) continue;
    write_cell(id);
  }
  write_ports();
}

void Pipeliner::write_ports() {
  for (const Port& port : from_.inputs) {
    Port kept{port.name, port.element_bits, port.is_signed, {}};
    for (const CellId id : port.elements) {
      if (!needs_[at(id)].empty()) kept.elements.push_back(chains_[at(id)].begin()->second);
    }
    if (!kept.elements.empty()) result_.module.inputs.push_back(std::move(kept));
  }
  for (const Port& port : from_.outputs) {
    Port written{port.name, port.element_bits, port.is_signed, {}};
    for (const CellId id : port.elements) {
      const Arrival arrival = constant(id) ? Arrival{result_.start, 0} : arrivals_[at(id)];
      result_.outputs.push_back(arrival);
      result_.outputs_held.push_back(constant(id) || held_[at(id)]);
      written.elements.push_back(value_at(id, arrival.cycle));
    }
    result_.module.outputs.push_back(std::move(written));
  }
}

}  // namespace

double Timing::delay(const Module& module, const Cell& cell) const {
  return adders > 0 ? carry_chains(module, cell) : delay_ns(module, cell, *device);
}

Arrival later_of(Arrival a, Arrival b) {
  if (a.cycle != b.cycle) return a.cycle > b.cycle ? a : b;
  return {a.cycle, std::max(a.ns, b.ns)};
}

Pipelined pipeline(const Module& combinational, const std::vector<InputTiming>& inputs,
                   const Timing& timing, const Borders& borders) {
  return Pipeliner(combinational, inputs, timing, borders).run();
}

}  // namespace trigstone
