// trigstone map: a model placed on the boards of a fabric.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "emit/compile.h"
#include "fabric/map.h"
#include "fabric/place.h"
#include "interpret/interpret_graph.h"
#include "netlist/text.h"
#include "report/plan_items.h"
#include "verbs.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

struct MapFlags {
  std::string model, fabric, output, input_format;
  int lanes = 1;
  bool estimate = false;
};

HardwareOptions hardware_options(const MapFlags& flags) {
  HardwareOptions options;
  if (!flags.input_format.empty()) {
    options.input_format = parse_format(flags.input_format, "--input-format");
  }
  return options;
}

MappedModel estimate_model(const MapFlags& flags, const Fabric& fabric) {
  const HardwareOptions options = hardware_options(flags);
  Graph graph = read_compile_input(flags.model, options.input_format);
  for (const GraphPass& pass : hardware_passes(evaluate_constant, options)) graph = pass.run(graph);
  MappedModel mapped = map_estimate(graph, flags.lanes, fabric, flags.model);
  mapped.plan.inputs[flags.model] = sha256_hex(read_file(flags.model));
  return mapped;
}

// A model file is compiled first, for the fabric's device and clock, into `compiled`.
fs::path firmware_folder(const MapFlags& flags, const Fabric& fabric, const fs::path& compiled) {
  if (fs::is_directory(flags.model)) return flags.model;
  CompileOptions options;
  options.hardware = hardware_options(flags);
  options.lower.device = fabric.device;
  options.lower.clock_mhz = fabric.board_clock_mhz;
  options.lower.lanes = flags.lanes;
  const Graph graph = read_compile_input(flags.model, options.hardware.input_format);
  write_firmware_folder(compile_graph(graph, options), compiled);
  return compiled;
}

void print_plan(const FabricPlan& plan, const std::string& output) {
  const Fabric& fabric = plan.fabric;
  fmt::print("{}{}: {} of {} for each of {}, {} in all\n", plan.model,
             plan.estimate ? " (estimate)" : "", counted(plan.boards.size(), "board"),
             fabric.device, counted(static_cast<size_t>(fabric.period_bx), "time slice"),
             plan.boards_in_all());
  for (const PlanBoard& board : plan.boards) {
    std::string fills;
    for (const Fill& fill : fills_of(board.resources, fabric)) {
      if (fill.fraction > 0)
        fills += fmt::format("  {} {:.2f} %", fill.resource, 100 * fill.fraction);
    }
    fmt::print("  {:<9}{}{}\n", board.name, fills,
               board.wider_than_an_slr ? "  (a module is wider than a die)" : "");
  }
  const LinkRate rate = LinkRate::of(fabric);
  for (const PlanHop& hop : plan.hops) {
    fmt::print("  {:<8} to {:<8}{:>8} bits in {} over {}, {:.1f} % of their time\n", hop.from,
               hop.to, hop.packet.bits, counted(hop.packet.words.size(), "word"),
               counted(static_cast<size_t>(hop.packet.links), "link"), 100 * hop.use(rate));
  }
  for (const WaterfallStage& stage : plan.waterfall) {
    fmt::print("  {:>9.1f} ns .. {:>9.1f} ns  {}{}\n", stage.start_ns, stage.end_ns, stage.name,
               stage.confirmed ? "" : " (to be confirmed)");
  }
  fmt::print("decision {:.0f} ns after the collision, budget {:.0f} ns\nwritten to {}\n",
             plan.decision_ns(), fabric.budget_ns, output);
}

int run_map(const MapFlags& flags, bool json) {
  const Fabric fabric = read_fabric(flags.fabric);
  PendingFolder pending(flags.output);
  MappedModel mapped;
  if (flags.estimate) {
    if (fs::is_directory(flags.model)) {
      throw Error("--estimate", "is for model files; this firmware folder has exact figures",
                  "drop --estimate");
    }
    mapped = estimate_model(flags, fabric);
    mapped.plan.inputs[flags.fabric] = sha256_hex(read_file(flags.fabric));
    write_plan(mapped, {}, pending.path());
  } else {
    const fs::path compiled = pending.path() / "firmware";
    const fs::path folder = firmware_folder(flags, fabric, compiled);
    const Firmware firmware = read_firmware(folder);
    const fs::path text = folder / "netlist.txt";
    mapped =
        map_firmware(parse_netlist(read_file(text), text.string()), firmware, fabric, flags.model);
    const fs::path input =
        fs::is_directory(flags.model) ? folder / "firmware.json" : fs::path(flags.model);
    mapped.plan.inputs[input.string()] = sha256_hex(read_file(input));
    mapped.plan.inputs[flags.fabric] = sha256_hex(read_file(flags.fabric));
    write_plan(mapped, folder, pending.path());
  }
  const std::string command =
      fmt::format("trigstone map {} --fabric {} -o {}{}", flags.model, flags.fabric, flags.output,
                  flags.estimate ? " --estimate" : "");
  write_file(pending.path() / "results.json", plan_results(mapped.plan, command).dump(1) + "\n");
  pending.commit();
  if (json) {
    fmt::print("{}\n", to_json(mapped.plan).dump());
  } else {
    print_plan(mapped.plan, flags.output);
  }
  return 0;
}

}  // namespace

void add_map_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<MapFlags>();
  CLI::App* verb = app.add_subcommand("map", "place a model on the boards of a fabric");
  verb->add_option("MODEL", flags->model,
                   "firmware folder, or a model to compile: .onnx, graph text, integer matrix")
      ->required();
  verb->add_option("--fabric", flags->fabric, "FABRIC.toml: boards, links, latency (configs/)")
      ->required();
  verb->add_option("-o,--output", flags->output, "the plan folder")->required();
  verb->add_flag("--estimate", flags->estimate,
                 "from a cost model of each node, without compiling: seconds for large models");
  verb->add_option("--lanes", flags->lanes, "tokens a clock, for a model with a token axis")
      ->capture_default_str();
  verb->add_option("--input-format", flags->input_format,
                   "of a model's inputs without one (default <16,6,RND_CONV,SAT>)");
  verb->add_flag("--json", command.json, "plan.json on stdout");
  verb->footer(
      "Example: trigstone map fw --fabric configs/fabric_vu13p.toml -o plan && trigstone simulate "
      "plan");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_map(*flags, command.json); };
  });
}

}  // namespace trigstone
