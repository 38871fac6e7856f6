// trigstone bench: how fast things are, each checked before it is timed.
#include <fmt/core.h>

#include <memory>
#include <optional>

#include "base/error.h"
#include "bench/bench_adder_graph.h"
#include "bench/bench_compile.h"
#include "bench/bench_cosim.h"
#include "bench/bench_cost.h"
#include "bench/bench_engine.h"
#include "bench/bench_events.h"
#include "bench/cost_draws.h"
#include "bench/onnxruntime_engine.h"
#include "command.h"
#include "verbs.h"
#ifdef TRIGSTONE_WITH_TORCH
#include "learn/run_torch.h"
#endif

namespace trigstone {

namespace {

struct BenchFlags {
  std::string name = "engine", matrices, save, effort;
  std::vector<std::string> isas;
  std::optional<uint64_t> seed;
  bench::EngineBenchOptions engine;
  bench::CosimBenchOptions cosim;
  bench::EventsBenchOptions events;
};

void print_row(const OrderedJson& row, bool json) {
  if (json) {
    fmt::print("{}\n", row.dump());
  } else if (row.contains("differs")) {
    fmt::print("{:<20} {:<16} differs from the interpreter\n", row["name"].get<std::string>(),
               row["isa"].get<std::string>());
  } else {
    fmt::print("{:<20} {:<16} {:>2} threads {:>14.0f} events/s {:>6.1f} % of the int8 peak\n",
               row["name"].get<std::string>(), row["isa"].get<std::string>(),
               row["threads"].get<int>(), row["events_per_second"].get<double>(),
               100 * row["int8_peak_fraction"].get<double>());
  }
  std::fflush(stdout);
}

void print_adder_graph(const OrderedJson& row, bool json) {
  if (json) {
    fmt::print("{}\n", row.dump());
  } else if (row.contains("differs")) {
    fmt::print("{:<24} differs from the matrix\n", row["name"].get<std::string>());
  } else {
    const auto count = [&](const char* key) { return row[key].get<int64_t>(); };
    fmt::print("{:<24} {:>6} adders {:>7} LUTs depth {:>2}; ternary {:>6} {:>7} {:>2}; {:.3f} s\n",
               row["name"].get<std::string>(), count("adders"), count("lut_cost"), count("depth"),
               count("adders_ternary"), count("lut_cost_ternary"), count("depth_ternary"),
               row["seconds"].get<double>());
  }
  std::fflush(stdout);
}

int run_adder_graph(const BenchFlags& flags, bool json) {
  bench::AdderGraphBenchOptions options;
  if (!flags.effort.empty()) options.efforts = {effort_named(flags.effort)};
  if (!flags.matrices.empty()) options.matrices = flags.matrices;
  const bool equal = bench::bench_adder_graph(
      options, [&](const OrderedJson& row) { print_adder_graph(row, json); });
  return equal ? 0 : 2;
}

void print_cosim(const OrderedJson& row, bool json) {
  const auto text = [&](const char* key) { return row[key].get<std::string>(); };
  if (json) {
    fmt::print("{}\n", row.dump());
  } else if (row.contains("differs")) {
    fmt::print("{:<20} {:<12} differs from the interpreter\n", text("name"), text("simulator"));
  } else {
    fmt::print("{:<20} {:<12} built in {:>6.2f} s, {:>10.0f} events/s\n", text("name"),
               text("simulator"), row["build_seconds"].get<double>(),
               row["events_per_second"].get<double>());
  }
  std::fflush(stdout);
}

void print_events(const OrderedJson& row, bool json) {
  if (json) {
    fmt::print("{}\n", row.dump());
  } else if (row.contains("differs")) {
    fmt::print("{:<16} pile-up {:>3.0f}: threads change the events\n",
               row["name"].get<std::string>(), row["pileup"].get<double>());
  } else {
    fmt::print(
        "{:<16} pile-up {:>3.0f} {:>2} threads {:>9.0f} events/s {:>8.3f} ms each {:>6.0f} MB\n",
        row["name"].get<std::string>(), row["pileup"].get<double>(), row["threads"].get<int>(),
        row["events_per_second"].get<double>(), row["cpu_ms_per_event"].get<double>(),
        row["memory_mb"].get<double>());
  }
  std::fflush(stdout);
}

int run_events(BenchFlags flags, bool json) {
  flags.events.threads = flags.engine.threads;
  flags.events.seconds = flags.engine.seconds;
  flags.events.sample = TRIGSTONE_DATA_DIR;
  const bool equal =
      bench::bench_events(flags.events, [&](const OrderedJson& row) { print_events(row, json); });
  return equal ? 0 : 2;
}

// Of the models of the engine's benchmark, the usual ones unless others are asked for.
std::vector<bench::BenchModel> models_asked(const BenchFlags& flags,
                                            const std::vector<std::string>& usual) {
  std::vector<std::string> names = flags.engine.models;
  if (names.empty()) names = usual;
  std::vector<bench::BenchModel> models;
  for (const std::string& name : names) {
    models.push_back(bench::engine_model(name, flags.engine.matrices));
  }
  return models;
}

void print_compile(const OrderedJson& row, bool json) {
  if (json) {
    fmt::print("{}\n", row.dump());
  } else if (row.contains("differs")) {
    fmt::print("{:<20} differs from the interpreter\n", row["name"].get<std::string>());
  } else {
    fmt::print("{:<20} {:.3f} s, {:>8.0f} LUTs modelled, latency {} clocks\n",
               row["name"].get<std::string>(), row["seconds"].get<double>(),
               row["luts"].get<double>(), row["latency_cycles"].get<int>());
  }
  std::fflush(stdout);
}

int run_compile(const BenchFlags& flags, bool json) {
  bench::CompileBenchOptions options;
  if (!flags.effort.empty()) options.lower.effort = effort_named(flags.effort);
  const bool equal =
      bench::bench_compile(models_asked(flags, {"dense", "sp70"}), options,
                           [&](const OrderedJson& row) { print_compile(row, json); });
  return equal ? 0 : 2;
}

int run_cosim(const BenchFlags& flags, bool json) {
  const bool equal = bench::bench_cosim(models_asked(flags, {"dense"}), flags.cosim,
                                        [&](const OrderedJson& row) { print_cosim(row, json); });
  return equal ? 0 : 2;
}

void print_cost(const OrderedJson& row, bool json) {
  if (json) {
    fmt::print("{}\n", row.dump());
  } else if (row.contains("cases")) {
    fmt::print("{:<32} {} modules: median error {:.1f} %, worst {:.1f} % ({})\n",
               row["name"].get<std::string>(), row["cases"].get<int>(),
               100 * row["median_error"].get<double>(), 100 * row["worst_error"].get<double>(),
               row["worst"].get<std::string>());
  } else {
    fmt::print("{:<32} {:>6.0f} LUTs, Yosys {:>6.0f}; {:>5.0f} registers, {:>5.0f}; {:>5.1f} %{}\n",
               row["name"].get<std::string>(), row["lut"].get<double>(),
               row["lut_yosys"].get<double>(), row["ff"].get<double>(),
               row["ff_yosys"].get<double>(), 100 * row["error"].get<double>(),
               " " + row["set"].get<std::string>());
  }
}

int run_cost(const BenchFlags& flags, bool json) {
  std::vector<bench::CostCase> cases =
      flags.seed ? bench::drawn_cost_cases(*flags.seed) : bench::cost_cases();
  bench::bench_cost(cases, [&](const OrderedJson& row) { print_cost(row, json); });
  return 0;
}

int run_bench(BenchFlags flags, bool json) {
  if (flags.name == "events") return run_events(flags, json);
  if (flags.name == "cost") return run_cost(flags, json);
  if (flags.name == "adder_graph") return run_adder_graph(flags, json);
  for (const std::string& name : flags.isas) {
    const std::optional<Isa> isa = isa_named(name);
    if (!isa) {
      throw Error("--isa", fmt::format("'{}' is no instruction set", name),
                  "portable, avx2, avx512 or avx512_vnni");
    }
    flags.engine.isas.push_back(*isa);
  }
  if (!flags.matrices.empty()) flags.engine.matrices = flags.matrices;
  if (flags.name == "compile") return run_compile(flags, json);
  if (flags.name == "cosim") return run_cosim(flags, json);
  if (!flags.save.empty()) flags.engine.save = flags.save;
#ifdef TRIGSTONE_WITH_TORCH
  flags.engine.others.push_back({"libtorch_float32", run_torch, time_torch});
#endif
  if (flags.isas.empty()) {
    if (auto onnxruntime = bench::onnxruntime_engine()) {
      flags.engine.others.push_back(*onnxruntime);
    } else {
      fmt::print(stderr,
                 "bench: no ONNX Runtime beside the engine: python3 has no onnxruntime and "
                 "numpy (pip install -r python/requirements.txt)\n");
    }
  }
  const bool equal =
      bench::bench_engine(flags.engine, [&](const OrderedJson& row) { print_row(row, json); });
  return equal ? 0 : 2;
}

}  // namespace

void add_bench_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<BenchFlags>();
  CLI::App* verb = app.add_subcommand("bench", "time what is first checked to be right");
  verb->add_option("NAME", flags->name,
                   "engine: models a second; adder_graph: cost of products; compile: time to "
                   "Verilog; cosim: simulators; cost: the model beside Yosys; events: crossings a "
                   "second")
      ->check(CLI::IsMember({"engine", "adder_graph", "compile", "cosim", "cost", "events"}))
      ->capture_default_str();
  verb->add_option("--model", flags->engine.models,
                   "dense, sp70, deepsets, transformer (all; cosim: dense; compile: dense, sp70)");
  verb->add_option("--isa", flags->isas, "portable, avx2, avx512, avx512_vnni (all there are)");
  verb->add_option("--threads", flags->engine.threads, "numbers of threads (1 and all)")
      ->check(CLI::PositiveNumber);
  verb->add_option("--seconds", flags->engine.seconds, "of each measurement")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--matrices", flags->matrices,
                   "folder with dense_w0.txt …, instead of drawn weights");
  verb->add_option("--pileup", flags->events.pileup, "of events: mean numbers of collisions")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  verb->add_option("--save", flags->save, "folder that gets the engine's models, to run and emit");
  verb->add_option("--effort", flags->effort,
                   "of adder graphs: fast, default or best (adder_graph: best; compile: default)");
  verb->add_option("--simulator", flags->cosim.simulators, "of cosim: verilator, icarus, ghdl")
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--seed", flags->seed,
                   "of cost: modules and networks drawn by it instead of the fixed ones");
  verb->add_flag("--json", command.json, "one JSON object a row");
  verb->footer("Example: trigstone bench engine --model dense --json");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_bench(*flags, command.json); };
  });
}

}  // namespace trigstone
