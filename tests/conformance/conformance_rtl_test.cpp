// The emitted Verilog, run by Verilator and by Icarus, and the emitted VHDL, run by GHDL, against
// the reference interpreter.
#include <gtest/gtest.h>

#include <ostream>

#include "base/process.h"
#include "base/testing.h"
#include "conformance_suite.h"
#include "test_folders.h"

namespace trigstone {
namespace {

struct Simulator {
  const char *name, *program;
  uint64_t seeds;  // as many as CI has time for
  NetlistEngine (*right)(const std::filesystem::path&);
  NetlistEngine (*broken)(const std::filesystem::path&);  // takes what no linter would pass
};

const Simulator kSimulators[] = {
    {"Verilator", "verilator", 60,
     [](const std::filesystem::path& folder) { return verilator_engine(folder); },
     [](const std::filesystem::path& folder) { return verilator_engine(folder, false); }},
    // A second reader of the same Verilog, to whom an output that hangs on power-up is unknown.
    {"Icarus", "iverilog", 120, icarus_engine, icarus_engine},
    {"Ghdl", "ghdl", 100, ghdl_engine, ghdl_engine},
};

void PrintTo(const Simulator& simulator, std::ostream* out) { *out << simulator.name; }

// To find that an output hangs on what a register held at power-up is to notice the fault.
void count_unknown_bits_as_wrong(std::vector<Answer>& answers) {
  for (Answer& answer : answers) {
    if (answer.refusal.ends_with("a promised output bit is unknown")) answer.refusal.clear();
  }
}

// Broken graphs and broken netlists together; found once for all simulators.
struct BrokenQuestions {
  std::vector<BrokenGraph> graphs = broken_graphs(1);
  std::vector<BrokenNetlist> netlists = broken_netlists(1);
  std::vector<NetlistQuestion> questions;
  BrokenQuestions() {
    for (const BrokenGraph& item : graphs) questions.push_back(lower_question(item.question));
    for (const BrokenNetlist& item : netlists) questions.push_back(item.question);
  }
};

class ConformanceRtl : public testing::TestWithParam<Simulator> {
 protected:
  void SetUp() override {
    const char* program = GetParam().program;
    if (is_missing(program)) GTEST_SKIP() << program << " is missing";
  }
  std::filesystem::path folder(const char* name) const {
    return std::filesystem::path(kBuildFolder) / "conformance_rtl" / GetParam().program / name;
  }
};

TEST_P(ConformanceRtl, EqualsTheInterpreter) {
  std::vector<Question> questions = random_questions(0, GetParam().seeds);
  for (Question& question : crasher_questions()) questions.push_back(std::move(question));
  for (Question& question : binary_questions(5)) questions.push_back(std::move(question));
  expect_conformance(compiled(GetParam().right(folder("right"))), questions);
}

TEST_P(ConformanceRtl, NoticesEveryBrokenOperation) {
  static const BrokenQuestions kBroken;
  std::vector<Answer> answers = GetParam().broken(folder("broken")).run(kBroken.questions);
  count_unknown_bits_as_wrong(answers);
  const auto border = answers.begin() + static_cast<ptrdiff_t>(kBroken.graphs.size());
  expect_all_noticed(kBroken.graphs, {answers.begin(), border});
  expect_all_noticed(kBroken.netlists, {border, answers.end()});
}

std::string name_of(const testing::TestParamInfo<Simulator>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Simulators, ConformanceRtl, testing::ValuesIn(kSimulators), name_of);

}  // namespace
}  // namespace trigstone
