#include "verify/verify_firmware.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/threads.h"
#include "emit/ghdl_cosim.h"
#include "emit/icarus_cosim.h"
#include "emit/verilator_cosim.h"
#include "emit/verilog.h"
#include "graph/text.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "lower/load_words.h"
#include "verify/random_graph.h"
#include "verify/reload.h"
#include "verify/run_model.h"
#include "verify/temporary_folder.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

struct VectorSet {
  std::string name;
  std::vector<EventTensors> events;
  std::vector<int> gaps;
  Answer right;
};

// What is verified: a folder's content, or a compiled random graph.
struct Subject {
  Graph graph;
  Netlist netlist;
  Firmware firmware;
  std::map<std::string, std::string> verilog;
  std::vector<LoadWord> loads = {};  // written before the first event
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Answer interpret_events(const Graph& graph, const std::vector<EventTensors>& events) {
  Answer answer;
  answer.outputs.resize(events.size());
  parallel_blocks(
      static_cast<int64_t>(events.size()), 16, hardware_threads(), [&](int64_t begin, int64_t end) {
        for (int64_t e = begin; e < end; ++e) {
          check_interrupt();
          answer.outputs[static_cast<size_t>(e)] = interpret(graph, events[static_cast<size_t>(e)]);
        }
      });
  return answer;
}

// The first half at full rate, the rest with random gaps.
std::vector<int> gaps_for(int ii, size_t events, uint64_t seed) {
  Random random(seed, 0x67617073);
  std::vector<int> gaps(events, ii);
  for (size_t e = events / 2; e < events; ++e) {
    gaps[e] += static_cast<int>(random.integer(0, 2 * static_cast<int64_t>(ii) + 3));
  }
  return gaps;
}

class Verification {
 public:
  Verification(Subject subject, const std::vector<std::string>& engines,
               const std::vector<Engine>& more)
      : subject_(std::move(subject)), engines_(engines), more_(more) {
    for (const std::string& name : engines_) check_name(name);
    result_.top = subject_.firmware.top;
    result_.latency_cycles = subject_.firmware.latency_cycles;
    result_.latency_ns = subject_.firmware.latency_ns();
    result_.ii = subject_.firmware.ii;
  }

  void add_vectors(std::string name, std::vector<EventTensors> events, uint64_t seed) {
    VectorSet set{std::move(name), std::move(events), {}, {}};
    set.gaps = gaps_for(subject_.firmware.ii, set.events.size(), seed);
    set.right = interpret_events(subject_.graph, set.events);
    sets_.push_back(std::move(set));
  }

  void compare_text(const Graph& text) {
    run_each("graph.txt", [&](const VectorSet& set) { return interpret_events(text, set.events); });
  }

  VerifyResult run() {
    for (const std::string& name : engines_) {
      if (name == "netlist") run_netlist_interpreter();
      if (name == "verilator") run_verilator();
      if (name == "icarus") run_icarus_simulation();
      if (name == "ghdl") run_ghdl_simulation();
      for (const Engine& engine : more_) {
        if (engine.name == name) run_engine(engine);
      }
    }
    return std::move(result_);
  }

 private:
  void check_name(const std::string& name) const {
    std::vector<std::string> known = {"netlist", "verilator", "icarus", "ghdl"};
    for (const Engine& engine : more_) known.push_back(engine.name);
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    throw Error("--with " + name, "there is no such engine here",
                fmt::format("this program has {}", fmt::join(known, ", ")));
  }

  // One row a vector set; what the engine throws as a bug of ours is a difference too.
  template <class Run>
  void run_each(const std::string& engine, const Run& run, double seconds_before = 0) {
    for (const VectorSet& set : sets_) {
      fmt::print(stderr, "{}: {} {} events\n", engine, set.events.size(), set.name);
      const auto start = std::chrono::steady_clock::now();
      Answer answer;
      try {
        answer = run(set);
      } catch (const InternalError& error) {
        answer.refusal = error.what();
      }
      VerifyRow row{engine,
                    set.name,
                    static_cast<int64_t>(set.events.size()),
                    differing_events(set.right, answer),
                    0,
                    ""};
      row.detail = difference(set.right, answer, output_names(subject_.graph)).value_or("");
      row.seconds = seconds_since(start) + seconds_before;
      seconds_before = 0;
      result_.rows.push_back(std::move(row));
    }
  }

  void run_netlist_interpreter() {
    run_each("netlist", [&](const VectorSet& set) {
      return Answer{
          run_netlist(subject_.netlist, subject_.firmware, set.events, set.gaps, 1, subject_.loads),
          ""};
    });
  }

  void run_verilator() {
    fmt::print(stderr, "verilator: building {}\n", subject_.firmware.top);
    const auto start = std::chrono::steady_clock::now();
    const TemporaryFolder folder("trigstone_verify");
    Cosim::Config config;
    config.jobs = hardware_threads();
    config.lint = false;  // a newer Verilator may know new warnings; they are no difference
    const Cosim cosim({{subject_.firmware, subject_.verilog}}, folder.path(), config);
    run_each(
        "verilator",
        [&](const VectorSet& set) {
          const CosimRun run = cosim.run(0, set.events, set.gaps, 1, subject_.loads);
          return clocked_answer(run.outputs, run.wrong_done_clocks);
        },
        seconds_since(start));
  }

