// Torch in evaluation mode against the reference interpreter.
#include <gtest/gtest.h>

#include "conformance_suite.h"
#include "learn/run_torch.h"

namespace trigstone {
namespace {

const Engine kTorch = graph_engine("torch", run_torch);

// By contract torch refuses, by name, a node whose exact value a double cannot hold. Such graphs
// are rare among the random ones; every other must be answered.
std::vector<Question> within_a_double(const std::vector<Question>& questions) {
  const std::vector<Answer> answers = kTorch.run(questions);
  std::vector<Question> kept;
  for (size_t i = 0; i < questions.size(); ++i) {
    const bool too_wide = answers[i].refusal.find("exactly up to 53 bits") != std::string::npos;
    if (!too_wide) kept.push_back(questions[i]);
  }
  EXPECT_GE(kept.size() * 100, questions.size() * 98) << "torch refuses too many graphs";
  return kept;
}

TEST(ConformanceTorch, EqualsTheInterpreter) {
  expect_conformance(kTorch, within_a_double(random_questions(0, 300)));
}

TEST(ConformanceTorch, AnswersWhatOnceBrokeAnEngine) {
  expect_conformance(kTorch, crasher_questions());
}

TEST(ConformanceTorch, NoticesEveryBrokenGraphOperation) {
  const std::vector<BrokenGraph> broken = broken_graphs(2);
  std::vector<Question> questions;
  for (const BrokenGraph& item : broken) questions.push_back(item.question);
  expect_all_noticed(broken, kTorch.run(questions));
}

}  // namespace
}  // namespace trigstone
