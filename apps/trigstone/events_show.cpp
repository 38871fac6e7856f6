// trigstone events show | info: look at an event file.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "events/event_shards.h"
#include "events/show.h"
#include "events/summary.h"
#include "events_verb.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

struct ShowFlags {
  fs::path file;
  int64_t event = 0;
  int tokens = 20;
};

int run_show(const ShowFlags& flags, bool json) {
  const EventShards reader(flags.file);
  if (flags.event < 0 || flags.event >= reader.size()) {
    throw Error(flags.file.string(), fmt::format("has no event {}", flags.event),
                fmt::format("it holds events 0..{}", reader.size() - 1));
  }
  const Event event = reader.read(flags.event, flags.event + 1).front();
  if (json) {
    print_json(event_json(event));
  } else {
    fmt::print("{}", event_text(event, flags.tokens, reader.info().weight_unit));
  }
  return 0;
}

int run_info(const fs::path& file, bool json) {
  const OrderedJson summary = summarise_file(file);
  if (json) {
    print_json(summary);
  } else {
    fmt::print("{}", summary_text(summary));
  }
  return 0;
}

}  // namespace

void add_events_show(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand("show",
                                         "Print one event as a table and an eta-phi map.\n"
                                         "Example: trigstone events show events.h5 --event 7");
  const auto flags = std::make_shared<ShowFlags>();
  verb->add_option("file", flags->file, "event file, or a list or folder of them")->required();
  verb->add_option("--event", flags->event, "row of the event, from 0")->capture_default_str();
  verb->add_option("--tokens", flags->tokens, "tokens in the table")->capture_default_str();
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_show(*flags, command.json); };
  });
}

void add_events_info(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "info",
      "Summarise an event file or a library file: counts, weights, tokens, masses.\n"
      "Example: trigstone events info data/zee.h5");
  const auto file = std::make_shared<fs::path>();
  verb->add_option("file", *file, "event file (or a list or folder of them) or collision library")
      ->required();
  add_json_flag(*verb, command);
  verb->callback([file, &command] {
    command.run = [file, &command] { return run_info(*file, command.json); };
  });
}

}  // namespace trigstone