  void run_icarus_simulation() {
    const TemporaryFolder folder("trigstone_verify");
    const CosimDesign design{subject_.firmware, subject_.verilog};
    run_each("icarus", [&](const VectorSet& set) {
      const CosimRun run =
          run_icarus(design, folder.path(), set.events, set.gaps, 1, subject_.loads);
      return clocked_answer(run.outputs, run.wrong_done_clocks);
    });
  }

  void run_ghdl_simulation() {
    const TemporaryFolder folder("trigstone_verify");
    const VhdlDesign design = vhdl_design(subject_.netlist, subject_.firmware);
    run_each("ghdl", [&](const VectorSet& set) {
      const CosimRun run = run_ghdl(design, folder.path(), set.events, set.gaps, 1, subject_.loads);
      return clocked_answer(run.outputs, run.wrong_done_clocks);
    });
  }

  Answer clocked_answer(std::vector<EventTensors> outputs, int64_t wrong_done) {
    Answer answer{std::move(outputs), ""};
    if (wrong_done > 0) {
      answer.refusal =
          fmt::format("done is not start delayed by {} clocks", subject_.firmware.latency_cycles);
    }
    result_.timing_confirmed = true;  // unless a row differs: see equal()
    return answer;
  }

  void run_engine(const Engine& engine) {
    run_each(engine.name, [&](const VectorSet& set) {
      return engine.run({{set.name, subject_.graph, set.events, 0}})[0];
    });
  }

  Subject subject_;
  const std::vector<std::string>& engines_;
  const std::vector<Engine>& more_;
  std::vector<VectorSet> sets_;
  VerifyResult result_;
};

std::map<std::string, std::string> read_verilog(const LoadedModel& model) {
  std::map<std::string, std::string> files;
  for (const auto& [path, hash] : model.firmware->files) {
    if (!path.ends_with(".v")) continue;
    if (path.starts_with("rtl/") || path.starts_with("sim/")) {
      files[path] = read_file(model.folder / path);
    }
  }
  return files;
}

std::vector<EventTensors> dirty_events(const Graph& graph, uint64_t seed, int64_t count) {
  std::vector<EventTensors> events;
  for (const EventTensors& event : random_events(graph, seed, static_cast<int>(count))) {
    events.push_back(with_garbage(graph, event, seed));
  }
  return events;
}

}  // namespace

bool VerifyResult::equal() const {
  return std::all_of(rows.begin(), rows.end(),
                     [](const VerifyRow& row) { return row.detail.empty(); });
}

OrderedJson to_json(const VerifyResult& result) {
  OrderedJson rows = OrderedJson::array();
  for (const VerifyRow& row : result.rows) {
    OrderedJson item{{"engine", row.engine},        {"vectors", row.vectors},
                     {"events", row.events},        {"differences", row.differences},
                     {"equal", row.detail.empty()}, {"seconds", row.seconds}};
    if (!row.detail.empty()) item["first_difference"] = row.detail;
    rows.push_back(std::move(item));
  }
  return {{"top", result.top},
          {"equal", result.equal()},
          {"latency_cycles", result.latency_cycles},
          {"latency_ns", result.latency_ns},
          {"ii", result.ii},
          {"timing_confirmed", result.timing_confirmed && result.equal()},
          {"rows", std::move(rows)}};
}

VerifyResult verify_firmware(const fs::path& folder, const VerifyOptions& options,
                             const std::vector<Engine>& more) {
  const LoadedModel model = load_model(folder);
  if (!model.firmware) {
    throw Error(folder.string(), "is a model file, not a firmware folder",
                "make one with `trigstone compile`");
  }
  if (options.random_events < 0 || options.random_events > 100'000'000) {
    throw Error("--events", "must be between 0 and 100 million", "give --events N in this range");
  }
  Subject subject{model.graph, load_netlist(model), *model.firmware, read_verilog(model)};
  if (!options.weights.empty()) {
    Reload reloaded = reload(model, options.weights);
    subject.graph = std::move(reloaded.graph);
    // Through the text, as a user's test bench gets them.
    subject.loads = parse_load_text(load_text(*model.firmware, reloaded.words), *model.firmware,
                                    options.weights.string());
  }
  const Graph reference = subject.graph;
  Verification verification(std::move(subject), options.engines, more);
  if (options.random_events > 0) {
    verification.add_vectors("random", dirty_events(reference, options.seed, options.random_events),
                             options.seed);
  }
  if (!options.recorded.empty()) {
    ArrayEvents recorded = events_from_arrays(reference, read_arrays(options.recorded),
                                              options.recorded_raw, options.recorded.string());
    verification.add_vectors(options.recorded.filename().string(), std::move(recorded.events),
                             options.seed + 1);
  }
  if (options.weights.empty()) {
    const fs::path text = folder / "graph.txt";
    verification.compare_text(parse_graph(read_file(text), text.string()));
  }
  return verification.run();
}

VerifyResult verify_seed(uint64_t seed, int events, const std::vector<std::string>& engines,
                         const std::vector<Engine>& more) {
  const Question question = random_question(seed, events);
  NetlistQuestion lowered = lower_question(question);
  std::map<std::string, std::string> verilog = emit_verilog(lowered.netlist, lowered.firmware);
  Verification verification(
      {question.graph, std::move(lowered.netlist), std::move(lowered.firmware), std::move(verilog),
       std::move(lowered.loads)},
      engines, more);
  verification.add_vectors(question.name, question.events, seed);
  return verification.run();
}

}  // namespace trigstone
