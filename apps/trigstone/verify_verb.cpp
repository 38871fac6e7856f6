// trigstone verify: does the firmware compute what the model says, bit for bit and clock for clock?
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "engine/engine.h"
#include "verbs.h"
#include "verify/temporary_folder.h"
#include "verify/verify_firmware.h"
#ifdef TRIGSTONE_WITH_TORCH
#include "learn/run_torch.h"
#endif

namespace trigstone {

namespace {

constexpr int kDifference = 2;

struct VerifyFlags {
  std::string firmware;
  VerifyOptions options;
  CLI::Option* seed = nullptr;
};

// Engines of graphs: the fast one, the generated C++, and torch where this program has it.
std::vector<Engine> graph_engines() {
  const auto run_fast = [](const Graph& graph, const std::vector<EventTensors>& events) {
    return run_engine(graph, events);
  };
  const auto run_cpp = [](const std::vector<Question>& questions) {
    const TemporaryFolder folder("trigstone_cpp");
    return cpp_engine(folder.path()).run(questions);
  };
  std::vector<Engine> engines = {graph_engine("fast", run_fast), {"cpp", run_cpp}};
#ifdef TRIGSTONE_WITH_TORCH
  engines.push_back(graph_engine("torch", run_torch));
#endif
  return engines;
}

void print_result(const VerifyResult& result) {
  fmt::print("{:<12}{:<28}{:>8}  {:<12}{:>9}\n", "engine", "vectors", "events", "result",
             "seconds");
  for (const VerifyRow& row : result.rows) {
    const bool equal = row.detail.empty();
    fmt::print("{:<12}{:<28}{:>8}  {:<12}{:>9.1f}\n", row.engine, row.vectors, row.events,
               equal ? "equal" : fmt::format("{} differ", row.differences), row.seconds);
    if (!equal) fmt::print("  {}\n", row.detail);
  }
  fmt::print("{}: latency {} clocks = {:.1f} ns, II {} clocks{}\n", result.top,
             result.latency_cycles, result.latency_ns, result.ii,
             result.timing_confirmed && result.equal() ? ", confirmed by simulation" : "");
}

int run_verify(const VerifyFlags& flags, bool json) {
  if (flags.firmware.empty() && flags.seed->count() == 0) {
    throw Error("trigstone verify", "no firmware folder is given",
                "name one, or give --seed N for a random graph");
  }
  constexpr int kEventsOfSeed = 12;  // as in the conformance suite
  const VerifyResult result =
      flags.firmware.empty()
          ? verify_seed(flags.options.seed, kEventsOfSeed, flags.options.engines, graph_engines())
          : verify_firmware(flags.firmware, flags.options, graph_engines());
  if (json) {
    fmt::print("{}\n", to_json(result).dump());
  } else {
    print_result(result);
  }
  return result.equal() ? 0 : kDifference;
}

}  // namespace

void add_verify_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* verb = app.add_subcommand("verify", "hold every engine to the reference interpreter");
  verb->add_option("FW", flags->firmware,
                   "firmware folder; without one, the random graph of --seed");
  verb->add_option("--events", flags->options.random_events, "random events, corners first")
      ->capture_default_str();
  verb->add_option("--with", flags->options.engines,
                   "engines: netlist, verilator, icarus, ghdl, fast, cpp"
#ifdef TRIGSTONE_WITH_TORCH
                   ", torch"
#endif
                   )
      ->delimiter(',')
      ->capture_default_str();
  flags->seed = verb->add_option("--seed", flags->options.seed, "of the random events (or graph)")
                    ->capture_default_str();
  verb->add_option("--input", flags->options.recorded, ".npy or .npz of recorded events as well");
  verb->add_option("--weights", flags->options.weights,
                   "a model whose weights are loaded into the firmware's memories first, and that "
                   "it must equal then");
  verb->add_flag("--raw", flags->options.recorded_raw, "--input holds int64 mantissas");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer(
      "Exit status 2: an engine differs; its first difference is printed.\n"
      "Example: trigstone verify fw --events 1000 --with verilator,torch\n"
      "Example: trigstone verify fws --weights retrained.onnx --with verilator,icarus");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_verify(*flags, command.json); };
  });
}

}  // namespace trigstone
