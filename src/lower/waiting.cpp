#include "lower/waiting.h"

#include <algorithm>

#include "lower/pipeline.h"

namespace trigstone {

namespace {

CellId add_clocked(Module& module, NetOp op, CellId operand, int clocks) {
  const Cell& source = module.cell(operand);
  Cell cell;
  cell.op = op;
  cell.operands = {operand};
  cell.range = source.range;
  cell.fraction_bits = source.fraction_bits;
  cell.cycle = source.cycle + clocks;
  cell.beats = source.beats;
  cell.held = source.held;
  cell.name = source.name;
  if (op == NetOp::kDelay) cell.amount = clocks;
  if (op == NetOp::kHold) cell.strobe = source.cycle + clocks - 1;  // inside the source's window
  return module.add(std::move(cell));
}

}  // namespace

CellId wait(Module& module, CellId id, int clocks, int period) {
  const bool held = module.cell(id).held && period > 1;
  while (clocks > 0) {
    int step = 1;
    NetOp op = NetOp::kReg;
    if (held && clocks > 1) {
      step = std::min(clocks, period);
      op = NetOp::kHold;
    } else if (!held && clocks >= kShortestDelayLine) {
      step = clocks;
      op = NetOp::kDelay;
    }
    id = add_clocked(module, op, id, step);
    clocks -= step;
  }
  return id;
}

}  // namespace trigstone
