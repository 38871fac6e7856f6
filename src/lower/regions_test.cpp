// Floorplanned regions: how large, what crosses, and that the numbers stay what they are.
#include "lower/regions.h"

#include "base/testing.h"
#include "cost/region.h"
#include "lower/lower_testing.h"

namespace trigstone {
namespace {

const Device& vu13p() { return device_named("xcvu13p"); }

TEST(Regions, AreAsLargeAsTheClockAllows) {
  EXPECT_NEAR(largest_region_lut(vu13p(), 360), 33000, 100);
  EXPECT_NEAR(region_period_ns(vu13p(), 36000), 1e3 / 386, 0.25);  // the reports of the fit
  EXPECT_NEAR(region_period_ns(vu13p(), 296000), 1e3 / 203, 0.35);
  EXPECT_EQ(largest_region_lut(vu13p(), 500), kSmallestRegionLut);
}

TEST(Regions, FillUpInTheOrderOfTheData) {
  Regions regions(vu13p(), 360, true);
  const auto a = regions.place("a", 20e3), b = regions.place("b", 10e3);
  EXPECT_EQ(a.first, 0);
  EXPECT_EQ(b.last, 0);
  EXPECT_EQ(regions.clocks_between(a.last, b.first), 0);
  const auto c = regions.place("c", 80e3);  // three parts of 26.7 kLUT
  EXPECT_EQ(c.first, 1);
  EXPECT_EQ(c.last, 3);
  EXPECT_EQ(regions.clocks_between(0, 2), 1);
  EXPECT_EQ(regions.place("d", 1e3).first, 3);  // room is left beside the last part
  const std::vector<Region> all = regions.take();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].name, "a to b");
  EXPECT_EQ(all[1].name, "c, part 1 of 3");
  EXPECT_EQ(all[3].name, "c, part 3 of 3 to d");
  EXPECT_EQ(all[0].lut, 30e3);
}

TEST(Regions, FillDiesAndCrossThemWithOneRegisterMore) {
  Regions regions(vu13p(), 360, true);
  const double share = usable_slr_lut(vu13p());
  for (double lut = 0; lut < share; lut += 30e3) regions.place("m", 30e3);
  const int last = regions.place("next", 30e3).first;
  EXPECT_EQ(regions.clocks_between(last - 1, last), 2);
  EXPECT_EQ(regions.clocks_between(last - 2, last - 1), 1);
}

TEST(Regions, WithoutBordersAreOne) {
  Regions regions(vu13p(), 360, false);
  regions.place("a", 200e3);
  EXPECT_EQ(regions.place("b", 100e3).first, 0);
  const std::vector<Region> all = regions.take();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_NEAR(all[0].period_ns, 2.55 + 0.0069 * 300, 1e-9);
}

// About 15 kLUT in three layers; at 450 MHz no region holds more than 5.
Graph three_layers(int64_t tokens) {
  Graph g;
  ValueId x = add_input(g, "x", {8, 4}, {tokens, 24}, tokens > 1 ? 0 : -1);
  for (int layer = 0; layer < 3; ++layer) {
    const ValueId w = add_random_constant(g, {7, 2}, {24, 24}, 7 + static_cast<uint64_t>(layer));
    x = add_quant(g, g.add(Op::kLinear, {x, w}, {}, fmt::format("layer_{}", layer)),
                  "<8,4,RND,SAT>");
  }
  if (tokens > 1) x = g.add(Op::kReduceSum, {x}, {{"axes", Shape{0}}});
  g.add_output("y", x);
  return g;
}

LowerOptions fast(bool regions) {
  LowerOptions options;
  options.clock_mhz = 450;
  options.regions = regions;
  options.effort = Effort::kFast;
  return options;
}

TEST(Regions, BordersCostClocksAndNothingElse) {
  const Graph g = three_layers(1);
  const Firmware with = lower(g, fast(true)).firmware, without = lower(g, fast(false)).firmware;
  ASSERT_GE(with.regions.size(), 3u);
  const auto borders = static_cast<int>(with.regions.size()) - 1;
  // A register at a border may do the work of one that a layer would have had just behind it.
  EXPECT_GT(with.latency_cycles, without.latency_cycles);
  EXPECT_LE(with.latency_cycles, without.latency_cycles + borders);
  EXPECT_GT(with.border_registers, 0);
  EXPECT_GT(with.achievable_mhz(), without.achievable_mhz());
  EXPECT_EQ(without.regions.size(), 1u);
  EXPECT_EQ(without.border_registers, 0);
  for (const Region& region : with.regions) EXPECT_LE(region.lut, kSmallestRegionLut);
  expect_equal_numbers(g, {1}, 6, fast(true));
}

TEST(Regions, TokensCrossInStreams) {
  const Graph g = three_layers(4);
  ASSERT_GE(lower(g, fast(true)).firmware.regions.size(), 3u);
  expect_equal_numbers(g, {1, 2, 4}, 6, fast(true));
}

}  // namespace
}  // namespace trigstone
