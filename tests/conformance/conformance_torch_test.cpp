// Torch in evaluation mode against the reference interpreter.
#include <gtest/gtest.h>

#include "conformance_suite.h"
#include "learn/run_torch.h"

namespace trigstone {
namespace {

const Engine kTorch = graph_engine("torch", run_torch);

TEST(ConformanceTorch, EqualsTheInterpreter) {
  expect_conformance(kTorch, random_questions(0, 300));
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
