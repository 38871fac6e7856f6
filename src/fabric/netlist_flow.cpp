#include "fabric/netlist_flow.h"

#include <algorithm>
#include <climits>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "cost/area.h"
#include "fabric/place.h"
#include "netlist/verify_netlist.h"

namespace trigstone {

namespace {

size_t at(int32_t id) { return static_cast<size_t>(id); }

// Cells that only wait. They go with their first reader, so that a value is sent as early as
// possible and once, not after each of its waits.
bool waits(NetOp op) {
  return op == NetOp::kReg || op == NetOp::kDelay || op == NetOp::kHold || op == NetOp::kRom ||
         op == NetOp::kMemory;
}

bool is_source(NetOp op) { return op == NetOp::kInput || op == NetOp::kConst; }

// Ranks that never fall from an operand to its reader: the clock at which a cell is first busy.
std::vector<int> ranks_of(const Module& top) {
  std::vector<int> rank(top.cells.size());
  int last = 0;
  for (size_t i = 0; i < top.cells.size(); ++i) {
    const Cell& cell = top.cells[i];
    if (is_source(cell.op)) continue;
    if (cell.op == NetOp::kInstance) {
      rank[i] = cell.strobe;
    } else if (cell.op != NetOp::kResult) {
      rank[i] = cell.cycle;
    }
    if (cell.op == NetOp::kRom || cell.op == NetOp::kMemory) rank[i] = 0;
    for (const CellId operand : cell.operands) rank[i] = std::max(rank[i], rank[at(operand)]);
    last = std::max(last, rank[i]);
  }
  std::vector<int> first_reader(top.cells.size(), last);
  for (size_t i = top.cells.size(); i-- > 0;) {
    const Cell& cell = top.cells[i];
    if (waits(cell.op)) rank[i] = std::max(rank[i], first_reader[i]);
    for (const CellId operand : cell.operands) {
      first_reader[at(operand)] = std::min(first_reader[at(operand)], rank[i]);
    }
  }
  return rank;
}

Format format_of(const Cell& cell) {
  Format format;
  format.width_bits = width_bits(cell);
  format.is_signed = is_signed(cell);
  format.integer_bits = format.width_bits - cell.fraction_bits;
  return format;
}

class FlowMaker {
 public:
  FlowMaker(const Netlist& netlist, const Firmware& firmware, const std::optional<Resources>& most)
      : netlist_(netlist), top_(netlist.top()), firmware_(firmware), most_(most) {}

  NetlistFlow run() {
    result_.flow.latency_cycles = firmware_.latency_cycles;
    result_.flow.ii = firmware_.ii;
    make_items();
    make_values();
    for (const Port& port : top_.inputs) {
      for (const CellId id : port.elements) result_.flow.inputs.push_back(value_of(id));
    }
    make_outputs();
    return std::move(result_);
  }

 private:
  void make_items() {
    const std::vector<Resources> modules = estimate_modules(netlist_);
    const std::vector<int> rank = ranks_of(top_);
    std::vector<CellId> order;
    for (size_t i = 0; i < top_.cells.size(); ++i) {
      if (!is_source(top_.cells[i].op)) order.push_back(static_cast<CellId>(i));
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](CellId a, CellId b) { return rank[at(a)] < rank[at(b)]; });
    result_.item_of.assign(top_.cells.size(), -1);
    int last_rank = -1;
    for (const CellId id : order) {
      const Cell& cell = top_.cell(id);
      if (cell.op == NetOp::kResult) {
        result_.item_of[at(id)] = result_.item_of[at(cell.operands[0])];
        continue;
      }
      const bool instance = cell.op == NetOp::kInstance;
      auto& items = result_.flow.items;
      const Resources own = estimate_cell(top_, cell);
      const bool full = most_ && !items.empty() && !fits(items.back().resources + own, *most_);
      if (items.empty() || instance || rank[at(id)] != last_rank || full) {
        items.push_back({instance ? netlist_.modules[at(cell.module)].name
                                  : fmt::format("clock {}", rank[at(id)]),
                         {}});
      }
      last_rank = rank[at(id)];
      FlowItem& item = items.back();
      item.resources = item.resources + own;
      if (instance) item.resources = item.resources + modules[at(cell.module)];
      result_.item_of[at(id)] = result_.flow.end() - 1;
    }
    // A model without any logic still needs a board to stand on.
    if (result_.flow.items.empty()) result_.flow.items.push_back({"wires", {}});
  }

