// Plans: what they promise, what they refuse, and how near the estimate is.
#include "fabric/map.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "fabric/fabric_testing.h"
#include "fabric/place.h"

namespace trigstone {
namespace {

MappedModel mapped(const Graph& graph, const Fabric& fabric) {
  LowerOptions options;
  options.clock_mhz = fabric.board_clock_mhz;
  const Lowered lowered = lower(graph, options);
  return map_firmware(lowered.netlist, lowered.firmware, fabric, "m");
}

TEST(Map, BoardsStayWithinTheirLimits) {
  const Fabric fabric = small_fabric(2500);
  const FabricPlan plan = mapped(small_transformer(), fabric).plan;
  EXPECT_GE(plan.boards.size(), 3U);
  for (const PlanBoard& board : plan.boards) {
    EXPECT_TRUE(fits(board.resources, board_limits(fabric))) << board.name;
  }
  EXPECT_EQ(plan.boards_in_all(), static_cast<int>(plan.boards.size()) * 3);
}

TEST(Map, WaterfallHasNoGapsAndEndsAtTheDecision) {
  const FabricPlan plan = mapped(small_transformer(), small_fabric(2500)).plan;
  double now = 0;
  for (const WaterfallStage& stage : plan.waterfall) {
    EXPECT_EQ(stage.start_ns, now) << stage.name;
    EXPECT_GE(stage.end_ns, stage.start_ns) << stage.name;
    now = stage.end_ns;
  }
  EXPECT_NEAR(now, 5000 + plan.latency_clocks * plan.fabric.clock_ns(), 1e-6);
  // Source, boards and sink: two stages a hop, one a board, one before.
  EXPECT_EQ(plan.waterfall.size(), 1 + 2 * plan.hops.size() + plan.boards.size());
  int clock = 0;
  for (size_t b = 0; b < plan.boards.size(); ++b) {
    clock += plan.hops[b].packet.delta_clocks;
    EXPECT_EQ(plan.boards[b].start_clock, clock);
  }
}

TEST(Map, OneBoardWhenItFits) {
  const MappedModel model = mapped(small_dense(), small_fabric(1e6));
  ASSERT_EQ(model.boards.size(), 1U);
  EXPECT_EQ(model.plan.hops[0].packet.bits, 12 * 8);
  EXPECT_EQ(model.plan.hops[1].packet.bits, 12 * 8);
  EXPECT_EQ(model.plan.hops[0].values[3].format, (Format{8, 4}));
}

TEST(Map, NamesWhatTheFabricCannotDo) {
  const Graph graph = small_dense();
  const Lowered lowered = lower(graph, {});
  const auto refusal = [&](const Fabric& fabric) {
    return message_of([&] { map_firmware(lowered.netlist, lowered.firmware, fabric, "m"); });
  };
  Fabric fabric = small_fabric(1e6);
  fabric.board_clock_mhz = 240;
  EXPECT_EQ(refusal(fabric),
            "m: error: was compiled for 360 MHz, the boards run at 240 MHz — compile it with "
            "--clock-mhz 240, or set board.clock_mhz");
  fabric = small_fabric(1e6);
  fabric.boards = 2;
  EXPECT_EQ(refusal(fabric),
            "m: error: needs 1 board for each of 3 time slices, 3 in all; the fabric has 2 — "
            "board.count = 3, a smaller model, fewer --lanes, or fewer time slices");
  fabric = small_fabric(1e6);
  fabric.budget_ns = 5001;
  EXPECT_NE(refusal(fabric).find("ns after the collision, the budget is 5001 ns"),
            std::string::npos);
  fabric = small_fabric(1);
  EXPECT_NE(refusal(fabric).find("alone takes"), std::string::npos);
}

// Within a factor of three on models this small; docs/fabric.md shows larger ones.
TEST(Map, EstimateIsNearTheCompiledPlan) {
  const Fabric fabric = small_fabric(1e6);
  for (const Graph& graph : {small_dense(), small_transformer()}) {
    const FabricPlan exact = mapped(graph, fabric).plan;
    const FabricPlan estimate = map_estimate(graph, 1, fabric, "m").plan;
    EXPECT_TRUE(estimate.estimate);
    EXPECT_EQ(estimate.ii, exact.ii);
    EXPECT_EQ(estimate.hops.front().packet.bits, exact.hops.front().packet.bits);
    EXPECT_EQ(estimate.hops.back().packet.bits, exact.hops.back().packet.bits);
    const double luts = estimate.boards[0].resources.lut / exact.boards[0].resources.lut;
    EXPECT_GT(luts, 0.3) << graph.name;
    EXPECT_LT(luts, 3) << graph.name;
    const double clocks = static_cast<double>(estimate.latency_cycles) / exact.latency_cycles;
    EXPECT_GT(clocks, 0.3) << graph.name;
    EXPECT_LT(clocks, 3) << graph.name;
  }
}

TEST(Map, EstimateRefusesRealNumbers) {
  Graph graph;
  const ValueId x = graph.add(Op::kInput, {}, {{"shape", Shape{4}}}, "x");
  graph.add_output("y", graph.add(Op::kRelu, {x}, {}, "relu"));
  EXPECT_EQ(message_of([&] { map_estimate(graph, 1, small_fabric(1e6), "m"); }),
            "graph:node 'relu': error: has no number format — quantise the model first "
            "(`trigstone compress`)");
}

}  // namespace
}  // namespace trigstone
