// trigstone compile: a model or matrix becomes a firmware folder.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "emit/compile.h"
#include "graph/text.h"
#include "print_costs.h"
#include "verbs.h"
#include "verify/run_model.h"

namespace trigstone {

namespace {

struct CompileFlags {
  std::string model, output, input_format, calibrate, effort = "default", dump_after;
  LowerOptions lower;
  bool keep_head = false;
};

std::vector<double> calibration_values(const std::string& path) {
  std::vector<double> values;
  for (const auto& [name, array] : read_arrays(path)) {
    const std::vector<double> reals = as_reals(array, path);
    values.insert(values.end(), reals.begin(), reals.end());
  }
  return values;
}

int run_compile(const CompileFlags& flags, bool json) {
  CompileOptions options;
  options.lower = flags.lower;
  options.lower.effort = effort_named(flags.effort);
  options.hardware.keep_head = flags.keep_head;
  Format matrix_format{8, 8};
  if (!flags.input_format.empty()) {
    options.hardware.input_format = parse_format(flags.input_format, "--input-format");
    matrix_format = options.hardware.input_format;
  }
  if (!flags.calibrate.empty()) {
    options.hardware.input_format = calibrated(
        options.hardware.input_format, calibration_values(flags.calibrate), flags.calibrate);
  }
  const Graph model = read_compile_input(flags.model, matrix_format);
  bool dumped = flags.dump_after.empty();
  options.after_pass = [&](const std::string& pass, const Graph& graph) {
    if (pass != flags.dump_after) return;
    fmt::print(stderr, "{}", to_text(graph));
    dumped = true;
  };
  const Compiled compiled = compile_graph(model, options);
  if (!dumped) {
    std::string names;
    for (const GraphPass& pass : hardware_passes(nullptr)) {
      names += (names.empty() ? "" : ", ") + std::string(pass.name);
    }
    throw Error("--dump-after", fmt::format("there is no pass '{}'", flags.dump_after),
                fmt::format("one of {}", names));
  }
  for (const std::string& note : compiled.lowered.notes) fmt::print(stderr, "note: {}\n", note);
  const Firmware firmware = write_firmware_folder(compiled, flags.output);
  if (json) {
    fmt::print("{}\n", to_json(firmware).dump());
  } else {
    print_costs(firmware, firmware.resources);
    fmt::print("power {:.2f} W by the rule of thumb; `trigstone estimate` counts toggles\n",
               firmware.resources.power_w);
    fmt::print("written to {}\n", flags.output);
  }
  return 0;
}

}  // namespace

void add_compile_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<CompileFlags>();
  CLI::App* verb = app.add_subcommand("compile", "model or constant matrix to a firmware folder");
  verb->add_option("MODEL", flags->model,
                   "ONNX, graph text, or an integer matrix (.npy, .txt, .csv)")
      ->required();
  verb->add_option("-o,--output", flags->output, "the firmware folder")->required();
  verb->add_option("--device", flags->lower.device, "FPGA")->capture_default_str();
  verb->add_option("--clock-mhz", flags->lower.clock_mhz, "clock")->capture_default_str();
  verb->add_option("--strategy", flags->lower.strategy,
                   "da: adder graphs for constants; dsp: products in DSP slices; "
                   "stream: weights in memories that can be loaded; "
                   "NODE=STRATEGY,… for single nodes")
      ->capture_default_str();
  verb->add_option("--reuse", flags->lower.reuse,
                   "strategy stream: products a multiplier makes for one event, one a clock")
      ->capture_default_str();
  verb->add_option("--dsp-chain", flags->lower.dsp_chain,
                   "strategies dsp and stream: most slices that add one behind the other; fewer "
                   "give fewer clocks and more LUTs")
      ->capture_default_str();
  verb->add_option("--adders-per-stage", flags->lower.adders_per_stage,
                   "so many adders between two registers instead of what the clock has time for "
                   "(0: that), to compare with compilers that count so")
      ->capture_default_str();
  verb->add_flag("!--no-retiming", flags->lower.retime,
                 "every operation as early as possible, however many registers its results need");
  verb->add_flag("!--no-regions", flags->lower.regions,
                 "no registers between floorplanned regions: fewer clocks, a slower one");
  verb->add_option("--adders", flags->lower.adders,
                   "of constant products: binary, or ternary, three operands on a carry chain of "
                   "UltraScale+ (fewer LUTs there; Yosys needs --primitives to see them)")
      ->capture_default_str();
  verb->add_flag("--primitives", flags->lower.primitives,
                 "three-operand adders as LUT6_2 and CARRY8, with models for simulators in sim/");
  verb->add_option("--effort", flags->effort, "fast, default or best")->capture_default_str();
  verb->add_option("--lanes", flags->lower.lanes, "tokens a clock, for inputs with a token axis")
      ->capture_default_str();
  verb->add_option("--input-format", flags->input_format,
                   "of inputs without one (default <16,6,RND_CONV,SAT>, of a matrix <8,8>)");
  verb->add_option("--calibrate", flags->calibrate,
                   ".npy or .npz of events: choose the integer bits of --input-format from them");
  verb->add_flag("--keep-head", flags->keep_head, "build the final softmax instead of cutting it");
  verb->add_option("--dump-after", flags->dump_after, "print the graph after this pass on stderr");
  verb->add_flag("--json", command.json, "firmware.json on stdout");
  verb->footer("Example: trigstone compile model.onnx -o fw --lanes 2");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_compile(*flags, command.json); };
  });
}

}  // namespace trigstone
