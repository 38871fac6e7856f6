#include "lower/retime.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "cost/area.h"
#include "lower/chained_copy.h"
#include "lower/stage_assignment.h"

namespace trigstone {

namespace {

size_t at(int index) { return static_cast<size_t>(index); }

bool waits(const Cell& cell) { return cell.op == NetOp::kReg || cell.op == NetOp::kDelay; }
bool in_dsp(const Module& module, const Cell& cell) {
  return (cell.op == NetOp::kMul && cell.flag) || adds_in_dsp(module, cell);
}

// A module all of whose cells can be put to other clocks.
bool can_move(const Module& module) {
  std::vector<bool> constant(module.cells.size());
  for (size_t i = 0; i < module.cells.size(); ++i) {
    const Cell& cell = module.cells[i];
    if (cell.op == NetOp::kConst) {
      constant[i] = true;
      continue;
    }
    if (cell.op != NetOp::kInput && !waits(cell) && !combinational(cell)) return false;
    if (in_dsp(module, cell)) return false;
    constant[i] =
        cell.op != NetOp::kInput && std::all_of(cell.operands.begin(), cell.operands.end(),
                                                [&](CellId id) { return constant[at(id)]; });
    if (constant[i]) continue;
    if (cell.beats != module.period || (cell.held && module.period > 1)) return false;
    for (const CellId id : cell.operands) {
      const bool same_clock = module.cell(id).cycle == cell.cycle;
      if (!constant[at(id)] && !waits(cell) && !same_clock) return false;
    }
  }
  for (const Port& port : module.outputs) {
    for (const CellId id : port.elements) {
      if (constant[at(id)] && module.cell(id).op != NetOp::kConst) return false;
    }
  }
  return true;
}

class Retimer {
 public:
  Retimer(const Netlist& netlist, const Timing& timing, const Kept& kept)
      : netlist_(netlist), top_(netlist.top()), timing_(timing), kept_(kept) {}

  std::optional<Netlist> run();
  std::vector<std::string> notes() const;

 private:
  // A module that moves: one set of operations for all its instances, which run in step.
  struct Moving {
    int start = 0, instances = 0;
    std::vector<int> operations;  // of cells, -1 for those that are left out
    std::vector<int> outputs;     // of output elements, in order
    std::vector<int> elements;    // the cells that input elements are, in order
  };

  void find_moving();
  void describe_top();
  void describe_instance(CellId id);
  void describe_moving(const Module& module, Moving& moving);
  std::vector<int> describe_kept(const Cell& instance);
  void read_at_its_clock(CellId operand, const Cell& reader, int operation, double delay);
  int operation(double delay, int first, int last, int now);
  int fixed(double delay, int clock) { return operation(delay, clock, clock, clock); }
  int value(int source, int64_t bits);
  void reads(int value, int reader) { problem_.values[at(value)].readers.push_back(reader); }
  void delay_inputs();
  Module write_moving(const Module& module, const Moving& moving) const;
  Module write_top() const;

