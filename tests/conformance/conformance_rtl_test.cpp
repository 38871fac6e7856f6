// The emitted Verilog, run by Verilator, against the reference interpreter.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/process.h"
#include "conformance_suite.h"
#include "test_folders.h"

namespace trigstone {
namespace {

class ConformanceRtl : public testing::Test {
 protected:
  void SetUp() override {
    if (program_exists("verilator")) return;
    if (std::getenv("CI") != nullptr) FAIL() << "verilator is not installed";
    GTEST_SKIP() << "verilator is not installed";
  }
  std::filesystem::path folder(const char* name) const {
    return std::filesystem::path(kBuildFolder) / "conformance_rtl" / name;
  }
};

TEST_F(ConformanceRtl, EqualsTheInterpreter) {
  std::vector<Question> questions = random_questions(0, 60);
  for (Question& question : crasher_questions()) questions.push_back(std::move(question));
  expect_conformance(compiled(verilator_engine(folder("right"))), questions);
}

// A second reader of the same Verilog, to whom an output that hangs on power-up is unknown.
TEST_F(ConformanceRtl, IcarusEqualsTheInterpreterToo) {
  if (!program_exists("iverilog")) {
    if (std::getenv("CI") != nullptr) FAIL() << "iverilog is not installed";
    GTEST_SKIP() << "iverilog is not installed";
  }
  expect_conformance(compiled(icarus_engine(folder("icarus"))), random_questions(0, 20));
}

// Broken graphs and broken netlists share one build. A mutant may hold what no linter would pass.
TEST_F(ConformanceRtl, NoticesEveryBrokenOperation) {
  const std::vector<BrokenGraph> graphs = broken_graphs(1);
  const std::vector<BrokenNetlist> netlists = broken_netlists(1);
  std::vector<NetlistQuestion> questions;
  for (const BrokenGraph& item : graphs) questions.push_back(lower_question(item.question));
  for (const BrokenNetlist& item : netlists) questions.push_back(item.question);
  const std::vector<Answer> answers = verilator_engine(folder("broken"), false).run(questions);
  const auto border = answers.begin() + static_cast<ptrdiff_t>(graphs.size());
  expect_all_noticed(graphs, {answers.begin(), border});
  expect_all_noticed(netlists, {border, answers.end()});
}

}  // namespace
}  // namespace trigstone
