// trigstone events generate | convert | show | info: make, import and look at collision events.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "base/threads.h"
#include "events/convert.h"
#include "events/event_file.h"
#include "events/generate.h"
#include "events/show.h"
#include "events/summary.h"
#include "verbs.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// Flags that generate and convert share.
struct CrossingFlags {
  double pileup = 0;
  uint64_t seed = 1;
  fs::path sample = TRIGSTONE_DATA_DIR, detector, output;
  bool timing = false;

  DetectorConfig read_detector() const {
    DetectorConfig config = detector.empty() ? DetectorConfig() : read_detector_config(detector);
    if (timing) config.timing = true;
    return config;
  }
};

struct GenerateFlags {
  GenerateFlags() { crossing.pileup = 200; }

  CrossingFlags crossing;
  std::vector<std::string> processes = {"minbias"};
  int64_t events = 1000, first_event = 0;
  int threads = hardware_threads();
};

struct ConvertFlags {
  CrossingFlags crossing;
  fs::path input;
};

struct ShowFlags {
  fs::path file;
  int64_t event = 0;
  int tokens = 20;
};

void print_json(const OrderedJson& json) { fmt::print("{}\n", json.dump()); }

int run_generate(const GenerateFlags& flags, bool json) {
  GenerateOptions options;
  options.processes.clear();
  for (const std::string& name : flags.processes) {
    options.processes.push_back(process_from_name(name, "trigstone events generate:--process"));
  }
  options.events = flags.events;
  options.first_event = flags.first_event;
  options.crossing = {flags.crossing.pileup, flags.crossing.seed};
  options.detector = flags.crossing.read_detector();
  options.sample = flags.crossing.sample;
  options.threads = flags.threads;
  const GenerateReport report = generate_events(options, flags.crossing.output);
  if (report.hard_reuse > 1) {
    fmt::print(stderr,
               "note: hard collisions were used up to {} times; events that share one differ in "
               "pile-up, angle and response only\n",
               report.hard_reuse);
  }
  if (json) {
    print_json({{"file", flags.crossing.output.string()},
                {"events", report.events},
                {"tokens", report.tokens},
                {"hard_reuse", report.hard_reuse},
                {"bad_particles", report.bad_particles}});
  } else {
    fmt::print("{}: {} events, {} tokens\n", flags.crossing.output.string(), report.events,
               report.tokens);
  }
  return 0;
}

int run_convert(const ConvertFlags& flags, bool json) {
  ConvertOptions options;
  options.crossing = {flags.crossing.pileup, flags.crossing.seed};
  options.detector = flags.crossing.read_detector();
  options.sample = flags.crossing.sample;
  const ConvertReport report = convert_events(flags.input, flags.crossing.output, options);
  if (!report.first_problem.empty())
    fmt::print(stderr, "first problem: {}\n", report.first_problem);
  if (json) {
    print_json({{"file", flags.crossing.output.string()},
                {"format", report.format},
                {"events", report.events},
                {"tokens", report.tokens},
                {"problems", report.problems}});
    return 0;
  }
  fmt::print("{}: {} events from {}, {} tokens\n", flags.crossing.output.string(), report.events,
             report.format, report.tokens);
  for (const auto& [what, count] : report.problems) fmt::print("  {} times: {}\n", count, what);
  return 0;
}

int run_show(const ShowFlags& flags, bool json) {
  const EventReader reader(flags.file);
  if (flags.event < 0 || flags.event >= reader.size()) {
    throw Error(flags.file.string(), fmt::format("has no event {}", flags.event),
                fmt::format("it holds events 0..{}", reader.size() - 1));
  }
  const Event event = reader.read(flags.event, flags.event + 1).front();
  if (json) {
    print_json(event_json(event));
  } else {
    fmt::print("{}", event_text(event, flags.tokens));
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

void add_generate(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "generate",
      "Make crossings from the collision library.\n"
      "Example: trigstone events generate --process ttbar minbias --events 2000 -o events.h5");
  const auto flags = std::make_shared<GenerateFlags>();
  verb->add_option("--process", flags->processes,
                   "minbias, qcd, ttbar, zee, zmumu, hbb, vbf_hgamgam; several take turns")
      ->capture_default_str();
  verb->add_option("--events", flags->events, "number of events in all")->capture_default_str();
  verb->add_option("--first-event", flags->first_event,
                   "id of the first event; disjoint ranges give independent files")
      ->capture_default_str();
  verb->add_option("--threads", flags->threads, "threads; the result does not depend on them")
      ->check(CLI::Range(1, 1024));
  add_crossing_flags(*verb, flags->crossing);
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_generate(*flags, command.json); };
  });
}

void add_convert(CLI::App& events, Command& command) {
  CLI::App* verb =
      events.add_subcommand("convert",
                            "Send HepMC 2 or 3 collisions through the detector.\n"
                            "Example: trigstone events convert run.hepmc -o events.h5");
  const auto flags = std::make_shared<ConvertFlags>();
  verb->add_option("input", flags->input, "HepMC text file")->required();
  add_crossing_flags(*verb, flags->crossing);
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_convert(*flags, command.json); };
  });
}

void add_show(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand("show",
                                         "Print one event as a table and an eta-phi map.\n"
                                         "Example: trigstone events show events.h5 --event 7");
  const auto flags = std::make_shared<ShowFlags>();
  verb->add_option("file", flags->file, "event file")->required();
  verb->add_option("--event", flags->event, "row of the event, from 0")->capture_default_str();
  verb->add_option("--tokens", flags->tokens, "tokens in the table")->capture_default_str();
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_show(*flags, command.json); };
  });
}

void add_info(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "info",
      "Summarise an event file or a library file: counts, weights, tokens, masses.\n"
      "Example: trigstone events info data/zee.h5");
  const auto file = std::make_shared<fs::path>();
  verb->add_option("file", *file, "event file or collision library")->required();
  add_json_flag(*verb, command);
  verb->callback([file, &command] {
    command.run = [file, &command] { return run_info(*file, command.json); };
  });
}

}  // namespace

void add_events_verb(CLI::App& app, Command& command) {
  CLI::App* events =
      app.add_subcommand("events",
                         "Make, import and look at collision events.\n"
                         "Example: trigstone events generate --process ttbar -o events.h5");
  events->require_subcommand(1);
  add_generate(*events, command);
  add_convert(*events, command);
  add_show(*events, command);
  add_info(*events, command);
}

}  // namespace trigstone
