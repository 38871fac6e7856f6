#include "bench/cost_case_makers.h"

#include <fmt/format.h>

#include "emit/compile.h"
#include "netlist/text.h"

namespace trigstone::bench {

namespace {

CostCase finished(const std::string& kind, const std::string& name, Netlist netlist,
                  Firmware firmware = {}) {
  mark_starts(netlist);
  firmware.primitives = true;
  firmware.top = netlist.top().name;
  CostCase made;
  made.name = name;
  made.kind = kind;
  made.netlist = std::move(netlist);
  made.firmware = std::move(firmware);
  return made;
}

}  // namespace

Interval signed_range(int bits) {
  const Int128 half = static_cast<Int128>(1) << (bits - 1);
  return {-half, half - 1};
}

Interval unsigned_range(int bits) { return {0, (static_cast<Int128>(1) << bits) - 1}; }

CostCase logic_case(const std::string& kind, const std::string& name,
                    const std::vector<Interval>& inputs, const CellMaker& make) {
  ModuleBuilder builder(name);
  std::vector<CellId> cells;
  for (const Interval& range : inputs) {
    cells.push_back(builder.input(range, 0));
    const Cell& cell = builder.cell(cells.back());
    builder.input_port(std::string(1, static_cast<char>('a' + cells.size() - 1)), width_bits(cell),
                       is_signed(cell), {cells.back()});
  }
  const CellId y = make(builder, cells);
  builder.output_port("y", width_bits(builder.cell(y)), is_signed(builder.cell(y)), {y});
  Netlist netlist;
  netlist.modules.push_back(builder.finish(kind));
  return finished(kind, name, std::move(netlist));
}

CostCase clocked_case(const std::string& kind, const std::string& name, int bits,
                      const std::string& cell) {
  const int64_t half = int64_t{1} << (bits - 1);
  std::string text = "trigstone.netlist/1\nmodule \"" + name + "\" period 16\n";
  text += fmt::format("%0 = input() : [{}, {}] f0 @0 x16\n%1 = {}\n", -half, half - 1, cell);
  text += fmt::format("in \"a\" bits={} signed=1 (%0)\n", bits);
  Netlist netlist = parse_netlist(text + "out \"y\" bits=64 signed=1 (%1)\n", name);
  const Cell& y = netlist.top().cell(1);
  netlist.top().outputs[0].element_bits = width_bits(y);
  netlist.top().outputs[0].is_signed = is_signed(y);
  return finished(kind, name, std::move(netlist));
}

CostCase compiled_case(const std::string& kind, const std::string& name, Graph graph,
                       const LowerOptions& options) {
  graph.name = name;
  CompileOptions compile;
  compile.lower = options;
  Lowered lowered = compile_graph(graph, compile).lowered;
  return finished(kind, name, std::move(lowered.netlist), std::move(lowered.firmware));
}

}  // namespace trigstone::bench
