// trigstone events validate: what a physicist looks at first, for the report.
#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "base/threads.h"
#include "events_verb.h"
#include "trigger/validation.h"
#include "validation_results.h"

namespace trigstone {

namespace {

struct ValidateFlags {
  std::filesystem::path events, out, menu = TRIGSTONE_CONFIG_DIR "/menu_classical.toml";
  int threads = hardware_threads();
};

int run_validate(const ValidateFlags& flags, bool json) {
  const Validation validation = validate_events(flags.events, read_menu(flags.menu), flags.threads);
  const std::string command =
      fmt::format("trigstone events validate {} -o {}", flags.events.string(), flags.out.string());
  write_validation_folder(validation, flags.out, command);
  if (json) {
    print_json(validation_json(validation));
  } else {
    fmt::print("{}: {} events; see `trigstone report {} -o report.html`\n", flags.out.string(),
               validation.events, flags.out.string());
  }
  return 0;
}

}  // namespace

void add_events_validate(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "validate",
      "Multiplicities, spectra, mass peaks, pile-up, resolution and classical seeds, for the "
      "report.\n"
      "Example: trigstone events validate events.h5 -o look");
  const auto flags = std::make_shared<ValidateFlags>();
  verb->add_option("file", flags->events, "event file, or a list or folder of them")->required();
  verb->add_option("-o,--output", flags->out, "folder for results.json and validation.json")
      ->required();
  verb->add_option("--menu", flags->menu, "menu of classical seeds (TOML)")->capture_default_str();
  verb->add_option("--threads", flags->threads, "threads; results do not depend on them")
      ->check(CLI::Range(1, 1024));
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_validate(*flags, command.json); };
  });
}

}  // namespace trigstone
