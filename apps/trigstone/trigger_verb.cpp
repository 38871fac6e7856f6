// trigstone trigger: a menu on a file of events — decisions, rates, efficiencies.
#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/threads.h"
#include "trigger_results.h"
#include "verbs.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

struct TriggerFlags {
  fs::path menu, events, out;
  std::vector<std::string> heads;
  TriggerOptions options;
};

std::map<std::string, fs::path> head_models(const std::vector<std::string>& flags) {
  std::map<std::string, fs::path> models;
  for (const std::string& flag : flags) {
    const size_t equals = flag.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == flag.size()) {
      throw Error("--head " + flag, "is not NAME=PATH", "for example --head accept=demo/fw");
    }
    models[flag.substr(0, equals)] = flag.substr(equals + 1);
  }
  return models;
}

std::string command_line(const TriggerFlags& flags) {
  std::string text = fmt::format("trigstone trigger {} {} -o {}", flags.menu.string(),
                                 flags.events.string(), flags.out.string());
  for (const std::string& head : flags.heads) text += " --head " + head;
  if (flags.options.equal_rate_khz > 0) {
    text += fmt::format(" --equal-rate-khz {:g}", flags.options.equal_rate_khz);
  }
  return text;
}

int run_verb(const TriggerFlags& flags, bool json) {
  const Menu menu = read_menu(flags.menu, head_models(flags.heads));
  const TriggerResult result = run_trigger(menu, flags.events, flags.options);
  write_trigger_folder(result, flags.out, command_line(flags));
  if (json) {
    fmt::print("{}\n", trigger_json(result).dump());
  } else {
    fmt::print("{}\n{}: see `trigstone report {} -o report.html`\n", trigger_text(result),
               flags.out.string(), flags.out.string());
  }
  return 0;
}

}  // namespace

void add_trigger_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<TriggerFlags>();
  flags->options.threads = hardware_threads();
  CLI::App* verb = app.add_subcommand(
      "trigger", "Level-1 decisions of a menu: rates, overlaps, efficiencies at equal rate");
  verb->add_option("MENU", flags->menu, "menu (TOML), see configs/menu_classical.toml")->required();
  verb->add_option("EVENTS", flags->events,
                   "event file (or a list or folder of them) with minimum bias and signals")
      ->required();
  verb->add_option("-o,--output", flags->out, "folder for results.json and decisions.npz")
      ->required();
  verb->add_option("--head", flags->heads, "NAME=PATH: the model or firmware of one of its heads");
  verb->add_option("--equal-rate-khz", flags->options.equal_rate_khz,
                   "rate at which selections are compared; default 300, or what can be measured")
      ->check(CLI::PositiveNumber);
  verb->add_option("--bootstraps", flags->options.bootstraps, "bootstraps of each rate")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  verb->add_option("--seed", flags->options.seed, "of the bootstraps")->capture_default_str();
  verb->add_option("--threads", flags->options.threads, "threads; results do not depend on them")
      ->check(CLI::Range(1, 1024));
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer(
      "Example: trigstone trigger configs/menu_classical.toml events.h5 -o l1 "
      "--equal-rate-khz 1000");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_verb(*flags, command.json); };
  });
}

}  // namespace trigstone
