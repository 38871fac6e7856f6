#include "lower/stage_assignment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "lower/minimum_cut.h"

namespace trigstone {
namespace {

constexpr int kLastClock = 3;

// A few operations between inputs at clock 0 and outputs at the last clock.
StageProblem random_problem(uint64_t seed) {
  Random random(seed);
  StageProblem problem;
  problem.budget = 3;
  const auto size = static_cast<int>(random.integer(4, 7));
  for (int i = 0; i < size; ++i) {
    StageProblem::Operation operation;
    operation.delay = static_cast<double>(random.integer(0, 3));
    operation.last = kLastClock;
    if (random.integer(0, 3) == 0) operation.last = static_cast<int>(random.integer(1, kLastClock));
    if (i == 0) operation.last = 0;
    if (i == size - 1) operation.first = kLastClock;
    problem.operations.push_back(operation);
  }
  for (int i = 0; i + 1 < size; ++i) {
    StageProblem::Value value{i, random.integer(0, 12), {}};
    const int64_t readers = random.integer(1, 3);
    for (int64_t k = 0; k < readers; ++k) {
      value.readers.push_back(static_cast<int>(random.integer(i + 1, size - 1)));
    }
    problem.values.push_back(value);
  }
  return problem;
}

// Straight from the definition: arrival times inside each clock.
bool keeps_rules(const StageProblem& problem, const std::vector<int>& stages) {
  std::vector<double> ready(stages.size(), 0);
  for (size_t i = 0; i < stages.size(); ++i) {  // values come before their readers
    const StageProblem::Operation& operation = problem.operations[i];
    if (stages[i] < operation.first || stages[i] > operation.last) return false;
    for (const StageProblem::Value& value : problem.values) {
      if (std::count(value.readers.begin(), value.readers.end(), static_cast<int>(i)) == 0)
        continue;
      const auto source = static_cast<size_t>(value.source);
      if (stages[source] > stages[i]) return false;
      if (stages[source] == stages[i]) ready[i] = std::max(ready[i], ready[source]);
    }
    ready[i] += operation.delay;
    if (ready[i] > problem.budget) return false;
  }
  return true;
}

int64_t fewest_by_trying(const StageProblem& problem) {
  int64_t best = -1;
  std::vector<int> stages(problem.operations.size(), 0);
  while (true) {
    if (keeps_rules(problem, stages)) {
      const int64_t bits = register_bits(problem, stages);
      if (best < 0 || bits < best) best = bits;
    }
    size_t i = 0;
    while (i < stages.size() && stages[i] == kLastClock) stages[i++] = 0;
    if (i == stages.size()) return best;
    ++stages[i];
  }
}

TEST(StageAssignment, HasTheFewestRegistersOfAllAssignments) {
  int possible = 0, several_clocks = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const StageProblem problem = random_problem(seed);
    const int64_t best = fewest_by_trying(problem);
    const std::vector<int> found = fewest_registers(problem);
    ASSERT_EQ(found.empty(), best < 0) << seed;
    if (best < 0) continue;
    ASSERT_TRUE(keeps_rules(problem, found)) << seed;
    ASSERT_EQ(register_bits(problem, found), best) << seed;
    ++possible;
    several_clocks += std::count(found.begin(), found.end(), 1) > 0 ? 1 : 0;
  }
  EXPECT_GT(possible, 200);
  EXPECT_GT(several_clocks, 50);
}

TEST(StageAssignment, NarrowValuesWaitWideOnesDoNot) {
  StageProblem problem;
  problem.budget = 1;
  problem.operations = {{0, 0, 0}, {1, 0, 9}, {1, 0, 9}, {0, 5, 5}};  // x, a, b, the reader
  problem.values = {{0, 8, {1}}, {1, 12, {2}}, {2, 20, {3}}};
  EXPECT_EQ(fewest_registers(problem), (std::vector<int>{0, 4, 5, 5}));
  problem.values[2].bits = 3;
  EXPECT_EQ(fewest_registers(problem), (std::vector<int>{0, 0, 1, 5}));
}

TEST(StageAssignment, ReadersShareOneChain) {
  StageProblem problem;
  problem.budget = 1;
  problem.operations = {{0, 0, 0}, {1, 0, 9}, {0, 5, 5}, {0, 5, 5}};
  problem.values = {{0, 8, {1, 2}}, {1, 7, {3}}};  // x waits for its other reader anyway
  EXPECT_EQ(fewest_registers(problem), (std::vector<int>{0, 5, 5, 5}));
  problem.values[0].readers = {1};
  EXPECT_EQ(fewest_registers(problem), (std::vector<int>{0, 0, 5, 5}));
}

TEST(StageAssignment, RefusesCirclesAndWhatComesTooLate) {
  StageProblem circle;
  circle.budget = 1;
  circle.operations = {{0, 0, 3}, {0, 0, 3}};
  circle.values = {{0, 1, {1}}, {1, 1, {0}}};
  EXPECT_TRUE(fewest_registers(circle).empty());
  StageProblem late;
  late.budget = 1;
  late.operations = {{1, 0, 0}, {1, 0, 0}};
  late.values = {{0, 1, {1}}};
  EXPECT_TRUE(fewest_registers(late).empty());
}

TEST(ClosureProblem, TakesWhatIsWorthItsNeeds) {
  ClosureProblem problem(4);
  problem.add_worth(0, 5);
  problem.add_worth(1, -3);
  problem.add_worth(2, 1);
  problem.add_worth(3, -4);
  problem.needs(0, 1);
  problem.needs(2, 3);
  EXPECT_EQ(problem.best(), (std::vector<bool>{true, true, false, false}));
  ClosureProblem forbidden(2);
  forbidden.add_worth(0, 5);
  forbidden.needs(0, 1);
  forbidden.forbid(1);
  EXPECT_EQ(forbidden.best(), (std::vector<bool>{false, false}));
}

}  // namespace
}  // namespace trigstone
