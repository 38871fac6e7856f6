// Token stages together: attention with K/V buffers and masks, accumulators behind accumulators.
#include "base/testing.h"
#include "graph/passes.h"
#include "lower/lower_testing.h"

namespace trigstone {
namespace {

constexpr int64_t kTokens = 6, kWidth = 4, kHidden = 8;

class Block {
 public:
  Block() {
    graph_.name = "block";
    tokens_ = add_input(graph_, "tokens", {8, 4}, {kTokens, kWidth}, 0);
    valid_ = add_input(graph_, "valid", {1, 1, false}, {kTokens}, 0);
  }

  // Queries against all keys, softmax over the valid ones, the weighted sum of all values.
  ValueId attention(ValueId x) {
    const ValueId q = linear(x, kWidth, "query"), k = linear(x, kWidth, "key");
    const ValueId v = linear(x, kWidth, "value");
    const ValueId turned = graph_.add(Op::kTranspose, {k}, {{"perm", Shape{1, 0}}});
    const ValueId scores =
        add_quant(graph_, graph_.add(Op::kMatMul, {q, turned}), "<8,4,RND_CONV,SAT>");
    const ValueId weights = graph_.add(Op::kSoftmax, {scores, valid_}, {{"axis", int64_t{1}}});
    return add_quant(graph_,
                     graph_.add(Op::kMatMul, {add_quant(graph_, weights, "u<8,0,RND,SAT>"), v}),
                     "<8,4,RND_CONV,SAT>");
  }

  ValueId feed_forward(ValueId x) {
    const ValueId up = graph_.add(Op::kRelu, {linear(x, kHidden, "up")});
    return linear(add_quant(graph_, up, "u<6,4,RND,SAT>"), kWidth, "down");
  }

  ValueId residual(ValueId x, ValueId branch) {
    return add_quant(graph_, graph_.add(Op::kAdd, {x, branch}), "<8,4,RND_CONV,SAT>");
  }

  ValueId pool(Op op, ValueId x) { return graph_.add(op, {x, valid_}, {{"axes", Shape{0}}}); }

  ValueId linear(ValueId x, int64_t outputs, const std::string& name) {
    const int64_t inputs = graph_.shape(x).back();
    const ValueId w = add_random_constant(graph_, {5, 1}, {inputs, outputs}, ++seed_, name + "_w");
    const ValueId b = add_random_constant(graph_, {6, 2}, {outputs}, ++seed_, name + "_b");
    return add_quant(graph_, graph_.add(Op::kLinear, {x, w, b}, {}, name), "<8,4,RND_CONV,SAT>");
  }

  Graph graph_;
  ValueId tokens_ = 0, valid_ = 0;
  uint64_t seed_ = 100;
};

const std::vector<int> kAllLanes = {1, 2, 3, 6};

TEST(Stages, TransformerOfTwoLayers) {
  Block block;
  ValueId x = block.tokens_;
  for (int layer = 0; layer < 2; ++layer) {
    x = block.residual(x, block.attention(x));
    x = block.residual(x, block.feed_forward(x));
  }
  const ValueId sum = add_quant(block.graph_, block.pool(Op::kReduceSum, x), "<8,6,RND,SAT>");
  block.graph_.add_output("latents", x);
  block.graph_.add_output("score", block.linear(sum, 1, "head"));
  expect_equal_numbers(expand_for_hardware(block.graph_), kAllLanes, 12);
}

TEST(Stages, EventSummaryGoesBackToEveryToken) {
  Block block;
  const ValueId largest = block.pool(Op::kReduceMax, block.tokens_);
  const ValueId relative = add_quant(
      block.graph_, block.graph_.add(Op::kSub, {block.tokens_, largest}), "<8,5,TRN,SAT>");
  const ValueId total = block.pool(Op::kReduceSum, relative);
  block.graph_.add_output("centred", block.graph_.add(Op::kAdd, {relative, total}));
  block.graph_.add_output("smallest", block.pool(Op::kReduceMin, relative));
  expect_equal_numbers(block.graph_, kAllLanes, 12);
}

TEST(Stages, OrderOfTokensAndTheirPlaces) {
  Block block;
  Graph& g = block.graph_;
  const ValueId score =
      g.add(Op::kReshape, {block.linear(block.tokens_, 1, "score")}, {{"shape", Shape{kTokens}}});
  g.add_output("leading", g.add(Op::kTopK, {score}, {{"axis", int64_t{0}}, {"k", int64_t{2}}}));
  g.add_output("where", g.add(Op::kArgMax, {score, block.valid_},
                              {{"axis", int64_t{0}}, {"keepdims", int64_t{0}}}));
  expect_equal_numbers(g, kAllLanes, 12);
}

TEST(Stages, ALaneIsOneModuleHoweverMany) {
  Block block;
  block.graph_.add_output("y", block.feed_forward(block.tokens_));
  LowerOptions options;
  options.lanes = 3;
  const Netlist netlist = lower(block.graph_, options).netlist;
  std::map<int, int> instances;
  for (const Cell& cell : netlist.top().cells) {
    if (cell.op == NetOp::kInstance) ++instances[cell.module];
  }
  ASSERT_EQ(instances.size(), 2U);  // up, down
  for (const auto& [module, count] : instances) EXPECT_EQ(count, 3);
  EXPECT_GE(netlist.module_named("up"), 0);
  EXPECT_GE(netlist.module_named("down"), 0);
}

}  // namespace
}  // namespace trigstone
