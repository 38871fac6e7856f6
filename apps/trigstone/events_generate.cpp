// trigstone events generate: crossings from the collision library.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/threads.h"
#include "events/event_shards.h"
#include "events/generate.h"
#include "events_verb.h"
#include "shard_flag.h"

namespace trigstone {

namespace {

struct GenerateFlags {
  GenerateFlags() { crossing.pileup = 200; }

  CrossingFlags crossing;
  std::vector<std::string> processes = {"minbias"};
  int64_t events = 1000, first_event = 0, resimulate = 1;
  int threads = 0;  // 0: all cores
  std::string shard;
};

std::optional<Shard> shard_of(const GenerateFlags& flags) {
  return flags.shard.empty() ? launched_shard() : parse_shard(flags.shard);
}

// Every shard writes the list of all: each may be the last to end.
void write_list(const std::filesystem::path& output, int64_t shards) {
  std::vector<std::filesystem::path> paths;
  for (int64_t shard = 0; shard < shards; ++shard) {
    paths.push_back(shard_path(output, shard, shards));
  }
  write_shard_list(shard_list_path(output), paths);
}

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
  std::filesystem::path output = flags.crossing.output;
  const std::optional<Shard> shard = shard_of(flags);
  if (shard) {
    options.shard = shard->number;
    options.shards = shard->count;
    output = shard_path(output, shard->number, shard->count);
  }
  const auto sharing = static_cast<int>(shard ? shard->on_this_machine : 1);
  options.threads = flags.threads > 0 ? flags.threads : std::max(1, hardware_threads() / sharing);
  const GenerateReport report = generate_events(options, output);
  if (shard) write_list(flags.crossing.output, shard->count);
  if (report.hard_reuse > 1) {
    fmt::print(stderr,
               "note: hard collisions were used up to {} times; events that share one differ in "
               "pile-up, angle and response only\n",
               report.hard_reuse);
  }
  if (json) {
    OrderedJson json_report = {{"file", output.string()},
                               {"events", report.events},
                               {"tokens", report.tokens},
                               {"hard_reuse", report.hard_reuse},
                               {"bad_particles", report.bad_particles}};
    if (shard) json_report["list"] = shard_list_path(flags.crossing.output).string();
    print_json(json_report);
  } else {
    fmt::print("{}: {} events, {} tokens\n", output.string(), report.events, report.tokens);
  }
  return 0;
}

}  // namespace

void add_events_generate(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "generate",
      "Make crossings from the collision library.\n"
      "Example: trigstone events generate --process ttbar minbias --events 2000 -o events.h5\n"
      "Many machines: mpirun -n 8 trigstone events generate --process ttbar -o tt.h5, then use "
      "tt.list as an event file");
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
  verb->add_option("--threads", flags->threads,
                   "threads, by default one a core; the result does not depend on them")
      ->check(CLI::Range(1, 1024));
  verb->add_option(
      "--shard", flags->shard,
      "K/N: only part K (from 0) of N, into OUT.K-of-N.h5, and the list OUT.list of all "
      "parts; mpirun fills it in");
  add_crossing_flags(*verb, flags->crossing);
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_generate(*flags, command.json); };
  });
}

}  // namespace trigstone
