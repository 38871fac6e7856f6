#include "interpret/interpret_netlist.h"

#include <algorithm>

#include "base/error.h"
#include "base/progress.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"
#include "netlist/flatten.h"

namespace trigstone {

NetlistSimulation::NetlistSimulation(const Netlist& netlist, uint64_t seed)
    : flat_(flatten(netlist)) {
  Random random(seed, 2);
  const Module& module = flat_.top();
  int last_strobe = 0;
  steps_.resize(module.cells.size());
  values_.resize(module.cells.size());
  for (size_t i = 0; i < module.cells.size(); ++i) {
    const Cell& cell = module.cells[i];
    Step& step = steps_[i];
    step.op = cell.op;
    step.flag = cell.flag;
    step.is_signed = is_signed(cell);
    step.bits = width_bits(cell);
    step.amount = cell.amount;
    step.strobe = cell.strobe;
    if (!cell.operands.empty()) step.a = cell.operands[0];
    if (cell.operands.size() > 1) step.b = cell.operands[1];
    if (cell.operands.size() > 2) step.c = cell.operands[2];
    if (cell.op == NetOp::kConst) values_[i] = cell.constant;
    step.clocked = traits_of(cell.op).kind == NetClass::kClocked;
    if (!step.clocked) continue;
    const auto garbage = [&] {
      return wrap_to_width(static_cast<int64_t>(random.bits()), step.bits, step.is_signed);
    };
    clocked_.push_back(i);
    step.loads = load_clocks(cell);
    last_strobe = std::max(last_strobe, step.loads.back());
    if (cell.op == NetOp::kDelay) {
      step.slot = delay_lines_.size();
      auto& line = delay_lines_.emplace_back(static_cast<size_t>(cell.amount));
      std::generate(line.begin(), line.end(), garbage);
    } else {
      step.slot = registers_.size();
      const auto last_entry = static_cast<int64_t>(cell.entries.size()) - 1;
      const bool phased = cell.op == NetOp::kRom || cell.op == NetOp::kMemory;
      registers_.push_back(phased ? random.integer(0, last_entry) : garbage());
      step.memory = memories_.size();
      if (cell.op == NetOp::kMemory) memories_.emplace_back(i, cell.entries);
    }
  }
  start_history_.resize(static_cast<size_t>(last_strobe) + 1);
  for (auto& bit : start_history_) bit = random.chance(0.5) ? 1 : 0;
  for (const Port& port : module.inputs) {
    input_cells_.insert(input_cells_.end(), port.elements.begin(), port.elements.end());
  }
  for (const Port& port : module.outputs) {
    output_cells_.insert(output_cells_.end(), port.elements.begin(), port.elements.end());
  }
}

// `start` of `clock` clocks ago: high when it is local clock `clock` of an event.
bool NetlistSimulation::strobe_at(int clock) const {
  const auto size = static_cast<int64_t>(start_history_.size());
  return start_history_[static_cast<size_t>((now_ + size - clock) % size)] != 0;
}

bool NetlistSimulation::loads_now(const Step& step) const {
  return std::any_of(step.loads.begin(), step.loads.end(),
                     [&](int clock) { return strobe_at(clock); });
}

// What a clocked cell shows before the edge.
int64_t NetlistSimulation::read_clocked(const Step& step) const {
  if (step.op == NetOp::kDelay) {
    const auto& line = delay_lines_[step.slot];
    return line[static_cast<size_t>(now_) % line.size()];
  }
  return registers_[step.slot];
}

// The edge: registers load from the values of this clock.
void NetlistSimulation::write_clocked(const Step& step, size_t id) {
  const auto store = [&](int64_t value) {
    registers_[step.slot] = wrap_to_width(value, step.bits, step.is_signed);
  };
  const int64_t a = values_[static_cast<size_t>(step.a)], old = values_[id];
  switch (step.op) {
    case NetOp::kReg:
      return store(a);
    case NetOp::kDelay: {
      auto& line = delay_lines_[step.slot];
      line[static_cast<size_t>(now_) % line.size()] = wrap_to_width(a, step.bits, step.is_signed);
      return;
    }
    case NetOp::kHold:
      return store(strobe_at(step.strobe) ? a : old);
    case NetOp::kAccSum:
      return store(loads_now(step) ? a : add_shifted(old, a, 0, false));
    case NetOp::kAccMax:
      return store(strobe_at(step.strobe) ? a : std::max(old, a));
    case NetOp::kAccMin:
      return store(strobe_at(step.strobe) ? a : std::min(old, a));
    case NetOp::kMemory:
    case NetOp::kRom: {  // the register is the phase of the next clock
      const auto last = static_cast<int64_t>(flat_.top().cells[id].entries.size()) - 1;
      const int64_t phase = strobe_at(step.strobe) ? 0 : registers_[step.slot];
      registers_[step.slot] = std::min(phase + 1, last);
      return;
    }
    case NetOp::kInput:
    case NetOp::kConst:
    case NetOp::kShiftLeft:
    case NetOp::kShiftRight:
    case NetOp::kWrap:
    case NetOp::kAdd:
    case NetOp::kAdd3:
    case NetOp::kMul:
    case NetOp::kMux:
    case NetOp::kLess:
    case NetOp::kEqual:
    case NetOp::kAnd:
    case NetOp::kOr:
    case NetOp::kNot:
    case NetOp::kMin:
    case NetOp::kMax:
    case NetOp::kTable:
    case NetOp::kLeadingOne:
    case NetOp::kShiftVar:
    case NetOp::kInstance:
    case NetOp::kResult:
      break;
  }
  internal_error("not a clocked cell of a flat module");
}

void NetlistSimulation::clock(bool start, const std::vector<int64_t>& inputs,
                              std::vector<int64_t>& outputs) {
  ensure(inputs.size() == input_cells_.size(), "clock: wrong number of inputs");
  start_history_[static_cast<size_t>(now_) % start_history_.size()] = start ? 1 : 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    values_[static_cast<size_t>(input_cells_[i])] = inputs[i];
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    int64_t value = 0;
    if (step.op == NetOp::kConst) {
      continue;
    } else if (step.op == NetOp::kInput) {
      value = values_[i];
    } else if (step.op == NetOp::kAdd3) {
      value = add_three(flat_.top().cells[i].entries, values_[static_cast<size_t>(step.a)],
                        values_[static_cast<size_t>(step.b)], values_[static_cast<size_t>(step.c)]);
    } else if (step.op == NetOp::kTable) {
      const Cell& cell = flat_.top().cells[i];
      const int64_t a = values_[static_cast<size_t>(step.a)];
      value = entry_at(cell.entries, index_from_base(a, cell.constant));
    } else if (step.op == NetOp::kRom) {
      value = entry_at(flat_.top().cells[i].entries,
                       strobe_at(step.strobe) ? 0 : registers_[step.slot]);
    } else if (step.op == NetOp::kMemory) {
      value = entry_at(memories_[step.memory].second,
                       strobe_at(step.strobe) ? 0 : registers_[step.slot]);
    } else if (step.clocked) {
      value = read_clocked(step);
    } else {
      value = evaluate_logic(step.op, step.amount, step.flag, values_[static_cast<size_t>(step.a)],
                             values_[static_cast<size_t>(step.b)],
                             values_[static_cast<size_t>(step.c)]);
    }
    values_[i] = wrap_to_width(value, step.bits, step.is_signed);
  }
  outputs.resize(output_cells_.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs[i] = values_[static_cast<size_t>(output_cells_[i])];
  }
  for (const size_t id : clocked_) write_clocked(steps_[id], id);
  ++now_;
}