  FlowValue value_of(CellId id) const {
    const Cell& cell = top_.cell(id);
    FlowValue value;
    value.name = cell.name.empty() ? fmt::format("cell {}", id) : cell.name;
    value.format = format_of(cell);
    value.cycle = cell.cycle;
    value.beats = cell.beats;
    value.held = cell.held;
    value.made = result_.item_of[at(id)];
    return value;
  }

  void make_values() {
    std::vector<int> last_read(top_.cells.size(), -1);
    for (size_t i = 0; i < top_.cells.size(); ++i) {
      for (const CellId operand : top_.cells[i].operands) {
        last_read[at(operand)] = std::max(last_read[at(operand)], result_.item_of[i]);
      }
    }
    for (const Port& port : top_.outputs) {
      for (const CellId id : port.elements) last_read[at(id)] = result_.flow.end() - 1;
    }
    for (size_t i = 0; i < top_.cells.size(); ++i) {
      const NetOp op = top_.cells[i].op;
      if (op == NetOp::kConst || op == NetOp::kInstance) continue;
      FlowValue value = value_of(static_cast<CellId>(i));
      value.last_read = last_read[i];
      result_.flow.values.push_back(std::move(value));
      result_.cell_of.push_back(static_cast<CellId>(i));
    }
  }

  // Outputs leave in the clocks at which firmware.json promises them.
  void make_outputs() {
    for (const Port& port : top_.outputs) {
      const size_t first = result_.flow.outputs.size();
      result_.flow.outputs.resize(first + port.elements.size());
      for (const PortBinding& binding : firmware_.outputs) {
        if (binding.port != port.name) continue;
        const size_t begin = first + at(binding.bit_offset / port.element_bits);
        for (int64_t i = 0; i < binding.elements_per_beat(); ++i) {
          FlowValue& value = result_.flow.outputs[begin + static_cast<size_t>(i)];
          value.name = fmt::format("{}[{}]", binding.name, i);
          value.format = binding.format;
          value.cycle = binding.first_cycle;
          value.beats = static_cast<int>(binding.beats());
        }
      }
    }
  }

  const Netlist& netlist_;
  const Module& top_;
  const Firmware& firmware_;
  const std::optional<Resources>& most_;
  NetlistFlow result_;
};

// The netlist of the items [first, end).
class BoardMaker {
 public:
  BoardMaker(const Netlist& whole, const NetlistFlow& flow, int first, int end, size_t number)
      : whole_(whole), from_(whole.top()), flow_(flow), first_(first), end_(end) {
    new_id_.assign(from_.cells.size(), -1);
    top_.name = fmt::format("{}_board_{}", from_.name, number);
    while (whole.module_named(top_.name) >= 0) top_.name += "_top";
    top_.period = from_.period;
  }

  Netlist run() {
    add_inputs();
    for (size_t i = 0; i < from_.cells.size(); ++i) {
      const int item = flow_.item_of[i];
      if (first_ <= item && item < end_) copy(static_cast<CellId>(i));
    }
    add_outputs();
    top_.comment = fmt::format("part of {}: {} cells", from_.name, top_.cells.size());
    result_.modules.push_back(std::move(top_));
    mark_starts(result_);
    const Diagnostics problems = verify(result_);
    if (!problems.empty()) internal_error(problems.errors().front().what());
    return std::move(result_);
  }

