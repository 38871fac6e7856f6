// The fast engine against the reference interpreter, on each instruction set of this machine.
#include <gtest/gtest.h>

#include "conformance_suite.h"
#include "engine/engine.h"

namespace trigstone {
namespace {

Engine fast_engine(Isa isa) {
  return graph_engine(std::string("fast_") + name_of(isa),
                      [isa](const Graph& graph, const std::vector<EventTensors>& events) {
                        return run_engine(graph, events, {isa, 1});
                      });
}

class ConformanceEngine : public testing::TestWithParam<Isa> {};

TEST_P(ConformanceEngine, EqualsTheInterpreter) {
  expect_conformance(fast_engine(GetParam()), random_questions(0, 400));
}

// More events than a tile has lanes, so that one tile is full and the next is not.
TEST_P(ConformanceEngine, EqualsTheInterpreterOverTiles) {
  expect_conformance(fast_engine(GetParam()), random_questions(300, 20, 100));
}

TEST_P(ConformanceEngine, AnswersWhatOnceBrokeAnEngine) {
  expect_conformance(fast_engine(GetParam()), crasher_questions());
}

TEST_P(ConformanceEngine, NoticesEveryBrokenGraphOperation) {
  const std::vector<BrokenGraph> broken = broken_graphs(2);
  std::vector<Question> questions;
  for (const BrokenGraph& item : broken) questions.push_back(item.question);
  expect_all_noticed(broken, fast_engine(GetParam()).run(questions));
}

INSTANTIATE_TEST_SUITE_P(Isa, ConformanceEngine, testing::ValuesIn(supported_isas()),
                         [](const auto& isa) { return std::string(name_of(isa.param)); });

}  // namespace
}  // namespace trigstone
