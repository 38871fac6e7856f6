// trigstone run: arrays through a model or firmware, by the engine of the user's choice.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/progress.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "verbs.h"
#include "verify/run_model.h"

namespace trigstone {

namespace {

struct RunFlags {
  std::string model, input, output, engine = "interpret";
  bool raw = false;
};

std::vector<EventTensors> run_interpreter(const Graph& graph,
                                          const std::vector<EventTensors>& events) {
  std::vector<EventTensors> outputs;
  Progress progress("run", static_cast<int64_t>(events.size()), "events");
  for (const EventTensors& event : events) {
    outputs.push_back(interpret(graph, event));
    progress.update(static_cast<int64_t>(outputs.size()));
  }
  return outputs;
}

int run_arrays(const RunFlags& flags) {
  const LoadedModel model = load_model(flags.model);
  const ArrayEvents in =
      events_from_arrays(model.graph, read_arrays(flags.input), flags.raw, flags.input);
  if (in.outside > 0) {
    fmt::print(stderr,
               "{}: {} numbers lie outside the input format; its overflow mode was applied\n",
               flags.input, in.outside);
  }
  const std::vector<EventTensors> outputs =
      flags.engine == "netlist" ? run_netlist(load_netlist(model), *model.firmware, in.events)
                                : run_interpreter(model.graph, in.events);
  write_arrays(flags.output, arrays_from_outputs(model.graph, outputs, flags.raw));
  return 0;
}

}  // namespace

void add_run_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* verb = app.add_subcommand("run", "evaluate a model or firmware on arrays of events");
  verb->add_option("MODEL", flags->model, "firmware folder, .onnx or graph text")->required();
  verb->add_option("-i,--input", flags->input, ".npy (events, …), or .npz by input name")
      ->required();
  verb->add_option("-o,--output", flags->output, ".npy, or .npz for several outputs")->required();
  verb->add_option("--engine", flags->engine, "interpret (graph) or netlist (clock by clock)")
      ->check(CLI::IsMember({"interpret", "netlist"}))
      ->capture_default_str();
  verb->add_flag("--raw", flags->raw, "int64 mantissas in and out instead of float64 numbers");
  verb->footer("Example: trigstone run fw -i x.npy -o y.npy --engine netlist");
  verb->callback([flags, &command] { command.run = [flags] { return run_arrays(*flags); }; });
}

}  // namespace trigstone