  const Netlist& netlist_;
  const Module& top_;
  const Timing& timing_;
  const Kept& kept_;
  std::vector<std::optional<Moving>> moving_;  // by module
  StageProblem problem_;
  std::vector<int> now_, stages_;
  // Of the top:
  std::vector<bool> left_out_;            // registers that wait
  std::vector<int> operations_;           // of results and of cells that make values, -1 for others
  std::vector<int> values_;               // index in problem_.values, -1 for constants
  std::vector<std::vector<int>> inside_;  // operations of the cells of a kept module's instance
};

int Retimer::operation(double delay, int first, int last, int now) {
  problem_.operations.push_back({delay, first, last});
  now_.push_back(now);
  return static_cast<int>(now_.size()) - 1;
}

int Retimer::value(int source, int64_t bits) {
  problem_.values.push_back({source, bits, {}});
  return static_cast<int>(problem_.values.size()) - 1;
}

void Retimer::find_moving() {
  moving_.resize(netlist_.modules.size());
  std::vector<bool> refused = kept_.modules;
  refused.resize(netlist_.modules.size());
  for (size_t i = 0; i + 1 < netlist_.modules.size(); ++i) {
    refused[i] = refused[i] || !can_move(netlist_.modules[i]);
  }
  for (const Cell& cell : top_.cells) {
    if (cell.op != NetOp::kInstance || refused[at(cell.module)]) continue;
    auto& moving = moving_[at(cell.module)];
    if (!moving) moving.emplace().start = cell.strobe;
    if (moving->start != cell.strobe) refused[at(cell.module)] = true;
    ++moving->instances;
  }
  for (size_t i = 0; i < moving_.size(); ++i) {
    if (refused[i]) moving_[i].reset();
  }
}

void Retimer::describe_moving(const Module& module, Moving& moving) {
  moving.operations.assign(module.cells.size(), -1);
  std::vector<int> values(module.cells.size(), -1);
  for (size_t i = 0; i < module.cells.size(); ++i) {
    const Cell& cell = module.cells[i];
    if (waits(cell) || cell.op == NetOp::kShiftLeft) {
      values[i] = values[at(cell.operands[0])];
      continue;
    }
    const bool input = cell.op == NetOp::kInput;
    const bool constant = !input && std::all_of(cell.operands.begin(), cell.operands.end(),
                                                [&](CellId id) { return values[at(id)] < 0; });
    if (constant) continue;
    const int first = input ? moving.start : 0;
    const int id = operation(input ? 0 : timing_.delay(module, cell), first, INT32_MAX,
                             moving.start + cell.cycle);
    moving.operations[i] = id;
    values[i] = value(id, int64_t{width_bits(cell)} * moving.instances);
    for (const CellId operand : cell.operands) {
      if (values[at(operand)] >= 0) reads(values[at(operand)], id);
    }
  }
  for (const Port& port : module.inputs) {
    moving.elements.insert(moving.elements.end(), port.elements.begin(), port.elements.end());
  }
  for (const Port& port : module.outputs) {
    for (const CellId id : port.elements) {
      const bool constant = values[at(id)] < 0;
      moving.outputs.push_back(
          constant ? -1 : operation(0, 0, INT32_MAX, moving.start + module.cell(id).cycle));
      if (!constant) reads(values[at(id)], moving.outputs.back());
    }
  }
}

// Cells that stay still are part of paths. Returns the operations of all cells.
std::vector<int> Retimer::describe_kept(const Cell& instance) {
  const Module& module = netlist_.modules[at(instance.module)];
  std::vector<int> operations(module.cells.size(), -1), values(module.cells.size(), -1);
  for (size_t i = 0; i < module.cells.size(); ++i) {
    const Cell& cell = module.cells[i];
    if (cell.op == NetOp::kConst) continue;
    ensure(cell.op != NetOp::kInstance, "retime: an instance below the top");
    const bool logic = combinational(cell);
    const double delay = in_dsp(module, cell) ? timing_.budget() : timing_.delay(module, cell);
    operations[i] = fixed(logic ? delay : 0, instance.strobe + cell.cycle);
    values[i] = value(operations[i], 0);
    for (const CellId id : cell.operands) {
      if (values[at(id)] < 0) continue;
      const bool same_clock = logic && module.cell(id).cycle == cell.cycle;
      reads(values[at(id)],
            same_clock ? operations[i] : fixed(delay, instance.strobe + module.cell(id).cycle));
    }
  }
  return operations;
}

void Retimer::describe_instance(CellId id) {
  const Cell& instance = top_.cell(id);
  const Module& module = netlist_.modules[at(instance.module)];
  auto& moving = moving_[at(instance.module)];
  if (moving && moving->operations.empty()) describe_moving(module, *moving);
  if (!moving) inside_[at(id)] = describe_kept(instance);
  const std::vector<int>& operations = moving ? moving->operations : inside_[at(id)];
  for (size_t k = 0; k < instance.operands.size(); ++k) {
    const int read = values_[at(instance.operands[k])];
    const CellId element = port_element(module.inputs, static_cast<int64_t>(k));
    if (read >= 0) reads(read, operations[at(element)]);
  }
}

// A cell of the top that stays reads its operand at the clock at which it does now.
void Retimer::read_at_its_clock(CellId operand, const Cell& reader, int operation, double delay) {
  if (values_[at(operand)] < 0) return;
  const int clock = top_.cell(operand).cycle;
  const bool same_clock = combinational(reader) && clock == reader.cycle;
  reads(values_[at(operand)], same_clock ? operation : fixed(delay, clock));
}

void Retimer::describe_top() {
  left_out_.resize(top_.cells.size());
  operations_.assign(top_.cells.size(), -1);
  values_.assign(top_.cells.size(), -1);
  inside_.resize(top_.cells.size());
  for (size_t i = 0; i < top_.cells.size(); ++i) {
    left_out_[i] = waits(top_.cells[i]) && memory_read_by(top_, top_.cells[i]) == nullptr;
  }
  for (const CellId id : kept_.registers) left_out_[at(id)] = false;
  for (size_t i = 0; i < top_.cells.size(); ++i) {
    const Cell& cell = top_.cells[i];
    if (cell.op == NetOp::kConst) continue;
    if (cell.op == NetOp::kInstance) {
      describe_instance(static_cast<CellId>(i));
      continue;
    }
    if (left_out_[i]) {
      values_[i] = values_[at(cell.operands[0])];
      continue;
    }
    if (cell.op == NetOp::kResult) {
      const Cell& instance = top_.cell(cell.operands[0]);
      const auto& moving = moving_[at(instance.module)];
      const CellId element =
          port_element(netlist_.modules[at(instance.module)].outputs, cell.amount);
      operations_[i] =
          moving ? moving->outputs[at(cell.amount)] : inside_[at(cell.operands[0])][at(element)];
      if (operations_[i] < 0) operations_[i] = fixed(0, cell.cycle);  // a constant
    } else {
      const double delay = timing_.delay(top_, cell);
      operations_[i] = fixed(combinational(cell) ? delay : 0, cell.cycle);
      for (const CellId id : cell.operands) read_at_its_clock(id, cell, operations_[i], delay);
    }
    values_[i] = value(operations_[i], width_bits(cell));
  }
  for (const Port& port : top_.outputs) {
    for (const CellId id : port.elements) {
      if (values_[at(id)] >= 0) reads(values_[at(id)], fixed(0, top_.cell(id).cycle));
    }
  }
}

// Inputs of a module may wait inside or before it, at the same price: they wait before it, where
// other modules read the same registers.
void Retimer::delay_inputs() {
  std::vector<int> first(stages_.size(), INT32_MAX);
  for (const StageProblem::Value& value : problem_.values) {
    for (const int reader : value.readers) {
      first[at(value.source)] = std::min(first[at(value.source)], stages_[at(reader)]);
    }
  }
  for (const auto& moving : moving_) {
    if (!moving) continue;
    for (const CellId id : moving->elements) {
      const auto input = at(moving->operations[at(id)]);
      if (first[input] != INT32_MAX) stages_[input] = first[input];
    }
  }
}

Module Retimer::write_moving(const Module& module, const Moving& moving) const {
  std::vector<bool> waiting, wires;
  for (const Cell& cell : module.cells) {
    waiting.push_back(waits(cell));
    wires.push_back(cell.op == NetOp::kShiftLeft);
  }
  ChainedCopy copy(module, waiting, wires, moving.start);
  const auto clock = [&](size_t i) { return stages_[at(moving.operations[i])]; };
  for (size_t i = 0; i < module.cells.size(); ++i) {
    if (moving.operations[i] < 0) continue;
    for (const CellId id : module.cells[i].operands) copy.need(id, clock(i));
  }
  std::vector<Port> outputs = module.outputs;
  size_t next = 0;
  for (const Port& port : outputs) {
    for (const CellId id : port.elements) {
      const int output = moving.outputs[next++];
      if (output >= 0) copy.need(id, stages_[at(output)]);
    }
  }
  for (size_t i = 0; i < module.cells.size(); ++i) {
    if (moving.operations[i] < 0) continue;
    Cell cell = module.cells[i];
    for (CellId& id : cell.operands) id = copy.at(id, clock(i));
    copy.write(static_cast<CellId>(i), std::move(cell), clock(i));
  }
  next = 0;
  for (Port& port : outputs) {
    for (CellId& id : port.elements) {
      const int output = moving.outputs[next++];
      id = output < 0 ? copy.constant(id) : copy.at(id, stages_[at(output)]);
    }
  }
  return copy.take(outputs);
}

Module Retimer::write_top() const {
  ChainedCopy copy(top_, left_out_, std::vector<bool>(top_.cells.size()), 0);
  // The clock at which a cell reads its operand number k.
  const auto reading = [&](const Cell& cell, size_t k) {
    const auto& moving = cell.op == NetOp::kInstance ? moving_[at(cell.module)] : std::nullopt;
    return moving ? stages_[at(moving->operations[at(moving->elements[k])])]
                  : top_.cell(cell.operands[k]).cycle;
  };
  for (size_t i = 0; i < top_.cells.size(); ++i) {
    const Cell& cell = top_.cells[i];
    if (left_out_[i] || cell.op == NetOp::kResult) continue;
    for (size_t k = 0; k < cell.operands.size(); ++k) {
      copy.need(cell.operands[k], reading(cell, k));
    }
  }
  std::vector<Port> outputs = top_.outputs;
  for (const Port& port : outputs) {
    for (const CellId id : port.elements) copy.need(id, top_.cell(id).cycle);
  }
  for (size_t i = 0; i < top_.cells.size(); ++i) {
    const auto id = static_cast<CellId>(i);
    if (copy.is_left_out(id)) continue;
    Cell cell = top_.cells[i];
    for (size_t k = 0; k < cell.operands.size(); ++k) {
      const CellId old = cell.operands[k];
      cell.operands[k] = cell.op == NetOp::kResult ? copy.at(old, top_.cell(old).cycle)
                                                   : copy.at(old, reading(top_.cells[i], k));
    }
    const int clock = operations_[i] >= 0 ? stages_[at(operations_[i])] : cell.cycle;
    copy.write(id, std::move(cell), clock);
  }
  for (Port& port : outputs) {
    for (CellId& id : port.elements) id = copy.at(id, top_.cell(id).cycle);
  }
  return copy.take(outputs);
}

std::optional<Netlist> Retimer::run() {
  find_moving();
  describe_top();
  problem_.budget = timing_.budget();
  stages_ = fewest_registers(problem_);
  if (stages_.empty()) return std::nullopt;
  if (register_bits(problem_, stages_) >= register_bits(problem_, now_)) return std::nullopt;
  delay_inputs();
  Netlist result;
  for (size_t i = 0; i + 1 < netlist_.modules.size(); ++i) {
    const Module& module = netlist_.modules[i];
    const auto& moving = moving_[i];
    result.modules.push_back(moving ? write_moving(module, *moving) : module);
  }
  result.modules.push_back(write_top());
  mark_starts(result);
  return result;
}

std::vector<std::string> Retimer::notes() const {
  if (problem_.operations.empty()) return {};
  if (stages_.empty()) {
    return {"retiming is left out: more paths within a clock than can be listed"};
  }
  constexpr size_t kMostNamed = 5;
  std::string names;
  size_t count = 0;
  for (size_t i = 0; i + 1 < netlist_.modules.size(); ++i) {
    if (moving_[i]) continue;
    if (++count > kMostNamed) continue;
    names += fmt::format("{}'{}'", count > 1 ? ", " : "", netlist_.modules[i].name);
  }
  if (count == 0) return {};
  return {
      fmt::format("retiming leaves {} of {} modules as they are, for DSP slices, resident "
                  "values or borders of regions: {}{}",
                  count, moving_.size() - 1, names, count > kMostNamed ? ", …" : "")};
}

}  // namespace

int64_t waiting_bits(const Netlist& netlist) {
  std::vector<int64_t> bits;
  for (const Module& module : netlist.modules) {
    int64_t sum = 0;
    for (const Cell& cell : module.cells) {
      if (cell.op == NetOp::kInstance) sum += bits[at(cell.module)];
      if (cell.op == NetOp::kReg || cell.op == NetOp::kHold) sum += width_bits(cell);
      if (cell.op == NetOp::kDelay) sum += int64_t{width_bits(cell)} * cell.amount;
    }
    bits.push_back(sum);
  }
  return bits.back();
}

std::vector<std::string> retime(Netlist& netlist, const Timing& timing, const Kept& kept) {
  const bool nested = std::any_of(
      netlist.modules.begin(), std::prev(netlist.modules.end()), [](const Module& module) {
        return std::any_of(module.cells.begin(), module.cells.end(),
                           [](const Cell& cell) { return cell.op == NetOp::kInstance; });
      });
  if (nested) return {"retiming is left out: modules stand inside modules"};
  Retimer retimer(netlist, timing, kept);
  auto better = retimer.run();
  std::vector<std::string> notes = retimer.notes();
  if (better) netlist = std::move(*better);
  return notes;
}

}  // namespace trigstone
