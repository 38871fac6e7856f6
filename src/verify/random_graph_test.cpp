#include "verify/random_graph.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "graph/text.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"

namespace trigstone {
namespace {

constexpr uint64_t kSeeds = 200;

TEST(RandomGraph, IsValidAndQuantised) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_graph(seed);
    const Diagnostics problems = verify_quantised(graph);
    for (const Error& error : problems.errors()) ADD_FAILURE() << error.what();
    ASSERT_FALSE(graph.outputs().empty());
  }
}

TEST(RandomGraph, IsTheSameForTheSameSeed) {
  EXPECT_EQ(to_text(random_graph(7)), to_text(random_graph(7)));
  EXPECT_NE(to_text(random_graph(7)), to_text(random_graph(8)));
}

TEST(RandomGraph, SurvivesItsTextForm) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    const std::string text = to_text(random_graph(seed));
    EXPECT_EQ(to_text(parse_graph(text, "seed")), text);
  }
}

// What the conformance suite does not ask about it cannot find: so the questions are counted.
TEST(RandomGraph, UsesEveryCompiledOperationOften) {
  std::map<Op, int> graphs_with;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::set<Op> used;
    const Graph graph = random_graph(seed);  // outlives the loop over its nodes
    for (const Node& node : graph.nodes()) used.insert(node.op);
    for (const Op op : used) ++graphs_with[op];
  }
  for (const Op op : compiled_ops()) {
    EXPECT_GE(graphs_with[op], 8) << traits_of(op).text;
  }
}

TEST(RandomGraph, UsesEveryModeAndKindOfFormat) {
  std::map<std::pair<Rounding, Overflow>, int> modes;
  int per_channel = 0, per_element = 0, one_bit = 0, negative_integer_bits = 0, beyond_width = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Graph graph = random_graph(seed);
    for (const Node& node : graph.nodes()) {
      if (node.op != Op::kQuant) continue;
      const FormatMap& map = formats_attribute(node, "formats");
      if (map.formats.size() > 1) ++(map.shape.size() == 1 ? per_channel : per_element);
      for (const Format& format : map.formats) {
        ++modes[{format.rounding, format.overflow}];
        one_bit += format.width_bits == 1;
        negative_integer_bits += format.integer_bits < 0;
        beyond_width += format.integer_bits > format.width_bits;
      }
    }
  }
  EXPECT_EQ(modes.size(), size_t{kRoundingCount * kOverflowCount});
  for (const auto& [mode, count] : modes) {
    EXPECT_GE(count, 5) << name_of(mode.first) << ' ' << name_of(mode.second);
  }
  for (const int count : {per_channel, per_element, one_bit, negative_integer_bits, beyond_width}) {
    EXPECT_GE(count, 10);
  }
}

TEST(RandomGraph, HasMaskedReductionsBroadcastsAndSeveralOutputs) {
  int masked = 0, broadcasts = 0, several_outputs = 0, several_inputs = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Graph graph = random_graph(seed);
    several_outputs += graph.outputs().size() > 1;
    several_inputs += graph.inputs().size() > 1;
    for (const Node& node : graph.nodes()) {
      const bool reduces = node.op == Op::kReduceSum || node.op == Op::kReduceMax ||
                           node.op == Op::kReduceMin || node.op == Op::kArgMax ||
                           node.op == Op::kArgMin;
      masked += reduces && node.operands.size() == 2;
      const bool binary = node.op == Op::kAdd || node.op == Op::kMul || node.op == Op::kCompare;
      broadcasts += binary && graph.shape(node.operands[0]) != graph.shape(node.operands[1]);
    }
  }
  EXPECT_GE(masked, 40);
  EXPECT_GE(broadcasts, 40);
  EXPECT_GE(several_outputs, 40);
  EXPECT_GE(several_inputs, 40);
}

// A random graph that always answers the same would hide every fault behind it.
TEST(RandomGraph, OutputsDependOnTheEvent) {
  int alive = 0, outputs = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Graph graph = random_graph(seed);
    std::vector<std::set<std::vector<int64_t>>> seen(graph.outputs().size());
    for (const EventTensors& event : random_events(graph, seed, 12)) {
      const std::vector<Tensor> results = interpret(graph, event);
      for (size_t i = 0; i < results.size(); ++i) seen[i].insert(results[i].mantissas);
    }
    for (const auto& values : seen) alive += values.size() > 1;
    outputs += static_cast<int>(seen.size());
  }
  EXPECT_GE(alive * 10, outputs * 7) << alive << " of " << outputs;
}

TEST(RandomEvents, BeginWithCornersAndKeepToTheFormats) {
  const Graph graph = random_graph(2);
  ASSERT_TRUE(has_valid_input(graph));
  const std::vector<EventTensors> events = random_events(graph, 1, 40);
  ASSERT_EQ(events.size(), 40u);
  const std::vector<ValueId> inputs = graph.inputs();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Format& format = *graph.type(inputs[i]).format;
    for (const EventTensors& event : events) {
      EXPECT_EQ(event[i].shape, graph.shape(inputs[i]));
      for (const int64_t m : event[i].mantissas) EXPECT_TRUE(format.range().contains(m));
    }
    const bool mask = graph.node(inputs[i]).name == "valid";
    const std::vector<int64_t>& first = events[0][i].mantissas;
    for (const int64_t m : first) EXPECT_EQ(m, mask ? 0 : format.min_mantissa());
    for (const int64_t m : events[1][i].mantissas) EXPECT_EQ(m, mask ? 1 : format.max_mantissa());
  }
  EXPECT_EQ(random_events(graph, 1, 40), events);
}

TEST(TokenGraph, IgnoresWhatStandsInInvalidSlots) {
  int changed_inputs = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = random_token_graph(seed);
    ASSERT_TRUE(has_valid_input(graph));
    for (const EventTensors& event : random_events(graph, seed, 12)) {
      const EventTensors dirty = with_garbage(graph, event, seed + 1);
      changed_inputs += dirty != event;
      ASSERT_EQ(interpret(graph, dirty), interpret(graph, event));
    }
  }
  EXPECT_GE(changed_inputs, 500);
}

}  // namespace
}  // namespace trigstone
