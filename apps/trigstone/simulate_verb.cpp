// trigstone simulate: a plan's boards and links, clock by clock, against the model.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "fabric/simulate.h"
#include "verbs.h"
#include "verify/random_graph.h"
#include "verify/run_model.h"

namespace trigstone {

namespace {

constexpr int kDifference = 2;

struct SimulateFlags {
  std::string plan, recorded;
  int events = 100;
  uint64_t seed = 1;
  bool raw = false;
};

void print_row(const SimulationRow& row, const FabricPlan& plan) {
  fmt::print("{:<12}{:>7} events  {} of {} and {}", row.vectors, row.events,
             row.equal() ? "equal on a chain" : "DIFFERENT on a chain",
             counted(plan.boards.size(), "board"), counted(plan.hops.size(), "hop"));
  if (row.equal()) {
    fmt::print(", each decided after {} clocks ({:.1f} ns) as planned  {:.1f} s\n",
               plan.latency_clocks, plan.latency_clocks * plan.fabric.clock_ns(), row.seconds);
  } else {
    fmt::print(
        ": {} differ from the model, {} from the uncut netlist, {} at another clock, {} stray "
        "words; {}\n",
        row.differences, row.single_board, row.wrong_clocks, row.late_words, row.detail);
  }
}

int run_simulate(const SimulateFlags& flags, bool json) {
  const LoadedPlan loaded = load_plan(flags.plan);
  std::vector<SimulationRow> rows;
  if (flags.events > 0) {
    rows.push_back(simulate(loaded, "random", random_events(loaded.graph, flags.seed, flags.events),
                            flags.seed));
  }
  if (!flags.recorded.empty()) {
    const ArrayEvents in =
        events_from_arrays(loaded.graph, read_arrays(flags.recorded), flags.raw, flags.recorded);
    rows.push_back(simulate(loaded, std::filesystem::path(flags.recorded).filename().string(),
                            in.events, flags.seed));
  }
  if (rows.empty()) throw Error("--events 0", "leaves nothing to simulate", "give --input too");
  bool equal = true;
  OrderedJson out = {{"model", loaded.plan.model},
                     {"boards_per_slice", loaded.plan.boards.size()},
                     {"time_slices", loaded.plan.fabric.period_bx},
                     {"latency_clocks", loaded.plan.latency_clocks},
                     {"rows", OrderedJson::array()}};
  for (const SimulationRow& row : rows) {
    equal = equal && row.equal();
    out["rows"].push_back(to_json(row));
    if (!json) print_row(row, loaded.plan);
  }
  if (json) fmt::print("{}\n", out.dump());
  return equal ? 0 : kDifference;
}

}  // namespace

void add_simulate_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<SimulateFlags>();
  CLI::App* verb = app.add_subcommand("simulate", "run a plan's boards and links clock by clock");
  verb->add_option("PLAN", flags->plan, "folder made by `trigstone map`")->required();
  verb->add_option("--events", flags->events, "random events, corners first")
      ->check(CLI::Range(0, 10000000))
      ->capture_default_str();
  verb->add_option("--seed", flags->seed, "of the random events")->capture_default_str();
  verb->add_option("--input", flags->recorded, ".npy or .npz of recorded events as well");
  verb->add_flag("--raw", flags->raw, "--input holds int64 mantissas");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer(
      "Exit status 2: outputs differ from the model or the uncut netlist, or an event is decided "
      "at "
      "another clock than planned.\n"
      "Example: trigstone simulate plan --events 100");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_simulate(*flags, command.json); };
  });
}

}  // namespace trigstone
