#include "lower/chained_copy.h"

#include <algorithm>

#include "base/error.h"
#include "lower/waiting.h"

namespace trigstone {

namespace {

size_t at_index(CellId id) { return static_cast<size_t>(id); }

}  // namespace

bool combinational(const Cell& cell) {
  const NetClass kind = traits_of(cell.op).kind;
  return (kind == NetClass::kLogic || kind == NetClass::kWire) && cell.op != NetOp::kResult;
}

ChainedCopy::ChainedCopy(const Module& from, std::vector<bool> waits, std::vector<bool> drawn_again,
                         int clock_0)
    : from_(from),
      waits_(std::move(waits)),
      drawn_again_(std::move(drawn_again)),
      clock_0_(clock_0),
      constant_(from.cells.size()),
      needs_(from.cells.size()),
      chains_(from.cells.size()) {
  to_.name = from.name;
  to_.comment = from.comment;
  to_.period = from.period;
  for (size_t i = 0; i < from.cells.size(); ++i) {
    const Cell& cell = from.cells[i];
    constant_[i] =
        cell.op == NetOp::kConst || ((waits_[i] || combinational(cell)) &&
                                     std::all_of(cell.operands.begin(), cell.operands.end(),
                                                 [&](CellId id) { return is_constant(id); }));
  }
}

CellId ChainedCopy::source_of(CellId id) const {
  while (waits_[at_index(id)] || drawn_again_[at_index(id)]) id = from_.cell(id).operands[0];
  return id;
}

bool ChainedCopy::is_left_out(CellId id) const {
  return is_constant(id) || waits_[at_index(id)] || drawn_again_[at_index(id)];
}

void ChainedCopy::need(CellId id, int clock) {
  if (!is_constant(id)) needs_[at_index(source_of(id))].insert(clock);
}

void ChainedCopy::write(CellId id, Cell copy, int clock) {
  if (copy.op != NetOp::kInstance) copy.cycle = clock - clock_0_;
  CellId last = to_.add(std::move(copy));
  auto& chain = chains_[at_index(id)];
  chain[clock] = last;
  for (const int need : needs_[at_index(id)]) {
    ensure(need >= clock, "chained copy: a value is read before it comes");
    if (need > clock) last = wait(to_, last, need - clock, to_.period);
    chain[need] = last;
    clock = need;
  }
}

CellId ChainedCopy::constant(CellId id) {
  while (waits_[at_index(id)]) id = from_.cell(id).operands[0];
  const auto known = constants_.find(id);
  if (known != constants_.end()) return known->second;
  Cell copy = from_.cell(id);
  for (CellId& operand : copy.operands) operand = constant(operand);
  return constants_[id] = to_.add(std::move(copy));
}

CellId ChainedCopy::at(CellId id, int clock) {
  if (is_constant(id)) return constant(id);
  while (waits_[at_index(id)]) id = from_.cell(id).operands[0];
  if (!drawn_again_[at_index(id)]) return chains_[at_index(id)].at(clock);
  const auto known = wires_.find({id, clock});
  if (known != wires_.end()) return known->second;
  Cell copy = from_.cell(id);
  copy.operands[0] = at(copy.operands[0], clock);
  copy.cycle = clock - clock_0_;
  return wires_[{id, clock}] = to_.add(std::move(copy));
}

Module ChainedCopy::take(const std::vector<Port>& outputs) {
  to_.inputs = from_.inputs;
  for (Port& port : to_.inputs) {
    for (CellId& id : port.elements) id = chains_[at_index(id)].begin()->second;
  }
  to_.outputs = outputs;
  return std::move(to_);
}

}  // namespace trigstone
