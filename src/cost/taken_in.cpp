#include "cost/taken_in.h"

namespace trigstone {

namespace {

// A min or max with a constant, or a mux with one.
bool limits_by_constant(const Module& module, const Cell& cell) {
  const bool chooses = cell.op == NetOp::kMin || cell.op == NetOp::kMax || cell.op == NetOp::kMux;
  if (!chooses) return false;
  for (const CellId id : cell.operands) {
    if (module.cell(id).op == NetOp::kConst) return true;
  }
  return false;
}

// What reads a value.
struct Readers {
  bool registers = false, limits = false, others = false;

  void join(const Readers& more) {
    registers = registers || more.registers;
    limits = limits || more.limits;
    others = others || more.others;
  }
  // A register takes what it is reset for, a limit one more; neither takes two, one behind the
  // other.
  TakenIn take_in() const {
    if (others || registers == limits) return TakenIn::kNot;
    return registers ? TakenIn::kByRegister : TakenIn::kByLimit;
  }
};

class ReaderSearch {
 public:
  explicit ReaderSearch(const Netlist& netlist) : netlist_(netlist) {
    for (const Module& module : netlist.modules) {
      readers_.emplace_back(module.cells.size());
      Readers unknown;
      unknown.others = true;
      shown_.emplace_back(static_cast<size_t>(element_count(module.outputs)), unknown);
    }
  }
  // Modules come before those that use them: first what inputs are read by, then, from the top
  // down, what outputs are.
  std::vector<std::vector<TakenIn>> run() {
    for (size_t m = 0; m < netlist_.modules.size(); ++m) search(m);
    for (size_t m = 0; m + 1 < shown_.size(); ++m) shown_[m].assign(shown_[m].size(), {});
    std::vector<std::vector<TakenIn>> result(netlist_.modules.size());
    for (size_t m = netlist_.modules.size(); m-- > 0;) {
      search(m);
      for (size_t i = 0; i < readers_[m].size(); ++i) {
        const Module& module = netlist_.modules[m];
        const bool limits = limits_by_constant(module, module.cells[i]);
        result[m].push_back(limits ? readers_[m][i].take_in() : TakenIn::kNot);
      }
    }
    return result;
  }

 private:
  void search(size_t m);
  void pass_on(const Module& module, size_t m, size_t i);

  const Netlist& netlist_;
  std::vector<std::vector<Readers>> readers_;  // by module and cell
  std::vector<std::vector<Readers>> shown_;    // by module and output element
};

void ReaderSearch::pass_on(const Module& module, size_t m, size_t i) {
  const Cell& cell = module.cells[i];
  if (cell.op == NetOp::kInstance) {
    const auto inner = static_cast<size_t>(cell.module);
    for (size_t k = 0; k < cell.operands.size(); ++k) {
      const CellId input = port_element(netlist_.modules[inner].inputs, static_cast<int64_t>(k));
      readers_[m][static_cast<size_t>(cell.operands[k])].join(
          readers_[inner][static_cast<size_t>(input)]);
    }
    return;
  }
  if (cell.op == NetOp::kResult) {
    const Cell& instance = module.cell(cell.operands[0]);
    shown_[static_cast<size_t>(instance.module)][static_cast<size_t>(cell.amount)].join(
        readers_[m][i]);
    return;
  }
  Readers own;
  if (traits_of(cell.op).kind == NetClass::kWire) {
    own = readers_[m][i];
  } else {
    own.registers = cell.op == NetOp::kReg;
    own.limits = limits_by_constant(module, cell) && readers_[m][i].take_in() == TakenIn::kNot;
    own.others = !own.registers && !own.limits;
  }
  for (const CellId operand : cell.operands) readers_[m][static_cast<size_t>(operand)].join(own);
}

void ReaderSearch::search(size_t m) {
  const Module& module = netlist_.modules[m];
  readers_[m].assign(module.cells.size(), {});
  for (size_t k = 0; k < shown_[m].size(); ++k) {
    const CellId id = port_element(module.outputs, static_cast<int64_t>(k));
    readers_[m][static_cast<size_t>(id)].join(shown_[m][k]);
  }
  for (size_t i = module.cells.size(); i-- > 0;) pass_on(module, m, i);
}

}  // namespace

std::vector<std::vector<TakenIn>> taken_in_by_readers(const Netlist& netlist) {
  return ReaderSearch(netlist).run();
}

}  // namespace trigstone