 private:
  void add_inputs() {
    if (first_ == 0) {
      top_.inputs = from_.inputs;
      for (Port& port : top_.inputs) {
        for (CellId& id : port.elements) id = as_input(id);
      }
      return;
    }
    std::vector<CellId> cells;
    for (const size_t i : flow_.flow.crossing(first_)) cells.push_back(as_input(flow_.cell_of[i]));
    top_.inputs = bundle("from_link", cells);
  }

  void add_outputs() {
    if (end_ == flow_.flow.end()) {
      top_.outputs = from_.outputs;
      for (Port& port : top_.outputs) {
        for (CellId& id : port.elements) id = operand(id);
      }
      return;
    }
    std::vector<CellId> cells;
    for (const size_t i : flow_.flow.crossing(end_)) cells.push_back(operand(flow_.cell_of[i]));
    top_.outputs = bundle("to_link", cells);
  }

  CellId as_input(CellId id) {
    const Cell& from = from_.cell(id);
    Cell input;
    input.op = NetOp::kInput;
    input.name = from.name;
    input.range = from.range;
    input.fraction_bits = from.fraction_bits;
    input.cycle = from.cycle;
    input.beats = from.beats;
    input.held = from.held;
    return new_id_[at(id)] = top_.add(std::move(input));
  }

  // Constants are made on every board that reads them.
  CellId operand(CellId id) {
    if (new_id_[at(id)] < 0) {
      ensure(from_.cell(id).op == NetOp::kConst, "cut: a value is missing on its reader's board");
      new_id_[at(id)] = top_.add(from_.cell(id));
    }
    return new_id_[at(id)];
  }

  void copy(CellId id) {
    Cell cell = from_.cell(id);
    for (CellId& read : cell.operands) read = operand(read);
    if (cell.op == NetOp::kInstance) cell.module = module(cell.module);
    new_id_[at(id)] = top_.add(std::move(cell));
  }

  int module(int index) {
    const auto known = new_module_.find(index);
    if (known != new_module_.end()) return known->second;
    Module copy = whole_.modules[at(index)];
    for (Cell& cell : copy.cells) {
      if (cell.op == NetOp::kInstance) cell.module = module(cell.module);
    }
    result_.modules.push_back(std::move(copy));
    return new_module_[index] = static_cast<int>(result_.modules.size()) - 1;
  }

  // Ports of equally wide elements, in the order of the crossing.
  std::vector<Port> bundle(const std::string& name, const std::vector<CellId>& cells) {
    std::vector<Port> ports;
    for (const CellId id : cells) {
      const int bits = width_bits(top_.cell(id));
      const bool sign = is_signed(top_.cell(id));
      if (ports.empty() || ports.back().element_bits != bits || ports.back().is_signed != sign) {
        ports.push_back({fmt::format("{}_{}", name, ports.size()), bits, sign, {}});
      }
      ports.back().elements.push_back(id);
    }
    return ports;
  }

  const Netlist& whole_;
  const Module& from_;
  const NetlistFlow& flow_;
  int first_, end_;
  Netlist result_;
  Module top_;
  std::vector<CellId> new_id_;
  std::map<int, int> new_module_;
};

}  // namespace

NetlistFlow flow_of(const Netlist& netlist, const Firmware& firmware,
                    const std::optional<Resources>& most) {
  return FlowMaker(netlist, firmware, most).run();
}

std::vector<Netlist> cut(const Netlist& netlist, const NetlistFlow& flow,
                         const std::vector<int>& first_item) {
  std::vector<Netlist> boards;
  for (size_t b = 0; b < first_item.size(); ++b) {
    const int end = b + 1 < first_item.size() ? first_item[b + 1] : flow.flow.end();
    boards.push_back(BoardMaker(netlist, flow, first_item[b], end, b).run());
  }
  return boards;
}

}  // namespace trigstone
