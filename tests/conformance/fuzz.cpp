// Asks every engine new random questions, round after round, until time is up or one differs.
//   conformance_fuzz [--first-seed N] [--seconds S]    (default: seeds from 10000, for ever)
// What it finds is written to BUILD/crashers; shrunk and mended, it moves to tests/crashers.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/process.h"
#include "conformance_suite.h"
#include "engine/engine.h"
#ifdef TRIGSTONE_WITH_TORCH
#include "learn/run_torch.h"
#include "test_folders.h"
#endif

namespace trigstone {
namespace {

constexpr uint64_t kQuestionsPerRound = 60;  // share one Verilator build

int64_t first_seed = 10'000;
int64_t limit_seconds = std::numeric_limits<int64_t>::max();

std::vector<Engine> engines() {
  std::vector<Engine> all = {compiled(netlist_interpreter())};
  for (const Isa isa : supported_isas()) {
    all.push_back(graph_engine(std::string("fast_") + name_of(isa),
                               [isa](const Graph& graph, const std::vector<EventTensors>& events) {
                                 return run_engine(graph, events, {isa, 1});
                               }));
  }
#ifdef TRIGSTONE_WITH_TORCH
  all.push_back(graph_engine("torch", run_torch));
#endif
  if (program_exists("verilator")) {
    const auto folder = std::filesystem::path(kBuildFolder) / "fuzz_rtl";
    all.push_back(compiled(verilator_engine(folder)));
  }
  return all;
}

TEST(Fuzz, EveryEngineEqualsTheInterpreter) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed_s = [&] {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() -
                                                            start)
        .count();
  };
  auto seed = static_cast<uint64_t>(first_seed);
  while (elapsed_s() < limit_seconds && !HasFailure()) {
    const std::vector<Question> questions = random_questions(seed, kQuestionsPerRound);
    for (const Engine& engine : engines()) expect_conformance(engine, questions);
    seed += kQuestionsPerRound;
    fmt::print("fuzz: seeds {} to {} in {} s\n", first_seed, seed - 1, elapsed_s());
    std::fflush(stdout);
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
    if (!trigstone::read_option(argc, argv, i, "--first-seed", trigstone::first_seed) &&
        !trigstone::read_option(argc, argv, i, "--seconds", trigstone::limit_seconds)) {
      fmt::print(stderr, "usage: conformance_fuzz [--first-seed N] [--seconds S]\n");
      return 1;
    }
  }
  return RUN_ALL_TESTS();
}
