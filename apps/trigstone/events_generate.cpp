// trigstone events generate: crossings from the collision library.
#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

#include "base/threads.h"
#include "events/generate.h"
#include "events_verb.h"

namespace trigstone {

namespace {

struct GenerateFlags {
  GenerateFlags() { crossing.pileup = 200; }

  CrossingFlags crossing;
  std::vector<std::string> processes = {"minbias"};
  int64_t events = 1000, first_event = 0, resimulate = 1;
  int threads = hardware_threads();
};

int run_generate(const GenerateFlags& flags, bool json) {
  GenerateOptions options;
  options.processes.clear();
  for (const std::string& name : flags.processes) {
    options.processes.push_back(process_from_name(name, "trigstone events generate:--process"));
  }
  options.events = flags.events;
  options.first_event = flags.first_event;
  options.resimulate = flags.resimulate;
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

}  // namespace

void add_events_generate(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "generate",
      "Make crossings from the collision library.\n"
      "Example: trigstone events generate --process ttbar minbias --events 2000 -o events.h5");
  const auto flags = std::make_shared<GenerateFlags>();
  verb->add_option("--process", flags->processes,
                   "minbias, qcd, ttbar, zee, zmumu, hbb, vbf_hgamgam (embedded), toy (needs no "
                   "library), or what lies in --sample; several take turns")
      ->capture_default_str();
  verb->add_option("--events", flags->events, "number of events in all")->capture_default_str();
  verb->add_option("--first-event", flags->first_event,
                   "id of the first event; disjoint ranges give independent files")
      ->capture_default_str();
  verb->add_option("--resimulate", flags->resimulate,
                   "events for each hard collision, with the same hard_id and other pile-up")
      ->capture_default_str();
  verb->add_option("--threads", flags->threads, "threads; the result does not depend on them")
      ->check(CLI::Range(1, 1024));
  add_crossing_flags(*verb, flags->crossing);
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_generate(*flags, command.json); };
  });
}

}  // namespace trigstone
