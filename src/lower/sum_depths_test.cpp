// Which sums take the fewest levels, and what a network of them comes to.
#include "lower/sum_depths.h"

#include <gtest/gtest.h>

#include <functional>

#include "lower/adder_sharing.h"
#include "lower/lower_testing.h"

namespace trigstone {
namespace {

// Two ways to the output, through nodes 0, 1, 2 and through 3; node 4 has no adders.
struct TwoWays {
  int adders_a_clock;
  int trials = 0;

  DepthTrial operator()(const std::vector<bool>& shallow) {
    ++trials;
    const int64_t prices[] = {30, 10, 20, 5, 0}, levels[] = {6, 5, 4, 14, 0};
    DepthTrial trial;
    std::vector<int64_t> depths;
    for (size_t i = 0; i < 5; ++i) {
      const bool choice = levels[i] > 0;
      const int64_t depth = levels[i] - (choice && shallow[i] ? 1 : 0);
      depths.push_back(depth);
      const int64_t lut = choice ? 100 + (shallow[i] ? prices[i] : 0) : 0;
      trial.costs.push_back({choice ? 10 : 0, lut, lut, depth});
    }
    const int64_t longest = std::max(depths[0] + depths[1] + depths[2], depths[3]);
    trial.clocks = static_cast<int>((longest + adders_a_clock - 1) / adders_a_clock);
    return trial;
  }
};

std::vector<bool> chosen(int adders_a_clock) {
  TwoWays ways{adders_a_clock};
  const auto nodes = shallow_nodes(5, std::ref(ways));
  EXPECT_LE(ways.trials, 8);
  return nodes;
}

TEST(ShallowNodes, AreTheCheapestThatSaveAClock) {
  const std::vector<bool> none(5, false);
  EXPECT_EQ(chosen(8), none);   // 15 levels and 12: two clocks in any case
  EXPECT_EQ(chosen(20), none);  // one clock
  // 14 levels fit two clocks of seven: the cheapest of three nodes. The other way is no longer.
  EXPECT_EQ(chosen(7), std::vector<bool>({false, true, false, false, false}));
  // 13 levels: two of the three, and the other way.
  EXPECT_EQ(chosen(13), std::vector<bool>({false, true, true, true, false}));
}

TEST(ShallowNodes, AreNotAskedForWhereNothingIsAdded) {
  int trials = 0;
  const auto trial = [&](const std::vector<bool>&) {
    ++trials;
    return DepthTrial{3, std::vector<AdderGraphCost>(2)};
  };
  EXPECT_EQ(shallow_nodes(2, trial), std::vector<bool>(2, false));
  EXPECT_EQ(trials, 1);
}

struct Tagger {
  Graph graph;
  int64_t levels = 0;  // that no network of two-operand adders goes below, layer by layer
};

Tagger draw_tagger(uint64_t seed, const char* format, int64_t levels_of_quant) {
  const std::vector<int64_t> sizes = {16, 64, 32, 32, 5};
  Random random(seed);
  Tagger tagger;
  Graph& g = tagger.graph;
  ValueId x = add_input(g, "x", {8, 3}, {sizes[0]});
  for (size_t layer = 0; layer + 1 < sizes.size(); ++layer) {
    const int64_t rows = sizes[layer], columns = sizes[layer + 1];
    IntegerMatrix matrix{rows + 1, columns, {}};
    std::vector<int64_t> bias;
    for (int64_t i = 0; i < rows * columns; ++i) matrix.entries.push_back(random.integer(-7, 7));
    for (int64_t i = 0; i < columns; ++i) bias.push_back(random.integer(1, 16));
    const auto weights = matrix.entries;
    matrix.entries.insert(matrix.entries.end(), static_cast<size_t>(columns), 1);
    tagger.levels += least_depth(matrix);
    x = g.add(Op::kLinear, {x, add_constant(g, {6, 1}, {rows, columns}, weights, "w"),
                            add_constant(g, {6, 1}, {columns}, bias, "b")});
    if (layer + 2 == sizes.size()) break;
    x = add_quant(g, g.add(Op::kRelu, {x}), format);
    tagger.levels += levels_of_quant;
  }
  g.add_output("scores", x);
  return tagger;
}

// As few clocks as the sums' least levels ask for, biases and halves among them; saturation takes
// one.
TEST(SumDepths, ADrawnTaggerTakesTheFewestStages) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    for (const auto& [format, levels] : {std::pair("u<8,3>", 0), std::pair("u<8,3,RND,SAT>", 1)}) {
      const Tagger tagger = draw_tagger(seed, format, levels);
      LowerOptions options;
      options.effort = Effort::kFast;
      options.regions = false;
      options.retime = false;
      for (const int adders : {2, 3, 5}) {
        options.adders_per_stage = adders;
        EXPECT_EQ(lower(tagger.graph, options).firmware.latency_cycles,
                  (tagger.levels + adders - 1) / adders)
            << "seed " << seed << ", " << format << ", " << adders << " adders a stage";
      }
    }
  }
}

}  // namespace
}  // namespace trigstone
