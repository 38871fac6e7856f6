#include "bench/bench_cosim.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/error.h"
#include "base/threads.h"
#include "emit/compile.h"
#include "emit/ghdl_cosim.h"
#include "emit/icarus_cosim.h"
#include "emit/verilator_cosim.h"
#include "emit/verilog.h"
#include "interpret/interpret_graph.h"
#include "verify/engine.h"
#include "verify/random_graph.h"
#include "verify/temporary_folder.h"

namespace trigstone::bench {

namespace {

using Events = std::vector<EventTensors>;

// Runs events back to back; builds before, once or every time.
struct Simulator {
  std::function<CosimRun(const Events&)> run;
  bool builds_every_time = false;
};

Simulator simulator_named(const std::string& name, const Lowered& lowered,
                          const std::filesystem::path& folder) {
  const Firmware& firmware = lowered.firmware;
  if (name == "ghdl") {
    const VhdlDesign design = vhdl_design(lowered.netlist, firmware);
    return {[design, folder](const Events& events) { return run_ghdl(design, folder, events); },
            true};
  }
  const CosimDesign design{firmware, emit_verilog(lowered.netlist, firmware)};
  if (name == "icarus") {
    return {[design, folder](const Events& events) { return run_icarus(design, folder, events); },
            true};
  }
  if (name != "verilator") {
    throw Error("--simulator " + name, "there is no such simulator", "verilator, icarus or ghdl");
  }
  Cosim::Config config;
  config.jobs = hardware_threads();
  config.lint = false;  // a newer Verilator may know new warnings
  config.optimise = true;
  const auto built = std::make_shared<std::unique_ptr<Cosim>>();
  return {[design, folder, config, built](const Events& events) {
            if (!*built) *built = std::make_unique<Cosim>(std::vector{design}, folder, config);
            return (*built)->run(0, events);
          },
          false};
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Measurement {
 public:
  Measurement(const BenchModel& model, const Lowered& lowered, const CosimBenchOptions& options)
      : name_("cosim/" + model.name), lowered_(lowered), options_(options) {
    events_ = random_events(model.graph, 1, options.most_events);
    right_.resize(events_.size());
    parallel_blocks(static_cast<int64_t>(events_.size()), 16, hardware_threads(),
                    [&](int64_t begin, int64_t end) {
                      for (auto e = static_cast<size_t>(begin); e < static_cast<size_t>(end); ++e) {
                        right_[e] = interpret(model.graph, events_[e]);
                      }
                    });
  }

  OrderedJson row(const std::string& simulator_name) {
    const TemporaryFolder folder("trigstone_bench");
    const Simulator simulator = simulator_named(simulator_name, lowered_, folder.path());
    OrderedJson row{{"name", name_}, {"simulator", simulator_name}};
    const double build = time_of(simulator, 1);
    // Twice as many events each time, until the build hardly counts.
    size_t count = std::min<size_t>(64, events_.size());
    double seconds = 0;
    for (;; count = std::min(2 * count, events_.size())) {
      seconds = time_of(simulator, count) - (simulator.builds_every_time ? build : 0);
      const bool is_enough =
          seconds >= options_.seconds && (!simulator.builds_every_time || seconds >= build);
      if (!equal_ || is_enough || count == events_.size()) break;
    }
    if (!equal_) {
      row["differs"] = true;
      return row;
    }
    row["latency_cycles"] = lowered_.firmware.latency_cycles;
    row["ii"] = lowered_.firmware.ii;
    row["events"] = count;
    row["build_seconds"] = build;
    row["events_per_second"] = static_cast<double>(count) / std::max(seconds, 1e-6);
    return row;
  }

 private:
  double time_of(const Simulator& simulator, size_t count) {
    const auto size = static_cast<ptrdiff_t>(count);
    const Events asked(events_.begin(), events_.begin() + size);
    CosimRun run;
    const double seconds = seconds_of([&] { run = simulator.run(asked); });
    const Answer right{{right_.begin(), right_.begin() + size}, ""};
    equal_ = run.wrong_done_clocks == 0 && differing_events(right, {run.outputs, ""}) == 0;
    return seconds;
  }

  std::string name_;
  const Lowered& lowered_;
  const CosimBenchOptions& options_;
  Events events_, right_;
  bool equal_ = true;
};

}  // namespace

bool bench_cosim(const std::vector<BenchModel>& models, const CosimBenchOptions& options,
                 const std::function<void(const OrderedJson&)>& row) {
  bool equal = true;
  for (const BenchModel& model : models) {
    const Compiled compiled = compile_graph(model.graph);
    Measurement measurement({model.name, compiled.graph, model.products}, compiled.lowered,
                            options);
    for (const std::string& simulator : options.simulators) {
      const OrderedJson measured = measurement.row(simulator);
      equal = equal && !measured.contains("differs");
      row(measured);
    }
  }
  return equal;
}

}  // namespace trigstone::bench
