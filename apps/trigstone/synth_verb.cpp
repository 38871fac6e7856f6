// trigstone synth: Yosys beside the cost model.
#include <fmt/core.h>

#include <memory>

#include "base/json.h"
#include "print_costs.h"
#include "verbs.h"
#include "verify/synthesis.h"

namespace trigstone {

namespace {

struct SynthFlags {
  std::string firmware, module;
};

OrderedJson to_json(const Resources& used) {
  return {{"lut", used.lut},
          {"ff", used.ff},
          {"dsp", used.dsp},
          {"bram36", used.bram36},
          {"uram", used.uram}};
}

int run_synth(const SynthFlags& flags, bool json) {
  fmt::print(stderr, "yosys synth_xilinx -family xcup: minutes for large designs\n");
  const Synthesis result = synthesize(flags.firmware, flags.module);
  const Firmware firmware = read_firmware(flags.firmware);
  const bool whole = flags.module.empty() || flags.module == firmware.top;
  if (json) {
    OrderedJson cells;
    for (const auto& [name, count] : result.cells) cells[name] = count;
    OrderedJson out{{"module", whole ? firmware.top : flags.module},
                    {"yosys", to_json(result.resources)},
                    {"cells", cells},
                    {"seconds", result.seconds}};
    if (whole) out["modelled"] = to_json(firmware.resources);
    fmt::print("{}\n", out.dump());
    return 0;
  }
  fmt::print("{:<10}{:>12}{:>12}\n", whole ? firmware.top : flags.module, "yosys",
             whole ? "modelled" : "");
  const auto row = [&](const char* name, double yosys, double modelled) {
    fmt::print("{:<10}{:>12}{:>12}\n", name, count_text(yosys), whole ? count_text(modelled) : "");
  };
  row("LUT", result.resources.lut, firmware.resources.lut);
  row("FF", result.resources.ff, firmware.resources.ff);
  row("DSP", result.resources.dsp, firmware.resources.dsp);
  row("BRAM36", result.resources.bram36, firmware.resources.bram36);
  return 0;
}

}  // namespace

void add_synth_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<SynthFlags>();
  CLI::App* verb =
      app.add_subcommand("synth", "resources of a firmware folder from Yosys, beside the model's");
  verb->add_option("FW", flags->firmware, "firmware folder")->required();
  verb->add_option("--module", flags->module, "one module of it (default: the top)");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer("Example: trigstone synth fw --module dense");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_synth(*flags, command.json); };
  });
}

}  // namespace trigstone
