// What a graph shows about the order of its numbers, and the networks that follow.
#include "lower/known_order.h"

#include <fmt/format.h>

#include <numeric>
#include <set>

#include "lower/lower_testing.h"
#include "lower/sorting_network.h"

namespace trigstone {
namespace {

const Format kFormat{6, 6, true};

ValueId topk(Graph& graph, ValueId x, int64_t axis, int64_t k) {
  return graph.add(Op::kTopK, {x}, {{"axis", axis}, {"k", k}});
}

ValueId sort(Graph& graph, ValueId x, int64_t axis, int64_t descending) {
  return graph.add(Op::kSort, {x}, {{"axis", axis}, {"descending", descending}});
}

ValueId flat(Graph& graph, ValueId x) {
  return graph.add(Op::kReshape, {x}, {{"shape", Shape{element_count(graph.shape(x))}}});
}

// Lengths of the runs of a value of one axis.
std::vector<size_t> runs_of(const Graph& graph, ValueId value) {
  std::vector<int64_t> line(static_cast<size_t>(element_count(graph.shape(value))));
  std::iota(line.begin(), line.end(), 0);
  std::vector<size_t> lengths;
  for (const auto& run : KnownOrder(graph).falling_runs(value, {line})) {
    lengths.push_back(run.size());
  }
  return lengths;
}

using Lengths = std::vector<size_t>;

struct Rows : testing::Test {
  Graph graph;
  ValueId x = add_input(graph, "x", kFormat, {3, 5});
  ValueId rows = topk(graph, x, 1, 4);  // [3, 4], each row falling
};

TEST_F(Rows, RunsSurviveMoving) {
  EXPECT_EQ(runs_of(graph, flat(graph, x)), Lengths(15, 1));
  EXPECT_EQ(runs_of(graph, flat(graph, rows)), Lengths(3, 4));
  const ValueId turned = graph.add(Op::kTranspose, {rows}, {{"perm", Shape{1, 0}}});
  EXPECT_EQ(runs_of(graph, flat(graph, turned)), Lengths(3, 4));
  EXPECT_EQ(runs_of(graph, flat(graph, sort(graph, x, 1, 0))), Lengths(3, 5));
  EXPECT_EQ(runs_of(graph, flat(graph, sort(graph, x, 0, 1))), Lengths(5, 3));
  const ValueId other = add_input(graph, "y", {4, 2, false}, {2});
  const ValueId few = topk(graph, flat(graph, x), 0, 2);
  const ValueId joined =
      graph.add(Op::kConcat, {flat(graph, rows), other, few}, {{"axis", int64_t{0}}});
  EXPECT_EQ(runs_of(graph, joined), (Lengths{4, 4, 4, 2, 1, 1}));
  const ValueId gathered =
      graph.add(Op::kGather, {few}, {{"axis", int64_t{0}}, {"indices", Shape{1, -1, 0, 1}}});
  EXPECT_EQ(runs_of(graph, gathered), (Lengths{3, 1}));
}

TEST_F(Rows, RunsSurviveWhatIsMonotone) {
  const auto expect_kept = [&](ValueId value, bool kept) {
    EXPECT_EQ(runs_of(graph, flat(graph, value)), kept ? Lengths(3, 4) : Lengths(12, 1))
        << graph.node(value).name;
  };
  expect_kept(graph.add(Op::kRelu, {rows}), true);
  for (const char* overflow : {"SAT", "SAT_SYM"}) {
    expect_kept(add_quant(graph, rows, fmt::format("<4,3,RND_CONV,{}>", overflow)), true);
  }
  for (const char* overflow : {"WRAP", "SAT_ZERO"}) {
    expect_kept(add_quant(graph, rows, fmt::format("<4,4,TRN,{}>", overflow)), false);
    expect_kept(add_quant(graph, rows, fmt::format("<7,7,TRN,{}>", overflow)), true);
  }
  std::vector<int64_t> entries(64);
  std::iota(entries.begin(), entries.end(), -32);
  const auto table = [&] {
    return graph.add(Op::kTable, {rows}, {{"entries", entries}, {"format", FormatMap(kFormat)}});
  };
  expect_kept(table(), true);
  std::reverse(entries.begin(), entries.end());
  expect_kept(table(), true);  // rising runs, read from the other end
  std::swap(entries[3], entries[9]);
  expect_kept(table(), false);
  expect_kept(graph.add(Op::kAdd, {rows, rows}), true);
  expect_kept(graph.add(Op::kSub, {rows, rows}), false);
  expect_kept(graph.add(Op::kMul, {rows, rows}), false);  // of signed numbers
  const ValueId positive = graph.add(Op::kRelu, {rows});
  expect_kept(graph.add(Op::kMul, {positive, positive}), true);
  const ValueId falling = add_constant(graph, kFormat, {4}, {9, 4, 4, -2});
  const ValueId rising = add_constant(graph, kFormat, {4}, {-7, 1, 2, 30});
  expect_kept(graph.add(Op::kAdd, {rows, falling}), true);
  expect_kept(graph.add(Op::kSub, {rows, rising}), true);
  expect_kept(graph.add(Op::kAdd, {rows, rising}), false);
  const ValueId by_row = add_constant(graph, kFormat, {3, 1}, {5, 1, 7});
  expect_kept(graph.add(Op::kSub, {by_row, rows}), true);
}

TEST_F(Rows, ThresholdsKeepTheOrderOfAChannel) {
  const auto thresholds = [&](int64_t axis, std::vector<int64_t> direction) {
    const auto rows_of_steps = static_cast<int64_t>(direction.size());
    std::vector<int64_t> steps, base;
    for (int64_t c = 0; c < rows_of_steps; ++c) {
      steps.insert(steps.end(), {-9 + c, 2, 11});
      base.push_back(direction[static_cast<size_t>(c)] > 0 ? 0 : 3);
    }
    const ValueId table = add_constant(graph, kFormat, {rows_of_steps, 3}, steps);
    return flat(graph, graph.add(Op::kThresholds, {rows, table},
                                 {{"axis", axis},
                                  {"base", base},
                                  {"direction", direction},
                                  {"format", FormatMap(Format{2, 2, false})}}));
  };
  EXPECT_EQ(runs_of(graph, thresholds(1, {1})), Lengths(3, 4));
  EXPECT_EQ(runs_of(graph, thresholds(0, {1, -1, 1})), Lengths(3, 4));
  EXPECT_EQ(runs_of(graph, thresholds(1, {1, 1, 1, 1})), Lengths(12, 1));
}

TEST(KnownOrder, LongChainsOfSumsEndTheQuestion) {
  Graph graph;
  ValueId x = topk(graph, add_input(graph, "x", kFormat, {4}), 0, 4);
  for (int i = 0; i < 40; ++i) x = graph.add(Op::kAdd, {x, x});
  EXPECT_FALSE(KnownOrder(graph).at_least(x, 0, 1));  // 2^40 visits would show it
}

// Runs in rows, in columns, rising ones, some behind monotone operations; on tokens, too.
TEST(KnownOrder, SortedPartsAreMergedRight) {
  for (const int64_t axis : {0, 1}) {
    for (const bool rising : {false, true}) {
      Graph graph;
      const ValueId x = add_input(graph, "x", kFormat, {4, 6});
      const ValueId parts = rising ? sort(graph, x, axis, 0) : topk(graph, x, axis, 3);
      const ValueId clipped = add_quant(graph, parts, "<5,5,TRN,SAT>");
      const ValueId all = flat(graph, clipped);
      graph.add_output("best", topk(graph, all, 0, 5));
      graph.add_output("up", sort(graph, all, 0, 0));
      graph.add_output("down", sort(graph, all, 0, 1));
      expect_equal_numbers(graph, {1}, 20);
    }
  }
  Graph graph;  // each token's numbers are two runs, unless the constant differs by token
  const ValueId x = add_input(graph, "x", kFormat, {6, 4}, 0);
  const ValueId y = add_input(graph, "y", kFormat, {6, 4}, 0);
  const ValueId steps = add_constant(graph, kFormat, {6, 4}, random_mantissas(kFormat, 24, 3));
  const ValueId top = topk(graph, x, 1, 4);
  for (const ValueId left : {top, graph.add(Op::kAdd, {top, steps})}) {
    const ValueId both =
        graph.add(Op::kConcat, {left, topk(graph, y, 1, 3)}, {{"axis", int64_t{1}}});
    graph.add_output(fmt::format("best_{}", left), topk(graph, both, 1, 4));
  }
  expect_equal_numbers(graph, {1, 2}, 20);
}

// Events out of order among them.
TEST(KnownOrder, NamedRunsAreMergedRight) {
  for (const Shape& runs : {Shape{3}, Shape{12}, Shape{5, 1, 6}, Shape{1, 4, 4, 3}}) {
    Graph graph;
    const ValueId x = add_input(graph, "x", kFormat, {12});
    const ValueId falling = sort(graph, x, 0, 1);
    for (const ValueId value : {x, falling, graph.add(Op::kRelu, {x})}) {
      graph.add_output(
          fmt::format("best_{}", value),
          graph.add(Op::kTopK, {value}, {{"axis", int64_t{0}}, {"k", int64_t{4}}, {"runs", runs}}));
      graph.add_output(fmt::format("all_{}", value),
                       graph.add(Op::kSort, {value}, {{"axis", int64_t{0}}, {"runs", runs}}));
    }
    expect_equal_numbers(graph, {1}, 20);
  }
  Graph graph;
  const ValueId x = add_input(graph, "x", kFormat, {6, 4}, 0);
  for (const int64_t axis : {0, 1}) {
    graph.add_output(
        fmt::format("best_{}", axis),
        graph.add(Op::kTopK, {x}, {{"axis", axis}, {"k", int64_t{3}}, {"runs", Shape{2}}}));
  }
  expect_equal_numbers(graph, {1, 2}, 20);
}

int64_t comparisons(const Graph& graph, const std::string& module_name) {
  const Lowered lowered = lower(graph, {});
  int64_t count = 0;
  for (const Module& module : lowered.netlist.modules) {
    if (module.name != module_name) continue;
    for (const Cell& cell : module.cells) count += cell.op == NetOp::kLess ? 1 : 0;
  }
  return count;
}

TEST(KnownOrder, TheBestOfSortedPartsTakeFewerComparisons) {
  Graph graph;
  const ValueId x = add_input(graph, "x", kFormat, {8, 8});
  const ValueId parts = sort(graph, x, 1, 1);
  graph.add_output("best", graph.add(Op::kTopK, {flat(graph, parts)},
                                     {{"axis", int64_t{0}}, {"k", int64_t{16}}}, "merge"));
  graph.add_output(
      "named", graph.add(Op::kTopK, {flat(graph, x)},
                         {{"axis", int64_t{0}}, {"k", int64_t{16}}, {"runs", Shape{8}}}, "named"));
  graph.add_output(
      "shown", graph.add(Op::kTopK, {flat(graph, parts)},
                         {{"axis", int64_t{0}}, {"k", int64_t{16}}, {"runs", Shape{4}}}, "shown"));
  graph.add_output("all", graph.add(Op::kTopK, {flat(graph, x)},
                                    {{"axis", int64_t{0}}, {"k", int64_t{16}}}, "no_runs"));
  NetworkChooser chooser;
  const auto live = [](const SortingNetwork& network) {
    return static_cast<int64_t>(without_dead(network).exchanges.size());
  };
  const int64_t merge = live(chooser.cheapest(std::vector<int64_t>(8, 8), 16));
  EXPECT_EQ(comparisons(graph, "merge"), merge);
  EXPECT_EQ(comparisons(graph, "named"), merge);  // the minima are cells of their own
  EXPECT_EQ(comparisons(graph, "shown"), merge);  // what the graph shows is more than is named
  EXPECT_EQ(comparisons(graph, "no_runs"), live(chooser.cheapest(64, 16)));
  expect_equal_numbers(graph);
}

}  // namespace
}  // namespace trigstone
