#include "verify/mutate_netlist.h"

#include <algorithm>

#include "base/error.h"

namespace trigstone {

namespace {

// Changes fields of a cell whose operands are already those of the new module; cells put into
// `module` before it may become its operands. False when the slip would not matter here.
using Slip = std::function<bool(const Netlist& netlist, Module& module, Cell& cell)>;

// A cell computed from others in the window of `like`.
CellId derived(Module& module, const Cell& like, NetOp op, std::vector<CellId> operands,
               Interval range) {
  Cell cell;
  cell.op = op;
  cell.operands = std::move(operands);
  cell.range = range;
  cell.fraction_bits = like.fraction_bits;
  cell.cycle = like.cycle;
  cell.beats = like.beats;
  cell.held = like.held;
  return module.add(cell);
}

CellId constant_like(Module& module, const Cell& like, Int128 value) {
  const CellId id = derived(module, like, NetOp::kConst, {}, {value, value});
  module.cell(id).constant = static_cast<int64_t>(value);
  return id;
}

// x + 1, and the smallest for the largest: never leaves the interval of x.
CellId one_step_more(Module& module, CellId x) {
  const Cell cell = module.cell(x);
  const Interval range = cell.range;
  const CellId high = constant_like(module, cell, range.high);
  const CellId low = constant_like(module, cell, range.low);
  const CellId one = constant_like(module, cell, 1);
  const CellId at_end = derived(module, cell, NetOp::kEqual, {x, high}, {0, 1});
  const CellId more = derived(module, cell, NetOp::kAdd, {x, one}, {range.low + 1, range.high + 1});
  return derived(module, cell, NetOp::kMux, {at_end, low, more}, range);
}

Module rewrite(const Netlist& netlist, const Module& from, NetOp op, const Slip& slip,
               bool off_by_one) {
  Module to = from;
  to.cells.clear();
  std::vector<CellId> itself, read_as;  // by old id: the copy, and what readers read instead
  for (const Cell& old_cell : from.cells) {
    Cell cell = old_cell;
    for (CellId& operand : cell.operands) operand = read_as[static_cast<size_t>(operand)];
    if (cell.op == op && slip) {
      const Cell before = cell;
      if (!slip(netlist, to, cell)) cell = before;
    }
    itself.push_back(to.add(cell));
    const bool steps = off_by_one && cell.op == op && cell.range.low < cell.range.high;
    read_as.push_back(steps ? one_step_more(to, itself.back()) : itself.back());
  }
  for (Port& port : to.inputs) {
    for (CellId& id : port.elements) id = itself[static_cast<size_t>(id)];
  }
  for (Port& port : to.outputs) {
    for (CellId& id : port.elements) id = read_as[static_cast<size_t>(id)];
  }
  return to;
}

// Rewrites all modules. When there is no cell to break the netlist comes back as it was.
Netlist rewrite(const Netlist& netlist, NetOp op, const Slip& slip, bool off_by_one) {
  Netlist to;
  for (const Module& module : netlist.modules) {
    to.modules.push_back(rewrite(netlist, module, op, slip, off_by_one));
  }
  mark_starts(to);
  return to;
}

Slip as(NetOp other) {
  return [other](const Netlist&, Module&, Cell& cell) {
    cell.op = other;
    return true;
  };
}

Slip shifted_by(int more) {
  return [more](const Netlist&, Module&, Cell& cell) {
    cell.amount += more;
    return cell.amount >= 0;
  };
}

Slip strobe_moved(int clocks) {
  return [clocks](const Netlist&, Module&, Cell& cell) {
    cell.strobe += clocks;
    return cell.strobe >= 0;
  };
}

bool last_two_swapped(const Netlist&, Module&, Cell& cell) {
  const size_t n = cell.operands.size();
  std::swap(cell.operands[n - 1], cell.operands[n - 2]);
  return true;
}

bool flag_flipped(const Netlist&, Module&, Cell& cell) {
  cell.flag = !cell.flag;
  return true;
}

// The interval follows, as a wire's sign does: otherwise nothing would change.
bool other_signedness(const Netlist&, Module&, Cell& cell) {
  if (cell.amount > 62) return false;
  cell.flag = !cell.flag;
  const Int128 span = static_cast<Int128>(1) << cell.amount;
  cell.range = cell.flag ? Interval{-(span >> 1), (span >> 1) - 1} : Interval{0, span - 1};
  return true;
}

bool one_bit_less(const Netlist&, Module&, Cell& cell) {
  if (cell.amount < 2) return false;
  --cell.amount;
  return true;
}

bool another_constant(const Netlist&, Module&, Cell& cell) {
  ++cell.constant;
  cell.range = {cell.constant, cell.constant};
  return true;
}

bool one_wrong_entry(const Netlist&, Module&, Cell& cell) {
  const auto [low, high] = std::minmax_element(cell.entries.begin(), cell.entries.end());
  int64_t& entry = cell.entries[cell.entries.size() / 2];
  const int64_t other = entry == *low ? *high : *low;
  const bool changes = entry != other;
  entry = other;
  return changes;
}

bool all_entries_first(const Netlist&, Module&, Cell& cell) {
  std::fill(cell.entries.begin(), cell.entries.end(), cell.entries.front());
  return true;
}

bool base_moved(const Netlist&, Module&, Cell& cell) {
  std::rotate(cell.entries.begin(), cell.entries.end() - 1, cell.entries.end());
  return true;
}

// a <= b, as !(b < a).
bool less_or_equal(const Netlist&, Module& module, Cell& cell) {
  Cell inner = cell;
  std::swap(inner.operands[0], inner.operands[1]);
  cell.op = NetOp::kNot;
  cell.operands = {module.add(inner)};
  return true;
}

// The value as it enters, on a wire.
bool passes_through(const Netlist&, Module&, Cell& cell) {
  cell.op = NetOp::kShiftLeft;
  cell.amount = 0;
  cell.operands.resize(1);
  return true;
}

// The load never comes: sums, extremes and held values go on over all events.
bool never_loads(const Netlist&, Module&, Cell& cell) {
  cell.strobe = 1 << 19;
  return true;
}

bool another_output(const Netlist& netlist, Module& module, Cell& cell) {
  const int used = module.cell(cell.operands[0]).module;
  const int64_t count = element_count(netlist.modules[static_cast<size_t>(used)].outputs);
  cell.amount = static_cast<int>((cell.amount + 1) % count);
  return count > 1;
}

std::vector<NetlistMutant> make_mutants() {
  std::vector<NetlistMutant> list;
  const auto add = [&](NetOp op, const std::string& what, const Slip& slip,
                       bool off_by_one = false) {
    list.push_back({fmt::format("{}: {}", traits_of(op).text, what), op,
                    [op, slip, off_by_one](const Netlist& netlist) {
                      return rewrite(netlist, op, slip, off_by_one);
                    }});
  };
  for (const NetOp op : all_net_ops()) {
    if (op == NetOp::kInstance || op == NetOp::kConst) continue;  // no value, or one alone
    add(op, "one step off", {}, true);
  }
  add(NetOp::kConst, "one more", another_constant);
  add(NetOp::kShiftLeft, "one bit further", shifted_by(1));
  add(NetOp::kShiftLeft, "one bit short", shifted_by(-1));
  add(NetOp::kShiftRight, "one bit further", shifted_by(1));
  add(NetOp::kShiftRight, "one bit short", shifted_by(-1));
  add(NetOp::kWrap, "other signedness", other_signedness);
  add(NetOp::kWrap, "one bit less", one_bit_less);
  add(NetOp::kAdd, "other sign", flag_flipped);
  add(NetOp::kAdd, "shifted one bit further", shifted_by(1));
  add(NetOp::kAdd3, "other sign of the last", [](const Netlist&, Module&, Cell& cell) {
    cell.entries[2] = -cell.entries[2];
    return true;
  });
  add(NetOp::kAdd3, "one shifted one bit further", [](const Netlist&, Module&, Cell& cell) {
    cell.entries[1] *= 2;
    return true;
  });
  add(NetOp::kAdd3, "last two swapped", last_two_swapped);
  add(NetOp::kMul, "adds", [](const Netlist&, Module&, Cell& cell) {
    cell.op = NetOp::kAdd;
    return true;
  });
  add(NetOp::kMux, "branches swapped", last_two_swapped);
  add(NetOp::kLess, "operands swapped", last_two_swapped);
  add(NetOp::kLess, "or equal", less_or_equal);
  add(NetOp::kEqual, "is less", as(NetOp::kLess));
  add(NetOp::kAnd, "is or", as(NetOp::kOr));
  add(NetOp::kOr, "is and", as(NetOp::kAnd));
  add(NetOp::kNot, "passes through", passes_through);
  add(NetOp::kMin, "is max", as(NetOp::kMax));
  add(NetOp::kMax, "is min", as(NetOp::kMin));
  add(NetOp::kTable, "one wrong entry", one_wrong_entry);
  add(NetOp::kTable, "index one off", base_moved);
  add(NetOp::kShiftVar, "amount ignored", passes_through);
  add(NetOp::kReg, "no register", passes_through);
  add(NetOp::kDelay, "one clock more", shifted_by(1));
  add(NetOp::kDelay, "one clock less",
      [](const Netlist&, Module&, Cell& cell) { return --cell.amount >= 1; });
  for (const NetOp op : {NetOp::kHold, NetOp::kAccSum, NetOp::kAccMax, NetOp::kAccMin}) {
    add(op, "strobe one clock late", strobe_moved(1));
    add(op, "strobe one clock early", strobe_moved(-1));
    add(op, "never loads", never_loads);
    add(op, "plain register", as(NetOp::kReg));
  }
  add(NetOp::kAccSum, "never loads again", [](const Netlist&, Module&, Cell& cell) {
    const bool loads_again = cell.amount != 0;
    cell.amount = 0;
    return loads_again;
  });
  add(NetOp::kAccMax, "keeps the smallest", as(NetOp::kAccMin));
  add(NetOp::kAccMin, "keeps the largest", as(NetOp::kAccMax));
  add(NetOp::kRom, "strobe one clock late", strobe_moved(1));
  add(NetOp::kRom, "one wrong entry", one_wrong_entry);
  add(NetOp::kRom, "never advances", all_entries_first);
  add(NetOp::kMemory, "strobe one clock late", strobe_moved(1));
  add(NetOp::kMemory, "one wrong word", one_wrong_entry);
  add(NetOp::kMemory, "never advances", all_entries_first);
  add(NetOp::kInstance, "starts one clock late", strobe_moved(1));
  add(NetOp::kResult, "another output", another_output);
  return list;
}

}  // namespace

const std::vector<NetlistMutant>& netlist_mutants() {
  static const std::vector<NetlistMutant> mutants = make_mutants();
  return mutants;
}

}  // namespace trigstone
