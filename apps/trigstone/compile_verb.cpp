// trigstone compile: a model or matrix becomes a firmware folder; trigstone estimate: what it
// costs.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "cost/area.h"
#include "emit/compile.h"
#include "graph/text.h"
#include "netlist/text.h"
#include "verbs.h"
#include "verify/run_model.h"

namespace trigstone {

namespace {

struct CompileFlags {
  std::string model, output, input_format, calibrate, effort = "default", dump_after;
  LowerOptions lower;
  bool keep_head = false;
};

void print_costs(const Firmware& firmware, const Resources& used) {
  const Device& device = device_named(firmware.device);
  fmt::print("{}: II {} clocks, latency {} clocks = {:.1f} ns at {:g} MHz\n", firmware.top,
             firmware.ii, firmware.latency_cycles, firmware.latency_ns(), firmware.clock_mhz);
  fmt::print("adder graphs: {} adders, {} LUTs ({} with ternary adders), depth {}\n",
             firmware.adders, firmware.lut_cost, firmware.lut_cost_ternary, firmware.depth);
  fmt::print("modelled on {}{}:\n", device.name,
             device.confirmed ? "" : " (device numbers unconfirmed)");
  const auto row = [](const char* name, double count, double of) {
    fmt::print("  {:<8}{:>12.0f}{:>9.2f} %\n", name, count, of > 0 ? 100 * count / of : 0.0);
  };
  row("LUT", used.lut, device.lut);
  row("FF", used.ff, device.ff);
  row("DSP", used.dsp, device.dsp);
  row("BRAM36", used.bram36, device.bram36);
  double largest = 0;
  for (const Region& region : firmware.regions) largest = std::max(largest, region.lut);
  fmt::print(
      "  clock   {:>12.0f} MHz expected ({} floorplanned region{}, the largest {:.0f} LUTs; {} "
      "bits in "
      "border registers)\n",
      firmware.achievable_mhz(), firmware.regions.size(), firmware.regions.size() == 1 ? "" : "s",
      largest, firmware.border_registers);
  fmt::print("  power   {:>12.2f} W (rule of thumb at 12.5 % toggle rate)\n", used.power_w);
}

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
  const Firmware firmware = write_firmware_folder(compiled, flags.output);
  if (json) {
    fmt::print("{}\n", to_json(firmware).dump());
  } else {
    print_costs(firmware, firmware.resources);
    fmt::print("written to {}\n", flags.output);
  }
  return 0;
}

struct EstimateFlags {
  std::string firmware, device;
  double clock_mhz = 0;
};

OrderedJson to_json(const Resources& used) {
  return {{"lut", used.lut},       {"ff", used.ff},     {"dsp", used.dsp},
          {"bram36", used.bram36}, {"uram", used.uram}, {"power_w", used.power_w}};
}

// The pipeline was cut for the firmware's clock, so another clock changes power and latency in ns
// only.
int run_estimate(const EstimateFlags& flags, bool json) {
  const LoadedModel model = load_model(flags.firmware);
  if (!model.firmware) {
    throw Error(flags.firmware, "is not a firmware folder", "compile the model first");
  }
  Firmware firmware = *model.firmware;
  if (!flags.device.empty()) firmware.device = device_named(flags.device).name;
  if (flags.clock_mhz > 0) firmware.clock_mhz = flags.clock_mhz;
  const Netlist netlist = load_netlist(model);
  const Resources used = estimate(netlist, device_named(firmware.device), firmware.clock_mhz);
  if (json) {
    fmt::print("{}\n", OrderedJson({{"top", firmware.top},
                                    {"device", firmware.device},
                                    {"clock_mhz", firmware.clock_mhz},
                                    {"ii", firmware.ii},
                                    {"latency_cycles", firmware.latency_cycles},
                                    {"latency_ns", firmware.latency_ns()},
                                    {"resources", to_json(used)}})
                           .dump());
  } else {
    print_costs(firmware, used);
  }
  return 0;
}

}  // namespace

void add_compile_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<CompileFlags>();
  CLI::App* verb = app.add_subcommand("compile", "model or constant matrix to a firmware folder");
  verb->add_option("MODEL", flags->model, "ONNX, graph text, or an integer matrix (.npy, .txt)")
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
  verb->add_flag("!--no-regions", flags->lower.regions,
                 "no registers between floorplanned regions: fewer clocks, a slower one");
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

void add_estimate_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<EstimateFlags>();
  CLI::App* verb =
      app.add_subcommand("estimate", "modelled resources, latency and power of a firmware folder");
  verb->add_option("FW", flags->firmware, "firmware folder")->required();
  verb->add_option("--device", flags->device, "another FPGA than the firmware's");
  verb->add_option("--clock-mhz", flags->clock_mhz, "another clock than the firmware's");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer("Example: trigstone estimate fw --json");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_estimate(*flags, command.json); };
  });
}

}  // namespace trigstone
