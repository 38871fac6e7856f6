#include "learn/insert_quant.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "learn/heads.h"

namespace trigstone {
namespace {

std::vector<ValueRange> unit_ranges(const Graph& graph) {
  return std::vector<ValueRange>(static_cast<size_t>(graph.size()), ValueRange{-1.5, 1.5});
}

TEST(InsertQuant, FormatsCoverTheRange) {
  EXPECT_EQ(to_string(format_for({-1.5, 0.2}, 8)), "<8,2,RND_CONV,SAT>");
  EXPECT_EQ(to_string(format_for({0, 3.9}, 6)), "u<6,2,RND_CONV,SAT>");
  EXPECT_EQ(to_string(format_for({0, 1.0}, 8)), "u<8,0,RND_CONV,SAT>");
  EXPECT_EQ(format_for({0, 0}, 8).integer_bits, -24);
}

TEST(InsertQuant, RoundsBehindReluNotBefore) {
  Graph graph;
  const ValueId x = graph.add(Op::kInput, {}, {{"shape", Shape{2}}}, "x");
  const ValueId w = graph.add_data(
      Op::kParam,
      std::make_shared<const Tensor>(Tensor{{2, 2}, std::nullopt, {}, {0.5, -3, 0.25, 1}}), "w",
      true);
  graph.add_output("y", graph.add(Op::kRelu, {graph.add(Op::kLinear, {x, w}, {}, "dense")}));
  std::vector<ValueRange> ranges = unit_ranges(graph);
  ranges.back() = {0, 2.5};
  const Graph quantised = insert_quant(graph, ranges, {});
  std::vector<Op> ops;
  for (const Node& node : quantised.nodes()) ops.push_back(node.op);
  EXPECT_EQ(ops, (std::vector<Op>{Op::kInput, Op::kParam, Op::kQuant, Op::kLinear, Op::kRelu,
                                  Op::kQuant}));
  const FormatMap& weights = formats_attribute(quantised.node(2), "formats");
  ASSERT_EQ(weights.formats.size(), 2U);          // a scale for each output channel
  EXPECT_EQ(weights.formats[0].integer_bits, 0);  // up to 0.5
  EXPECT_EQ(weights.formats[1].integer_bits, 3);  // up to 3
  EXPECT_EQ(to_string(formats_attribute(quantised.node(5), "formats").formats[0]),
            "u<14,2,RND_CONV,SAT>");
}

TEST(InsertQuant, TheTransformerCompilesAfterwards) {
  BackboneConfig config;
  config.tokens = 4;
  config.features = 3;
  config.width = 8;
  config.feed_forward = 8;
  const Graph real = fold_batch_norm(make_model(config, Task::kAccept));
  const Graph quantised = expand_for_hardware(insert_quant(real, unit_ranges(real), {}));
  const Graph folded = drop_dead(fold_constants(quantised, evaluate_constant));
  const Diagnostics problems = verify_quantised(folded);
  EXPECT_TRUE(problems.empty()) << (problems.empty() ? "" : problems.errors().front().what());
}

TEST(InsertQuant, RefusesBatchNormsAndWildBits) {
  BackboneConfig config;
  config.layers = 0;
  const Graph real = make_model(config, Task::kAccept);
  EXPECT_THROW(insert_quant(real, unit_ranges(real), {}), Error);
  const Graph folded = fold_batch_norm(real);
  QuantOptions options;
  options.weight_bits = 40;
  EXPECT_THROW(insert_quant(folded, unit_ranges(folded), options), Error);
}

}  // namespace
}  // namespace trigstone
