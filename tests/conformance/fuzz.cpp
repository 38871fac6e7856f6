// Asks every engine new random questions, round after round, until time is up or one differs.
//   conformance_fuzz [--first-seed N] [--seconds S]    (default: seeds from 10000, for ever)
//   conformance_fuzz --plant MUTANT                    (asks one engine with a known fault instead)
// What it finds is shrunk and written to BUILD/crashers; mended, it moves to tests/crashers.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/files.h"
#include "base/process.h"
#include "engine/engine.h"
#include "graph/text.h"
#include "test_folders.h"
#include "verify/engine.h"
#include "verify/mutate_netlist.h"
#include "verify/shrink_graph.h"
#ifdef TRIGSTONE_WITH_TORCH
#include "learn/run_torch.h"
#endif

namespace trigstone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kQuestionsPerRound = 20;  // share one Verilator build
constexpr int kEvents = 12;

int64_t first_seed = 10'000;
int64_t limit_seconds = std::numeric_limits<int64_t>::max();
std::string planted;  // name of a netlist mutant, or empty

struct FuzzedEngine {
  Engine engine;
  // What a refusal says that the contract allows; empty: none is.
  std::string allowed_refusal;
  int64_t asked = 0, refused = 0;
};

// The netlist interpreter with one operation broken: shows that fuzzing finds and shrinks.
FuzzedEngine planted_engine() {
  return {compiled({"planted",
                    [](const std::vector<NetlistQuestion>& questions) {
                      std::vector<NetlistQuestion> wrong = questions;
                      for (const NetlistMutant& mutant : netlist_mutants()) {
                        if (mutant.name != planted) continue;
                        for (NetlistQuestion& q : wrong) q.netlist = mutant.apply(q.netlist);
                      }
                      return netlist_interpreter().run(wrong);
                    }}),
          ""};
}

std::vector<FuzzedEngine> engines() {
  if (!planted.empty()) return {planted_engine()};
  const fs::path folder = fs::path(kBuildFolder) / "fuzz";
  std::vector<FuzzedEngine> all = {{compiled(netlist_interpreter()), ""}};
  for (const Isa isa : supported_isas()) {
    const auto run = [isa](const Graph& graph, const std::vector<EventTensors>& events) {
      return run_engine(graph, events, {isa, 1});
    };
    all.push_back({graph_engine(std::string("fast_") + name_of(isa), run), ""});
  }
  all.push_back({cpp_engine(folder / "cpp"), ""});
#ifdef TRIGSTONE_WITH_TORCH
  // A double holds 53 bits; a node with more is refused by name.
  all.push_back({graph_engine("torch", run_torch), "exactly up to 53 bits"});
#endif
  if (program_exists("verilator")) {
    all.push_back({compiled(verilator_engine(folder / "verilator")), ""});
  }
  if (program_exists("iverilog")) all.push_back({compiled(icarus_engine(folder / "icarus")), ""});
  if (program_exists("ghdl")) all.push_back({compiled(ghdl_engine(folder / "ghdl")), ""});
  return all;
}

// Writes what is left of a find after shrinking, and says how to see it again.
void report(const Engine& engine, const Question& question, const std::string& difference) {
  fmt::print("fuzz: {}: {}: {}\nfuzz: shrinking {} nodes\n", engine.name, question.name, difference,
             question.graph.size());
  std::fflush(stdout);
  const Question small = shrink_question(question, wrong_like(engine, question));
  const fs::path file = fs::path(kBuildFolder) / "crashers" /
                        fmt::format("{}_{}.graph.txt", engine.name, question.seed);
  write_file(file, to_text(small.graph));
  const std::string with = engine.name.starts_with("fast") ? "fast" : engine.name;
  ADD_FAILURE() << engine.name << ": " << difference << "\n  found by: " << question.name
                << " --with " << with << "\n  " << small.graph.size()
                << " nodes are left; see it again with: trigstone compile " << file.string()
                << " -o fw && trigstone verify fw --with " << with << "\n"
                << to_text(small.graph);
}

// One find an engine and round is enough: the others are most often the same.
void ask(FuzzedEngine& fuzzed, const std::vector<Question>& questions,
         const std::vector<Answer>& right) {
  const std::vector<Answer> answers = fuzzed.engine.run(questions);
  ASSERT_EQ(answers.size(), questions.size()) << fuzzed.engine.name;
  for (size_t i = 0; i < questions.size(); ++i) {
    ++fuzzed.asked;
    if (!fuzzed.allowed_refusal.empty() &&
        answers[i].refusal.find(fuzzed.allowed_refusal) != std::string::npos) {
      ++fuzzed.refused;
      continue;
    }
    const auto found = difference(right[i], answers[i], output_names(questions[i].graph));
    if (found) return report(fuzzed.engine, questions[i], *found);
  }
}

TEST(Fuzz, EveryEngineEqualsTheInterpreter) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed_s = [&] {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() -
                                                            start)
        .count();
  };
  std::vector<FuzzedEngine> all = engines();
  auto seed = static_cast<uint64_t>(first_seed);
  while (elapsed_s() < limit_seconds && !HasFailure()) {
    std::vector<Question> questions;
    for (uint64_t i = 0; i < kQuestionsPerRound; ++i) {
      questions.push_back(random_question(seed + i, kEvents));
    }
    const std::vector<Answer> right = interpreter_engine().run(questions);
    for (size_t i = 0; i < right.size(); ++i) {
      ASSERT_EQ(right[i].refusal, "") << questions[i].name;
    }
    for (FuzzedEngine& fuzzed : all) ask(fuzzed, questions, right);
    seed += kQuestionsPerRound;
    fmt::print("fuzz: seeds {} to {} in {} s\n", first_seed, seed - 1, elapsed_s());
    std::fflush(stdout);
  }
  for (const FuzzedEngine& fuzzed : all) {
    fmt::print("fuzz: {:<18} {} questions{}\n", fuzzed.engine.name, fuzzed.asked,
               fuzzed.refused > 0 ? fmt::format(", {} refused by contract", fuzzed.refused) : "");
    // Rare enough to be chance among the first few hundred.
    EXPECT_TRUE(fuzzed.asked < 500 || fuzzed.refused * 50 <= fuzzed.asked)
        << fuzzed.engine.name << " refuses too many graphs";
  }
}

// Reads "--name VALUE" at argv[i]; false when the argument is another one.
bool read_option(int argc, char** argv, int i, const char* name, int64_t& value) {
  if (std::strcmp(argv[i], name) != 0 || i + 1 >= argc) return false;
  const std::string_view text = argv[i + 1];
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}

}  // namespace
}  // namespace trigstone

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 < argc && std::strcmp(argv[i], "--plant") == 0) {
      trigstone::planted = argv[i + 1];
    } else if (!trigstone::read_option(argc, argv, i, "--first-seed", trigstone::first_seed) &&
               !trigstone::read_option(argc, argv, i, "--seconds", trigstone::limit_seconds)) {
      fmt::print(stderr,
                 "usage: conformance_fuzz [--first-seed N] [--seconds S] [--plant MUTANT]\n");
      return 1;
    }
  }
  return RUN_ALL_TESTS();
}
