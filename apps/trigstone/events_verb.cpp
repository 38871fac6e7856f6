// trigstone events generate | convert | show | info | words | validate: make, import and look at
// collision events.
#include "events_verb.h"

#include <fmt/core.h>

#include "verbs.h"

namespace trigstone {

void print_json(const OrderedJson& json) { fmt::print("{}\n", json.dump()); }

void add_crossing_flags(CLI::App& verb, CrossingFlags& flags) {
  verb.add_option("-o,--output", flags.output, "event file to write (HDF5)")->required();
  verb.add_option("--pileup", flags.pileup, "mean number of pile-up collisions")
      ->capture_default_str();
  verb.add_option("--seed", flags.seed, "seed of all random numbers")->capture_default_str();
  verb.add_option("--sample", flags.sample, "folder of the collision library")
      ->capture_default_str();
  verb.add_option("--detector", flags.detector, "detector response (TOML); default: CMS Phase 2");
  verb.add_flag("--timing", flags.timing, "give tracks a time (today's Level-1 has none)");
}

void add_json_flag(CLI::App& verb, Command& command) {
  verb.add_flag("--json", command.json, "one JSON object on stdout");
}

void add_events_verb(CLI::App& app, Command& command) {
  CLI::App* events =
      app.add_subcommand("events",
                         "Make, import and look at collision events.\n"
                         "Example: trigstone events generate --process ttbar -o events.h5");
  events->require_subcommand(1);
  add_events_generate(*events, command);
  add_events_convert(*events, command);
  add_events_show(*events, command);
  add_events_info(*events, command);
  add_events_words(*events, command);
  add_events_validate(*events, command);
}

}  // namespace trigstone
