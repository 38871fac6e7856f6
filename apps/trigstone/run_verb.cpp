// trigstone run: events through a model or firmware, by the engine of the user's choice.
#include <fmt/core.h>

#include <memory>

#include "base/threads.h"
#include "fabric/simulate.h"
#include "verbs.h"
#include "verify/run_model.h"
#include "verify/run_stream.h"

namespace trigstone {

namespace {

constexpr const char* kFabric = "fabric";

std::vector<std::string> engine_names() {
  std::vector<std::string> names = run_engine_names();
  names.emplace_back(kFabric);
  return names;
}

struct RunFlags {
  std::string model, input, output;
  RunOptions options;
};

void report_outside(const RunFlags& flags, int64_t outside) {
  if (outside == 0) return;
  fmt::print(stderr, "{}: {} numbers lie outside the input format; its overflow mode was applied\n",
             flags.input, outside);
}

// A plan's boards and links, clock by clock.
int run_plan(const RunFlags& flags) {
  const LoadedPlan plan = load_plan(flags.model);
  const ArrayEvents in =
      events_from_arrays(plan.graph, read_arrays(flags.input), flags.options.raw, flags.input);
  report_outside(flags, in.outside);
  write_arrays(flags.output,
               arrays_from_outputs(plan.graph, run_fabric(plan, in.events), flags.options.raw));
  return 0;
}

int run_events(const RunFlags& flags) {
  if (flags.options.engine == kFabric) return run_plan(flags);
  const LoadedModel model = load_model(flags.model);
  const RunSummary summary = run_stream(model, flags.input, flags.output, flags.options);
  report_outside(flags, summary.outside);
  return 0;
}

}  // namespace

void add_run_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<RunFlags>();
  flags->options.threads = hardware_threads();
  CLI::App* verb = app.add_subcommand("run", "evaluate a model or firmware on events");
  verb->add_option("MODEL", flags->model, "firmware folder, .onnx, graph text, or a plan")
      ->required();
  verb->add_option(
          "-i,--input", flags->input,
          ".npy (events, …), .npz by input name, or an event file (.h5; a .list or folder of them)")
      ->required();
  verb->add_option("-o,--output", flags->output, ".npy, or .npz for several outputs")->required();
  verb->add_option("--engine", flags->options.engine,
                   "fast; interpret (the reference); of firmware also netlist (clock by clock) and "
                   "rtl (its Verilog, by Verilator); of a plan fabric (its boards and links)")
      ->check(CLI::IsMember(engine_names()))
      ->capture_default_str();
  verb->add_option("--threads", flags->options.threads, "of fast and interpret (all)")
      ->check(CLI::PositiveNumber);
  verb->add_option("--load", flags->options.load,
                   "of netlist and rtl: words for the firmware's memories, from `load-words`");
  verb->add_flag("--raw", flags->options.raw, "int64 mantissas in and out instead of float64");
  verb->footer("Example: trigstone run fw -i x.npy -o y.npy --engine netlist");
  verb->callback([flags, &command] { command.run = [flags] { return run_events(*flags); }; });
}

}  // namespace trigstone
