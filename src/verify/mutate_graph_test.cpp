#include "verify/mutate_graph.h"

#include <gtest/gtest.h>

#include "graph/text.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "verify/random_graph.h"

namespace trigstone {
namespace {

constexpr uint64_t kSeeds = 200;
constexpr int kEvents = 12;
constexpr int kEnough = 2;  // graphs that notice a mutant; more would only cost time

TEST(GraphMutants, LeaveValidGraphsWithTheSameFaces) {
  for (const GraphMutant& mutant : graph_mutants()) {
    SCOPED_TRACE(mutant.name);
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const Graph graph = random_graph(seed);
      const Graph broken = mutant.apply(graph);
      EXPECT_TRUE(verify_quantised(broken).empty());
      ASSERT_EQ(broken.outputs().size(), graph.outputs().size());
      for (size_t i = 0; i < graph.outputs().size(); ++i) {
        const Type& a = graph.type(graph.outputs()[i].value);
        const Type& b = broken.type(broken.outputs()[i].value);
        EXPECT_EQ(a.shape, b.shape);
        EXPECT_EQ(a.format, b.format);
      }
    }
  }
}

// The vectors of the suite tell every mutant from the right graph: if any engine computed so, its
// results would differ from the reference's.
TEST(GraphMutants, AreAllNoticedByTheSuitesVectors) {
  std::vector<int> noticed(graph_mutants().size(), 0);
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Graph graph = random_graph(seed);
    const std::vector<EventTensors> events = random_events(graph, seed, kEvents);
    std::vector<std::vector<Tensor>> right;
    for (const EventTensors& event : events) right.push_back(interpret(graph, event));
    const std::string text = to_text(graph);
    for (size_t m = 0; m < noticed.size(); ++m) {
      if (noticed[m] >= kEnough) continue;
      const Graph broken = graph_mutants()[m].apply(graph);
      if (to_text(broken) == text) continue;
      for (size_t e = 0; e < events.size(); ++e) {
        if (interpret(broken, events[e]) == right[e]) continue;
        ++noticed[m];
        break;
      }
    }
  }
  for (size_t m = 0; m < noticed.size(); ++m) {
    EXPECT_GE(noticed[m], kEnough) << "survives: " << graph_mutants()[m].name;
  }
}

}  // namespace
}  // namespace trigstone
