// Models cut over boards give the bits of the whole, at the planned clock; whatever is broken on a
// link is found.
#include "fabric/simulate.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/testing.h"
#include "emit/compile.h"
#include "fabric/fabric_testing.h"
#include "fabric/map.h"
#include "fabric/place.h"

namespace trigstone {
namespace {

LoadedPlan mapped(const Graph& graph, const Fabric& fabric, int lanes = 1) {
  LowerOptions options;
  options.lanes = lanes;
  options.clock_mhz = fabric.board_clock_mhz;
  Lowered lowered = lower(graph, options);
  MappedModel model = map_firmware(lowered.netlist, lowered.firmware, fabric, "test");
  return {std::move(model.plan), std::move(model.boards), graph, std::move(lowered.firmware),
          std::move(lowered.netlist)};
}

SimulationRow simulated(const LoadedPlan& plan, const LinkFault& fault = {}) {
  return simulate(plan, "random", some_events(plan.graph, 12, 5), 1, fault);
}

void expect_equal_on(const Graph& graph, const Fabric& fabric, size_t least_boards, int lanes = 1) {
  const LoadedPlan plan = mapped(graph, fabric, lanes);
  EXPECT_GE(plan.boards.size(), least_boards);
  const SimulationRow row = simulated(plan);
  EXPECT_TRUE(row.equal()) << to_json(row).dump();
  EXPECT_EQ(row.events, 12);
}

TEST(Simulate, TransformerInOnePiece) {
  expect_equal_on(small_transformer(), small_fabric(1e6), 1);
}

TEST(Simulate, TransformerCutBetweenModules) {
  expect_equal_on(small_transformer(), small_fabric(2500), 3);
}

TEST(Simulate, TransformerOverTwoLanes) {
  expect_equal_on(small_transformer(), small_fabric(4000), 3, 2);
}

// No module fits, so the cuts go through them.
TEST(Simulate, TransformerCutInsideModules) {
  const Fabric fabric = small_fabric(700);
  const LoadedPlan plan = mapped(small_transformer(), fabric);
  EXPECT_GE(plan.boards.size(), 8U);
  for (const PlanBoard& board : plan.plan.boards) {
    EXPECT_TRUE(fits(board.resources, board_limits(fabric))) << board.name;
  }
  EXPECT_TRUE(simulated(plan).equal());
}

TEST(Simulate, DenseLayersOverFewLinks) {
  Fabric fabric = small_fabric(1500);
  fabric.links_per_board = 1;
  expect_equal_on(small_dense(), fabric, 2);
}

// Links of three words in four clocks, and of three in two.
TEST(Simulate, LinksOutOfStepWithTheBoards) {
  for (const double clock_mhz : {480.0, 240.0}) {
    Fabric fabric = small_fabric(2500);
    fabric.board_clock_mhz = clock_mhz;
    expect_equal_on(small_transformer(), fabric, 3);
  }
}

TEST(Simulate, NarrowWordsAndLongFibres) {
  Fabric fabric = small_fabric(2500);
  fabric.word_bits = 7;
  fabric.links_per_board = 40;
  fabric.fibre_m = 100;
  expect_equal_on(small_transformer(), fabric, 3);
}

class Faults : public testing::Test {
 protected:
  const LoadedPlan plan_ = mapped(small_transformer(), small_fabric(2500));
};

TEST_F(Faults, AFlippedBitIsADifference) {
  for (size_t hop = 0; hop < plan_.plan.hops.size(); ++hop) {
    const PacketWord& word = plan_.plan.hops[hop].packet.words.front();
    const SimulationRow row = simulated(plan_, {static_cast<int>(hop), word.link, 0, 0, 0});
    EXPECT_FALSE(row.equal()) << "hop " << hop;
    EXPECT_GT(row.differences, 0) << "hop " << hop;
    EXPECT_EQ(row.differences, row.single_board);
    EXPECT_EQ(row.wrong_clocks, 0);
    EXPECT_EQ(row.late_words, 0);
  }
}

TEST_F(Faults, ALongerHopIsAnotherClock) {
  const SimulationRow row = simulated(plan_, {1, -1, 1, -1, 0});
  EXPECT_EQ(row.wrong_clocks, row.events);
  EXPECT_EQ(row.differences, 0);
  EXPECT_NE(row.detail.find(fmt::format("decided after {} clocks, planned after {}",
                                        plan_.plan.latency_clocks + 1, plan_.plan.latency_clocks)),
            std::string::npos)
      << row.detail;
}

TEST_F(Faults, ALongerLinkIsSkew) {
  const SimulationRow row = simulated(plan_, {0, 0, 1, -1, 0});
  EXPECT_FALSE(row.equal());
  EXPECT_GT(row.late_words, 0);
}

TEST_F(Faults, APlanWithASoonerStartIsFound) {
  LoadedPlan broken = plan_;
  --broken.plan.hops[1].packet.delta_clocks;
  EXPECT_FALSE(simulated(broken).equal());
}

TEST_F(Faults, APlanWithSwappedFieldsIsFound) {
  LoadedPlan broken = plan_;
  PlanHop& hop = broken.plan.hops[0];
  ASSERT_EQ(hop.values[0].bits(), hop.values[1].bits());
  std::swap(hop.values[0].cycle, hop.values[1].cycle);
  for (size_t i = 0; i < hop.sendings.size(); ++i) hop.first_bit[i] = hop.first_bit[i] ^ 8;
  EXPECT_FALSE(simulated(broken).equal());
}

TEST(PlanFolder, RoundTripsAndRefusesWhatWasChanged) {
  const TestFolder folder;
  const Graph graph = small_transformer();
  const Compiled compiled = compile_graph(graph, {});
  const Firmware firmware = write_firmware_folder(compiled, folder / "fw");
  MappedModel model = map_firmware(compiled.lowered.netlist, firmware, small_fabric(2500), "fw");
  model.plan.inputs["fw"] = "0";
  write_plan(model, folder / "fw", folder / "plan");
  const LoadedPlan loaded = load_plan(folder / "plan");
  EXPECT_EQ(to_json(loaded.plan).dump(), to_json(model.plan).dump());
  EXPECT_EQ(loaded.boards, model.boards);
  const auto events = some_events(loaded.graph, 7, 3);
  const auto outputs = run_fabric(loaded, events);
  for (size_t e = 0; e < events.size(); ++e) {
    EXPECT_EQ(outputs[e], interpret(graph, events[e])) << e;
  }

  const std::string text = read_file(folder / "plan/plan.json");
  const auto refused = [&](const std::string& pointer, const Json& value) {
    Json broken = Json::parse(text);
    broken[Json::json_pointer(pointer)] = value;
    write_file(folder / "plan/plan.json", broken.dump());
    return message_of([&] { load_plan(folder / "plan"); });
  };
  const std::string hint = " — the file may be damaged; map the model again";
  const std::string path = (folder / "plan/plan.json").string();
  EXPECT_EQ(refused("/links/0/words/0/2", 99),
            path +
                fmt::format(": error: \"link\" is not an integer in 0..{}",
                            model.plan.hops[0].packet.links - 1) +
                hint);
  EXPECT_EQ(refused("/links/0/words/0", Json::array({1})),
            path + ": error: a word has five columns" + hint);
  EXPECT_EQ(
      refused("/links/0/fields/0/first_bits", Json::array()),
      path +
          fmt::format(": error: field '{}' needs 6 first bits", model.plan.hops[0].values[0].name) +
          hint);
  EXPECT_EQ(refused("/boards", Json::array()),
            path + ": error: a chain of n boards has n + 1 hops" + hint);
  EXPECT_NE(refused("/schema", "trigstone.plan/7").find("newer"), std::string::npos);
  EXPECT_NE(refused("/totals", Json::object()).find(hint), std::string::npos);
  EXPECT_NE(refused("/files/..~1x", "0").find("is outside the folder"), std::string::npos);
  EXPECT_EQ(refused("/estimate", true), (folder / "plan").string() +
                                            ": error: is only an estimate: it has no netlists to "
                                            "run — map the model without --estimate");
  write_file(folder / "plan/plan.json", text);
  write_file(folder / "plan/board_0/netlist.txt", "trigstone.netlist/1\n");
  EXPECT_EQ(message_of([&] { load_plan(folder / "plan"); }),
            (folder / "plan/board_0/netlist.txt").string() +
                ": error: differs from the SHA-256 in plan.json — it was changed after mapping; "
                "map the model again");
}

}  // namespace
}  // namespace trigstone
