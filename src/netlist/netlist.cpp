// Traits, intervals and upkeep of netlists.
#include "netlist/netlist.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/error.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

constexpr std::array kTraits = {
#define NET(name, text, operands, kind, doc) NetTraits{text, operands, NetClass::k##kind, doc},
#include "netlist/ops.def"
#undef NET
};

Interval hull_of(const std::vector<int64_t>& entries, size_t begin, size_t end) {
  const auto [low, high] = std::minmax_element(entries.begin() + static_cast<ptrdiff_t>(begin),
                                               entries.begin() + static_cast<ptrdiff_t>(end));
  return {*low, *high};
}

Interval table_range(const Cell& cell, Interval index) {
  const auto last = static_cast<Int128>(cell.entries.size()) - 1;
  const Int128 first = std::clamp<Int128>(index.low - cell.constant, 0, last);
  const Int128 final = std::clamp<Int128>(index.high - cell.constant, first, last);
  return hull_of(cell.entries, static_cast<size_t>(first), static_cast<size_t>(final) + 1);
}

// Numbers that keep their place among the others when wrapped keep their interval.
Interval wrap_range(Interval a, int bits, bool is_signed) {
  const Int128 span = static_cast<Int128>(1) << bits;
  const Int128 low = is_signed ? -(span >> 1) : 0;
  const Int128 turn = (a.low - low) >> bits;
  if (turn == (a.high - low) >> bits) return {a.low - turn * span, a.high - turn * span};
  return {low, low + span - 1};
}

Interval add_range(const Cell& cell, Interval a, Interval b) {
  if (cell.operands[0] == cell.operands[1]) {  // a multiple of one number, as in 7x = 8x - x
    const Int128 left = shift_left({1, 1}, std::max(0, -cell.amount)).low;
    const Int128 right = shift_left({1, 1}, std::max(0, cell.amount)).low;
    const Int128 factor = cell.flag ? left - right : left + right;
    return a * Interval{factor, factor};
  }
  if (cell.amount < 0) a = shift_left(a, -cell.amount);
  if (cell.amount > 0) b = shift_left(b, cell.amount);
  return cell.flag ? a - b : a + b;
}

// Terms of one number are one multiple of it.
Interval add3_range(const Module& module, const Cell& cell) {
  Interval sum;
  for (size_t i = 0; i < 3; ++i) {
    Int128 factor = 0;
    bool is_first = true;
    for (size_t j = 0; j < 3; ++j) {
      if (cell.operands[j] != cell.operands[i]) continue;
      factor += cell.entries[j];
      is_first = is_first && j >= i;
    }
    if (is_first) sum = sum + module.cell(cell.operands[i]).range * Interval{factor, factor};
  }
  return sum;
}

Interval mul_range(const Cell& cell, Interval a, Interval b) {
  const Interval product = a * b;
  if (cell.operands[0] != cell.operands[1]) return product;
  const Int128 nearest = a.low > 0 ? a.low : (a.high < 0 ? a.high : 0);  // a square
  return {nearest * nearest, product.high};
}

Interval less_range(Interval a, Interval b) {
  if (a.high < b.low) return {1, 1};
  if (a.low >= b.high) return {0, 0};
  return {0, 1};
}

Interval equal_range(Interval a, Interval b) {
  if (a.high < b.low || b.high < a.low) return {0, 0};
  if (a.low == a.high && a == b) return {1, 1};
  return {0, 1};
}

Int128 leading_one(Int128 x) { return x <= 0 ? 0 : bits_for({0, x}) - 1; }

Interval shift_var_range(Interval a, Interval amount) {
  ensure(amount.low >= 0 && amount.high <= 126, "shift_var: amounts outside [0, 126]");
  return hull(shift_left(a, static_cast<int>(amount.low)),
              shift_left(a, static_cast<int>(amount.high)));
}

// The window shows sums of cycle - strobe to cycle + beats - 1 - strobe terms; with several loads,
// of 1 to `amount`.
Interval acc_sum_range(const Cell& cell, Interval a) {
  const Int128 fewest = std::max(1, cell.cycle - cell.strobe);
  const Int128 most = std::max(fewest, static_cast<Int128>(cell.last_cycle() - cell.strobe));
  if (cell.amount > 0 && most > cell.amount) return hull(a, a * Interval{cell.amount, cell.amount});
  return hull(a * Interval{fewest, fewest}, a * Interval{most, most});
}

}  // namespace

const NetTraits& traits_of(NetOp op) { return kTraits[static_cast<size_t>(op)]; }