void NetlistSimulation::load(int64_t address, int64_t data) {
  for (auto& [id, words] : memories_) {
    const auto entry =
        static_cast<uint64_t>(index_from_base(address, flat_.top().cells[id].constant));
    if (entry < words.size()) {
      words[entry] = wrap_to_width(data, steps_[id].bits, steps_[id].is_signed);
    }
  }
}

namespace {

// Moves numbers between packed words and the elements of the top's ports.
class PortElements {
 public:
  PortElements(const std::vector<Port>& ports, const std::vector<PackedPort>& packed) {
    for (const Port& port : ports) {
      const auto found = std::find_if(packed.begin(), packed.end(),
                                      [&](const PackedPort& p) { return p.name == port.name; });
      if (found == packed.end() || found->bits != port.total_bits()) {
        throw Error(fmt::format("port '{}'", port.name),
                    fmt::format("has {} bits, firmware.json binds {}", port.total_bits(),
                                found == packed.end() ? 0 : found->bits),
                    "netlist.txt and firmware.json belong to different models");
      }
      int64_t offset = static_cast<int64_t>(found->first_word) * 64;
      for (size_t i = 0; i < port.elements.size(); ++i, offset += port.element_bits) {
        fields_.push_back({offset, port.element_bits, port.is_signed});
      }
    }
    numbers.resize(fields_.size());
  }

  void read(std::span<const uint64_t> words) {
    for (size_t i = 0; i < fields_.size(); ++i) {
      numbers[i] = read_field(words, fields_[i].offset, fields_[i].bits, fields_[i].is_signed);
    }
  }
  void write(std::span<uint64_t> words) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
      write_field(words, fields_[i].offset, fields_[i].bits, numbers[i]);
    }
  }

  std::vector<int64_t> numbers;

 private:
  struct Field {
    int64_t offset = 0;
    int bits = 1;
    bool is_signed = false;
  };
  std::vector<Field> fields_;
};

}  // namespace

std::vector<std::vector<Tensor>> run_netlist(
    const Netlist& netlist, const Firmware& firmware,
    const std::vector<std::vector<Tensor>>& events, const std::vector<int>& gaps, uint64_t seed,
    const std::vector<LoadWord>& loads,
    const std::function<void(const NetlistSimulation&)>& each_clock) {
  Stimulus stimulus(firmware, events, gaps, seed, loads);
  NetlistSimulation simulation(netlist, seed);
  PortElements inputs(netlist.top().inputs, stimulus.input_ports());
  PortElements outputs(netlist.top().outputs, stimulus.output_ports());
  std::vector<uint64_t> input_words(total_words(stimulus.input_ports()));
  std::vector<uint64_t> output_words(total_words(stimulus.output_ports()));
  Progress progress("netlist " + firmware.top, stimulus.clocks(), "clocks");
  for (int64_t clock = 0; clock < stimulus.clocks(); ++clock) {
    const bool start = stimulus.drive(input_words);
    inputs.read(input_words);
    simulation.clock(start, inputs.numbers, outputs.numbers);
    if (each_clock) each_clock(simulation);
    if (const auto word = loaded_word(firmware, stimulus.input_ports(), input_words)) {
      simulation.load(word->address, word->data);
    }
    outputs.write(output_words);
    stimulus.sample(output_words);
    progress.update(clock + 1);
  }
  return stimulus.take_outputs();
}

}  // namespace trigstone
