#include "netlist/flatten.h"

#include "base/error.h"

namespace trigstone {

namespace {

class Flattener {
 public:
  Flattener(const Netlist& netlist, Module& flat) : netlist_(netlist), flat_(flat) {}

  // Copies a module's cells; its local clock 0 is clock `start` of the flat module. Input cells are
  // replaced by `inputs`, or copied when this is the top. Returns the new id of every cell.
  std::vector<CellId> copy(const Module& module, const std::vector<CellId>& inputs, int start,
                           const std::string& prefix) {
    const bool is_top = &module == &netlist_.top();
    std::vector<CellId> new_id(module.cells.size(), -1);
    if (!is_top) {
      size_t next = 0;
      for (const Port& port : module.inputs) {
        for (const CellId id : port.elements) new_id[static_cast<size_t>(id)] = inputs[next++];
      }
    }
    std::vector<std::vector<CellId>> inner(module.cells.size());  // of instances
    for (size_t i = 0; i < module.cells.size(); ++i) {
      const Cell& cell = module.cells[i];
      if (cell.op == NetOp::kInput && !is_top) continue;
      std::vector<CellId> operands;
      for (const CellId id : cell.operands) operands.push_back(new_id[static_cast<size_t>(id)]);
      if (cell.op == NetOp::kInstance) {
        const std::string name = cell.name.empty() ? "" : prefix + cell.name + ".";
        inner[i] = copy(netlist_.modules[static_cast<size_t>(cell.module)], operands,
                        start + cell.strobe, name);
        continue;
      }
      if (cell.op == NetOp::kResult) {
        const auto instance = static_cast<size_t>(cell.operands[0]);
        const Module& used = netlist_.modules[static_cast<size_t>(module.cells[instance].module)];
        const CellId output = port_element(used.outputs, cell.amount);
        new_id[i] = inner[instance][static_cast<size_t>(output)];
        continue;
      }
      Cell moved = cell;
      moved.operands = std::move(operands);
      moved.cycle += start;
      if (acts_at_strobe(cell.op)) moved.strobe += start;
      if (!moved.name.empty()) moved.name = prefix + moved.name;
      new_id[i] = flat_.add(std::move(moved));
    }
    return new_id;
  }

 private:
  const Netlist& netlist_;
  Module& flat_;
};

}  // namespace

Netlist flatten(const Netlist& netlist) {
  const Module& top = netlist.top();
  Module flat;
  flat.name = top.name;
  flat.comment = top.comment;
  flat.period = top.period;
  const std::vector<CellId> new_id = Flattener(netlist, flat).copy(top, {}, 0, "");
  for (const auto& [from, to] :
       {std::pair{&top.inputs, &flat.inputs}, std::pair{&top.outputs, &flat.outputs}}) {
    for (const Port& port : *from) {
      Port moved = port;
      for (CellId& id : moved.elements) id = new_id[static_cast<size_t>(id)];
      to->push_back(std::move(moved));
    }
  }
  Netlist result;
  result.modules.push_back(std::move(flat));
  mark_starts(result);
  return result;
}

}  // namespace trigstone