const std::vector<NetOp>& all_net_ops() {
  static const std::vector<NetOp> ops = {
#define NET(name, text, operands, kind, doc) NetOp::k##name,
#include "netlist/ops.def"
#undef NET
  };
  return ops;
}

std::optional<NetOp> net_op_named(std::string_view text) {
  for (const NetOp op : all_net_ops()) {
    if (traits_of(op).text == text) return op;
  }
  return std::nullopt;
}

int width_bits(const Cell& cell) { return bits_for(cell.range); }
bool is_signed(const Cell& cell) { return cell.range.low < 0; }

CellId Module::add(Cell cell) {
  cells.push_back(std::move(cell));
  return static_cast<CellId>(cells.size() - 1);
}

int Netlist::module_named(const std::string& name) const {
  for (size_t i = 0; i < modules.size(); ++i) {
    if (modules[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Interval infer_range(const Netlist& netlist, const Module& module, const Cell& cell) {
  const auto range = [&](size_t i) { return module.cell(cell.operands[i]).range; };
  switch (cell.op) {
    case NetOp::kInput:
      return cell.range;
    case NetOp::kConst:
      return {cell.constant, cell.constant};
    case NetOp::kShiftLeft:
      return shift_left(range(0), cell.amount);
    case NetOp::kShiftRight:
      return {range(0).low >> std::min(cell.amount, 126),
              range(0).high >> std::min(cell.amount, 126)};
    case NetOp::kWrap:
      return wrap_range(range(0), cell.amount, cell.flag);
    case NetOp::kAdd:
      return add_range(cell, range(0), range(1));
    case NetOp::kAdd3:
      return add3_range(module, cell);
    case NetOp::kMul:
      return mul_range(cell, range(0), range(1));
    case NetOp::kMux:
      if (range(0).low == range(0).high) return range(range(0).low != 0 ? 1 : 2);
      return hull(range(1), range(2));
    case NetOp::kLess:
      return less_range(range(0), range(1));
    case NetOp::kEqual:
      return equal_range(range(0), range(1));
    case NetOp::kAnd:
      return {range(0).low & range(1).low, range(0).high & range(1).high};
    case NetOp::kOr:
      return {range(0).low | range(1).low, range(0).high | range(1).high};
    case NetOp::kNot:
      return {1 - range(0).high, 1 - range(0).low};
    case NetOp::kMin:
      return {std::min(range(0).low, range(1).low), std::min(range(0).high, range(1).high)};
    case NetOp::kMax:
      return {std::max(range(0).low, range(1).low), std::max(range(0).high, range(1).high)};
    case NetOp::kTable:
      return table_range(cell, range(0));
    case NetOp::kLeadingOne:
      return {leading_one(range(0).low), leading_one(range(0).high)};
    case NetOp::kShiftVar:
      return shift_var_range(range(0), range(1));
    case NetOp::kReg:
    case NetOp::kDelay:
    case NetOp::kHold:
    case NetOp::kAccMax:
    case NetOp::kAccMin:
      return range(0);
    case NetOp::kAccSum:
      return acc_sum_range(cell, range(0));
    case NetOp::kRom:
      return hull_of(cell.entries, 0, cell.entries.size());
    case NetOp::kMemory:  // what may be loaded
      return hull(cell.range, hull_of(cell.entries, 0, cell.entries.size()));
    case NetOp::kInstance:
      return {0, 0};
    case NetOp::kResult: {
      const Cell& instance = module.cell(cell.operands[0]);
      const Module& inside = netlist.modules.at(static_cast<size_t>(instance.module));
      return inside.cell(port_element(inside.outputs, cell.amount)).range;
    }
  }
  internal_error("unknown netlist operation");
}

CarryChain carry_chain(const Module& module, const Cell& add3) {
  struct Term {
    int first_bit = 0;
    size_t index = 0;
  };
  const auto zeros = [](int64_t x) {
    return x == 0 ? 63 : std::countr_zero(static_cast<uint64_t>(x));
  };
  std::array<Term, 3> terms;
  for (size_t i = 0; i < 3; ++i) {
    const Cell& operand = module.cell(add3.operands[i]);
    const int inside = operand.op == NetOp::kConst ? zeros(operand.constant) : 0;
    terms[i] = {zeros(add3.entries[i]) + inside, i};
  }
  std::sort(terms.begin(), terms.end(),
            [](const Term& a, const Term& b) { return a.first_bit < b.first_bit; });
  const bool negative = add3.entries[terms[0].index] < 0;
  return {std::min(terms[negative ? 0 : 1].first_bit, width_bits(add3) - 1), terms[0].index};
}

bool fits_64_bits(Interval range) {
  return range.low >= std::numeric_limits<int64_t>::min() &&
         range.high <= std::numeric_limits<int64_t>::max();
}

CellId port_element(const std::vector<Port>& ports, int64_t index) {
  for (const Port& port : ports) {
    const auto count = static_cast<int64_t>(port.elements.size());
    if (index < count) return port.elements[static_cast<size_t>(index)];
    index -= count;
  }
  internal_error("element outside of the ports");
}

int64_t element_count(const std::vector<Port>& ports) {
  int64_t count = 0;
  for (const Port& port : ports) count += static_cast<int64_t>(port.elements.size());
  return count;
}

bool fits_dsp(Interval a, Interval b) {
  const auto signed_bits = [](Interval x) { return bits_for(hull(x, {-1, 0})); };
  const int one = signed_bits(a), other = signed_bits(b);
  return std::max(one, other) <= 27 && std::min(one, other) <= 18;
}

std::vector<int> load_clocks(const Cell& cell) {
  std::vector<int> clocks = {cell.strobe};
  if (cell.op != NetOp::kAccSum || cell.amount <= 0) return clocks;
  while (clocks.back() + cell.amount < cell.last_cycle()) {
    clocks.push_back(clocks.back() + cell.amount);
  }
  return clocks;
}

bool acts_at_strobe(NetOp op) {
  return op == NetOp::kHold || op == NetOp::kAccSum || op == NetOp::kAccMax ||
         op == NetOp::kAccMin || op == NetOp::kRom || op == NetOp::kMemory;
}

bool acts_at_strobe(const Cell& cell) {
  return acts_at_strobe(cell.op) && !(cell.op == NetOp::kMemory && cell.entries.size() == 1);
}

bool acts_at_strobe(const Netlist& netlist, const Module& module) {
  return std::any_of(module.cells.begin(), module.cells.end(), [&](const Cell& cell) {
    return acts_at_strobe(cell) || (cell.op == NetOp::kInstance &&
                                    netlist.modules[static_cast<size_t>(cell.module)].needs_start);
  });
}

LoadWidths load_widths(const Netlist& netlist) {
  LoadWidths widths;
  for (const Module& module : netlist.modules) {
    for (const Cell& cell : module.cells) {
      if (cell.op != NetOp::kMemory) continue;
      const Int128 last = cell.constant + static_cast<Int128>(cell.entries.size()) - 1;
      widths.address_bits = std::max(widths.address_bits, bits_for({0, last}));
      widths.data_bits = std::max(widths.data_bits, width_bits(cell));
    }
  }
  return widths;
}

void mark_starts(Netlist& netlist) {
  for (Module& module : netlist.modules) {
    module.needs_start = acts_at_strobe(netlist, module);
    module.needs_load =
        std::any_of(module.cells.begin(), module.cells.end(), [&](const Cell& cell) {
          return cell.op == NetOp::kMemory ||
                 (cell.op == NetOp::kInstance &&
                  netlist.modules[static_cast<size_t>(cell.module)].needs_load);
        });
  }
}

std::vector<CellId> drop_dead_cells(Module& module) {
  std::vector<bool> live(module.cells.size());
  for (const auto* ports : {&module.inputs, &module.outputs}) {
    for (const Port& port : *ports) {
      for (const CellId id : port.elements) live[static_cast<size_t>(id)] = true;
    }
  }
  for (size_t i = module.cells.size(); i-- > 0;) {
    if (!live[i]) continue;
    for (const CellId id : module.cells[i].operands) live[static_cast<size_t>(id)] = true;
  }
  std::vector<CellId> new_id(module.cells.size(), -1);
  std::vector<Cell> kept;
  for (size_t i = 0; i < module.cells.size(); ++i) {
    if (!live[i]) continue;
    for (CellId& id : module.cells[i].operands) id = new_id[static_cast<size_t>(id)];
    new_id[i] = static_cast<CellId>(kept.size());
    kept.push_back(std::move(module.cells[i]));
  }
  module.cells = std::move(kept);
  for (auto* ports : {&module.inputs, &module.outputs}) {
    for (Port& port : *ports) {
      for (CellId& id : port.elements) id = new_id[static_cast<size_t>(id)];
    }
  }
  return new_id;
}

}  // namespace trigstone
