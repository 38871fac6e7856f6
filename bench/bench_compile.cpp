#include "bench/bench_compile.h"

#include <ctime>

#include "emit/compile.h"
#include "emit/verilog.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "verify/random_graph.h"

namespace trigstone::bench {

namespace {

bool equals_interpreter(const Compiled& compiled, int count) {
  const std::vector<EventTensors> events = random_events(compiled.graph, 1, count);
  const auto outputs = run_netlist(compiled.lowered.netlist, compiled.lowered.firmware, events);
  for (size_t i = 0; i < events.size(); ++i) {
    if (outputs[i] != interpret(compiled.graph, events[i])) return false;
  }
  return true;
}

OrderedJson measure(const BenchModel& model, const CompileBenchOptions& options) {
  CompileOptions compile;
  compile.lower = options.lower;
  const std::clock_t begin = std::clock();
  const Compiled compiled = compile_graph(model.graph, compile);
  const auto files = emit_verilog(compiled.lowered.netlist, compiled.lowered.firmware);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  OrderedJson row = {{"name", "compile/" + model.name}};
  if (files.empty() || !equals_interpreter(compiled, options.events)) {
    row["differs"] = true;
    return row;
  }
  const Firmware& firmware = compiled.lowered.firmware;
  row["seconds"] = seconds;
  row["luts"] = firmware.resources.lut;
  row["latency_cycles"] = firmware.latency_cycles;
  row["stages"] = firmware.latency_cycles + 1;
  row["adders"] = firmware.adders;
  row["lut_cost"] = firmware.lut_cost;
  row["effort"] = name_of(options.lower.effort);
  return row;
}

}  // namespace

bool bench_compile(const std::vector<BenchModel>& models, const CompileBenchOptions& options,
                   const std::function<void(const OrderedJson&)>& row) {
  bool equal = true;
  for (const BenchModel& model : models) {
    const OrderedJson measured = measure(model, options);
    equal = equal && !measured.contains("differs");
    row(measured);
  }
  return equal;
}

}  // namespace trigstone::bench
