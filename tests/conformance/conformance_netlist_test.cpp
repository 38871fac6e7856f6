// The lowering and the netlist interpreter against the reference interpreter.
#include <gtest/gtest.h>

#include "conformance_suite.h"

namespace trigstone {
namespace {

TEST(ConformanceNetlist, EqualsTheInterpreter) {
  expect_conformance(compiled(netlist_interpreter()), random_questions(0, 600));
}

TEST(ConformanceNetlist, EqualsTheInterpreterOnBits) {
  expect_conformance(compiled(netlist_interpreter()), binary_questions(60));
}

TEST(ConformanceNetlist, AnswersWhatOnceBrokeAnEngine) {
  expect_conformance(compiled(netlist_interpreter()), crasher_questions());
}

TEST(ConformanceNetlist, NoticesEveryBrokenGraphOperation) {
  const std::vector<BrokenGraph> broken = broken_graphs(2);
  std::vector<Question> questions;
  for (const BrokenGraph& item : broken) questions.push_back(item.question);
  expect_all_noticed(broken, compiled(netlist_interpreter()).run(questions));
}

TEST(ConformanceNetlist, NoticesEveryBrokenNetlistOperation) {
  const std::vector<BrokenNetlist> broken = broken_netlists(2);
  std::vector<NetlistQuestion> questions;
  for (const BrokenNetlist& item : broken) questions.push_back(item.question);
  expect_all_noticed(broken, netlist_interpreter().run(questions));
}

}  // namespace
}  // namespace trigstone
