// Faults planted into compiled netlists are shrunk to little more than the broken operation.
#include "verify/shrink_graph.h"

#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
#include <stdexcept>

#include "graph/text.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_netlist.h"
#include "verify/mutate_netlist.h"

namespace trigstone {
namespace {

// Compiles well and computes one netlist operation wrongly.
Engine broken_engine(const NetlistMutant& mutant) {
  return compiled({"broken", [mutant](const std::vector<NetlistQuestion>& questions) {
                     std::vector<NetlistQuestion> wrong = questions;
                     for (NetlistQuestion& question : wrong) {
                       question.netlist = mutant.apply(question.netlist);
                     }
                     return netlist_interpreter().run(wrong);
                   }});
}

const NetlistMutant& mutant_named(const std::string& name) {
  for (const NetlistMutant& mutant : netlist_mutants()) {
    if (mutant.name == name) return mutant;
  }
  throw std::runtime_error("no mutant " + name);
}

// The first random question, from seed 0 on, on which the engine is wrong.
Question first_find(const Engine& engine) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Question question = random_question(seed, 12);
    const Answer right = interpreter_engine().run({question})[0];
    const Answer answer = engine.run({question})[0];
    if (difference(right, answer, output_names(question.graph))) return question;
  }
  throw std::runtime_error("no question tells");
}

struct Planted {
  const char* mutant;
  ValueId most_nodes;
};
void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.mutant; }

class ShrinkGraph : public testing::TestWithParam<Planted> {};

TEST_P(ShrinkGraph, ReducesAPlantedFaultToItsOperation) {
  const Engine engine = broken_engine(mutant_named(GetParam().mutant));
  const Question find = first_find(engine);
  const StillWrong still_wrong = wrong_like(engine, find);
  const Question small = shrink_question(find, still_wrong);
  const std::string text = to_text(small.graph);
  EXPECT_TRUE(still_wrong(small)) << text;
  EXPECT_TRUE(verify_quantised(small.graph).empty()) << text;
  EXPECT_LE(small.graph.size(), GetParam().most_nodes) << text;
  EXPECT_EQ(small.events.size(), 1U) << text;
  EXPECT_EQ(small.graph.outputs().size(), 1U) << text;
  int64_t elements = 0;
  for (const Node& node : small.graph.nodes()) elements += element_count(node.type.shape);
  EXPECT_LE(elements, 3 * small.graph.size()) << text;
  EXPECT_EQ(to_text(shrink_question(find, still_wrong).graph), text) << "not the same twice";
}

INSTANTIATE_TEST_SUITE_P(Faults, ShrinkGraph,
                         testing::Values(Planted{"max: is min", 2}, Planted{"mul: adds", 3},
                                         Planted{"lt: or equal", 2},
                                         Planted{"wrap: one bit less", 2},
                                         Planted{"acc_sum: never loads", 5},
                                         Planted{"rom: one wrong entry", 4}),
                         [](const auto& info) {
                           std::string name = info.param.mutant;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

TEST(ShrinkGraph, KeepsARefusalOfTheSameWords) {
  const Engine engine = graph_engine("refusing", [](const Graph& graph, const auto&) {
    for (const Node& node : graph.nodes()) {
      if (node.op == Op::kRelu) throw std::runtime_error("relu " + node.name + " is not known");
    }
    throw std::runtime_error("another reason");
    return std::vector<EventTensors>();
  });
  uint64_t seed = 0;
  const auto has_relu = [](const Graph& graph) {
    for (const Node& node : graph.nodes()) {
      if (node.op == Op::kRelu) return true;
    }
    return false;
  };
  while (!has_relu(random_question(seed, 4).graph)) ++seed;
  const Question find = random_question(seed, 4);
  const Question small = shrink_question(find, wrong_like(engine, find));
  EXPECT_TRUE(has_relu(small.graph));
  EXPECT_EQ(small.graph.size(), 2) << to_text(small.graph);
}

}  // namespace
}  // namespace trigstone
