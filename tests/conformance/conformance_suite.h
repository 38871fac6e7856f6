// The one conformance suite: questions that every engine is asked, and what must come back.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "verify/engine.h"
#include "verify/mutate_graph.h"
#include "verify/mutate_netlist.h"

namespace trigstone {

// Random questions of seeds [first, first + count).
std::vector<Question> random_questions(uint64_t first, uint64_t count, int events = 12);
// Every graph of tests/crashers: what once broke an engine.
std::vector<Question> crasher_questions();
// Layers of bits, which random graphs hardly ever have; compiled with strategy xnor.
std::vector<Question> binary_questions(uint64_t count, int events = 12);

// Asks all questions; each answer must equal the reference interpreter's. A question that fails is
// written to BUILD/crashers, from where it moves to tests/crashers once it is mended.
void expect_conformance(const Engine& engine, const std::vector<Question>& questions);

// Each graph mutant's question, broken, where the reference interpreter tells it from the right
// graph: `answer` is right, `question.graph` is wrong. Fails for mutants that no question tells.
struct BrokenGraph {
  std::string mutant;
  Question question;
  Answer right;
};
std::vector<BrokenGraph> broken_graphs(int questions_per_mutant);

// The same for netlists, found with the netlist interpreter on compiled random graphs and, for what
// the lowering never emits, on random netlists.
struct BrokenNetlist {
  std::string mutant;
  NetlistQuestion question;
  Answer right;
};
std::vector<BrokenNetlist> broken_netlists(int questions_per_mutant);

// The engine must answer at least one broken question of each mutant with other numbers. A refusal
// is no notice: the engine has to compute.
template <class Broken>
void expect_all_noticed(const std::vector<Broken>& broken, const std::vector<Answer>& answers) {
  std::map<std::string, int> noticed;
  for (size_t i = 0; i < broken.size(); ++i) {
    EXPECT_EQ(answers[i].refusal, "") << broken[i].mutant << ", " << broken[i].question.name;
    noticed[broken[i].mutant] += differing_events(broken[i].right, answers[i]) > 0 ? 1 : 0;
  }
  for (const auto& [mutant, count] : noticed) {
    EXPECT_GT(count, 0) << "survives: " << mutant;
  }
}

}  // namespace trigstone
