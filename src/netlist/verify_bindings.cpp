// Firmware bindings against the netlist's top module.
#include <algorithm>

#include "netlist/verify_netlist.h"

namespace trigstone {

namespace {

struct Side {
  const std::vector<Port>& ports;
  const std::vector<PortBinding>& bindings;
  bool is_input;
};

void check_binding(const Module& top, const Side& side, const PortBinding& binding,
                   Diagnostics& diagnostics) {
  const std::string where =
      fmt::format("firmware:{} '{}'", side.is_input ? "input" : "output", binding.name);
  const auto port = std::find_if(side.ports.begin(), side.ports.end(),
                                 [&](const Port& p) { return p.name == binding.port; });
  if (port == side.ports.end()) {
    return diagnostics.add(where, fmt::format("the top has no port '{}'", binding.port));
  }
  const Format& format = binding.format;
  if (format.width_bits != port->element_bits || format.is_signed != port->is_signed ||
      binding.bit_offset % port->element_bits != 0) {
    return diagnostics.add(where, fmt::format("format {} at bit {} is not an element of port '{}'",
                                              to_string(format), binding.bit_offset, port->name));
  }
  const int64_t first = binding.bit_offset / port->element_bits;
  const int64_t count = binding.elements_per_beat(), beats = binding.beats();
  if (first + count > static_cast<int64_t>(port->elements.size())) {
    return diagnostics.add(where,
                           fmt::format("{} elements do not fit port '{}'", count, port->name));
  }
  const int64_t last_cycle = binding.first_cycle + beats - 1;
  for (int64_t i = first; i < first + count; ++i) {
    const Cell& cell = top.cell(port->elements[static_cast<size_t>(i)]);
    const bool fits =
        side.is_input ? binding.first_cycle <= cell.cycle && cell.last_cycle() <= last_cycle
                      : cell.op == NetOp::kConst ||
                            (cell.cycle <= binding.first_cycle && last_cycle <= cell.last_cycle());
    if (fits) continue;
    return diagnostics.add(
        where,
        fmt::format("bound to clocks {}..{}, but element {} of port '{}' is at {}..{}",
                    binding.first_cycle, last_cycle, i, port->name, cell.cycle, cell.last_cycle()));
  }
}

void check_all_bound(const Side& side, Diagnostics& diagnostics) {
  for (const Port& port : side.ports) {
    std::vector<int> uses(port.elements.size());
    for (const PortBinding& binding : side.bindings) {
      if (binding.port != port.name) continue;
      const int64_t first = binding.bit_offset / port.element_bits;
      for (int64_t i = 0; i < binding.elements_per_beat(); ++i) {
        ++uses[static_cast<size_t>(first + i)];
      }
    }
    const auto wrong = std::find_if(uses.begin(), uses.end(), [](int n) { return n != 1; });
    if (wrong == uses.end()) continue;
    diagnostics.add(
        fmt::format("firmware:port '{}'", port.name),
        fmt::format("element {} is bound {} times, not once", wrong - uses.begin(), *wrong));
  }
}

}  // namespace

Diagnostics verify_bindings(const Netlist& netlist, const Firmware& firmware) {
  Diagnostics diagnostics;
  const Module& top = netlist.top();
  if (firmware.top != top.name) {
    diagnostics.add("firmware",
                    fmt::format("top is '{}', the netlist's '{}'", firmware.top, top.name));
  }
  const LoadWidths load = load_widths(netlist);
  if (firmware.load.address_bits < load.address_bits || firmware.load.data_bits < load.data_bits) {
    diagnostics.add("firmware", "the load port is narrower than the netlist's memories need");
  }
  if (firmware.ii < top.period) {
    diagnostics.add("firmware",
                    fmt::format("ii {} is below the top's period {}", firmware.ii, top.period));
  }
  for (const Side& side :
       {Side{top.inputs, firmware.inputs, true}, Side{top.outputs, firmware.outputs, false}}) {
    for (const PortBinding& binding : side.bindings) {
      check_binding(top, side, binding, diagnostics);
    }
    if (diagnostics.empty()) check_all_bound(side, diagnostics);
  }
  return diagnostics;
}

}  // namespace trigstone
