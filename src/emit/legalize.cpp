#include "emit/legalize.h"

#include <vector>

namespace trigstone {

namespace {

// Cells whose interval is one number become constants; comparisons against them would be lint.
void fold_single_values(const Netlist& netlist, Module& module) {
  for (Cell& cell : module.cells) {
    if (cell.op == NetOp::kInput || cell.op == NetOp::kConst || cell.op == NetOp::kInstance) {
      continue;
    }
    const Interval range = infer_range(netlist, module, cell);
    if (range.low != range.high) continue;
    Cell constant;
    constant.op = NetOp::kConst;
    constant.constant = static_cast<int64_t>(range.low);
    constant.range = range;
    constant.fraction_bits = cell.fraction_bits;
    constant.name = cell.name;
    cell = std::move(constant);
  }
}

// Index of the operand that a min, max or mux always shows by its operands' intervals, or -1.
int decided_operand(const Module& module, const Cell& cell) {
  const auto range = [&](size_t i) { return module.cell(cell.operands[i]).range; };
  if (cell.op == NetOp::kMin) {
    if (range(0).high <= range(1).low) return 0;
    if (range(1).high <= range(0).low) return 1;
  } else if (cell.op == NetOp::kMax) {
    if (range(0).low >= range(1).high) return 0;
    if (range(1).low >= range(0).high) return 1;
  } else if (cell.op == NetOp::kMux && range(0).low == range(0).high) {
    return range(0).low != 0 ? 1 : 2;
  }
  return -1;
}

// Choices whose outcome the intervals tell become wires.
void make_decided_choices_wires(Module& module) {
  for (Cell& cell : module.cells) {
    const int decided = decided_operand(module, cell);
    if (decided < 0) continue;
    cell.operands = {cell.operands[static_cast<size_t>(decided)]};
    cell.op = NetOp::kShiftLeft;
    cell.amount = 0;
  }
}

void drop_unused_modules(Netlist& netlist) {
  std::vector<bool> used(netlist.modules.size());
  used.back() = true;
  for (size_t i = netlist.modules.size(); i-- > 0;) {
    if (!used[i]) continue;
    for (const Cell& cell : netlist.modules[i].cells) {
      if (cell.op == NetOp::kInstance) used[static_cast<size_t>(cell.module)] = true;
    }
  }
  std::vector<int> new_index(netlist.modules.size(), -1);
  std::vector<Module> kept;
  for (size_t i = 0; i < netlist.modules.size(); ++i) {
    if (!used[i]) continue;
    new_index[i] = static_cast<int>(kept.size());
    kept.push_back(std::move(netlist.modules[i]));
    for (Cell& cell : kept.back().cells) {
      if (cell.module >= 0) cell.module = new_index[static_cast<size_t>(cell.module)];
    }
  }
  netlist.modules = std::move(kept);
}

}  // namespace

Netlist legalize(const Netlist& netlist) {
  Netlist legal = netlist;
  for (Module& module : legal.modules) {
    fold_single_values(legal, module);
    make_decided_choices_wires(module);
    drop_dead_cells(module);
  }
  drop_unused_modules(legal);
  mark_starts(legal);
  return legal;
}

}  // namespace trigstone
