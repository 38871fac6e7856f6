// The planner against trying every way to cut.
#include "fabric/place.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/random.h"
#include "base/testing.h"
#include "fabric/fabric_testing.h"

namespace trigstone {
namespace {

Flow random_flow(uint64_t seed) {
  Random random(seed);
  Flow flow;
  const int items = static_cast<int>(random.integer(1, 9));
  for (int i = 0; i < items; ++i) {
    FlowItem item{fmt::format("item{}", i), {}};
    item.resources.lut = static_cast<double>(random.integer(1, 60));
    flow.items.push_back(item);
  }
  flow.latency_cycles = items * 3;
  for (int i = -1; i < items; ++i) {
    for (int64_t n = random.integer(1, 12); n > 0; --n) {
      FlowValue value;
      value.name = "v";
      value.format = {static_cast<int>(random.integer(1, 40)), 4};
      value.elements = random.integer(1, 40);
      value.cycle = (i + 1) * 3;
      value.made = i;
      value.last_read = static_cast<int>(random.integer(i, items - 1));
      flow.values.push_back(value);
      if (i < 0) flow.inputs.push_back(value);
    }
  }
  FlowValue out;
  out.cycle = flow.latency_cycles;
  flow.outputs = {out};
  return flow;
}

struct Cost {
  size_t boards = 0;
  int latency = 0;
  int64_t words = 0;
  auto operator<=>(const Cost&) const = default;
};

Cost cost_of(const Placement& placement) {
  Cost cost{placement.first_item.size(), placement.latency_clocks, 0};
  for (const Packet& hop : placement.hops) cost.words += static_cast<int64_t>(hop.words.size());
  return cost;
}

std::optional<Cost> cheapest_by_trying(const Flow& flow, const Fabric& fabric) {
  const LinkRate rate = LinkRate::of(fabric);
  const auto hop = [&](const std::vector<FlowValue>& values, PacketStart start) {
    return pack(fields_of(values, sendings_of(values)), start, rate, fabric.links_per_board);
  };
  const auto in = hop(flow.inputs, PacketStart::kFromSource);
  const auto out = hop(flow.outputs, PacketStart::kFromBoard);
  std::optional<Cost> best;
  for (unsigned cuts = 0; in && out && cuts < 1U << (flow.end() - 1); ++cuts) {
    Cost cost{1, flow.latency_cycles + in->delta_clocks + out->delta_clocks,
              static_cast<int64_t>(in->words.size() + out->words.size())};
    double luts = 0;
    bool possible = true;
    for (int i = 0; i < flow.end() && possible; ++i) {
      if (i > 0 && (cuts >> (i - 1) & 1U) != 0) {
        std::vector<FlowValue> crossing;
        for (const size_t v : flow.crossing(i)) crossing.push_back(flow.values[v]);
        const auto packet = hop(crossing, PacketStart::kFromBoard);
        possible = packet.has_value();
        if (!possible) break;
        ++cost.boards;
        cost.latency += packet->delta_clocks;
        cost.words += static_cast<int64_t>(packet->words.size());
        luts = 0;
      }
      luts += flow.items[static_cast<size_t>(i)].resources.lut;
      possible = luts <= board_limits(fabric).lut;
    }
    if (possible && (!best || cost < *best)) best = cost;
  }
  return best;
}

TEST(Place, IsAsGoodAsTryingEveryCut) {
  int placed = 0, refused = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Flow flow = random_flow(seed);
    Fabric fabric = small_fabric(100.5);
    fabric.links_per_board = 1 + static_cast<int>(seed % 5);
    const auto best = cheapest_by_trying(flow, fabric);
    try {
      const Cost cost = cost_of(place(flow, fabric, "test"));
      ASSERT_TRUE(best) << seed;
      EXPECT_EQ(cost, *best) << seed;
      ++placed;
    } catch (const Error&) {
      EXPECT_FALSE(best) << seed;
      ++refused;
    }
  }
  EXPECT_GT(placed, 50);
  EXPECT_GT(refused, 20);
}

// Two items of 60 LUTs with `bits` between them.
Flow two_items(int64_t bits) {
  Flow flow;
  for (const char* name : {"first", "second"}) {
    flow.items.push_back({name, {}});
    flow.items.back().resources.lut = 60;
  }
  FlowValue in, between, out;
  in.last_read = 0;
  between.format = {1, 1, false};
  between.elements = bits;
  between.made = 0;
  between.last_read = 1;
  flow.values = {in, between};
  flow.inputs = {in};
  flow.outputs = {out};
  return flow;
}

TEST(Place, NamesWhatDoesNotFit) {
  const auto refusal = [](const Flow& flow, const Fabric& fabric) {
    return message_of([&] { place(flow, fabric, "m.onnx"); });
  };
  Fabric fabric = small_fabric(50.5);
  EXPECT_EQ(refusal(two_items(8), fabric),
            "m.onnx: error: 'first' alone takes 60 lut, a board of xcvu13p may use 50 — fewer bits "
            "or --lanes, a smaller layer, or a larger device");
  fabric = small_fabric(100.5);
  // Three crossings bring 27 words a link, six of them left empty.
  EXPECT_EQ(place(two_items(8 * 21 * 64), fabric, "m").first_item.size(), 2U);
  EXPECT_EQ(refusal(two_items(8 * 21 * 64 + 1), fabric),
            "m.onnx: error: no cuts within the fill limits fit the links: 8 links carry 10752 bits "
            "between two events, the narrowest cut, before 'second', needs 10753 — a longer time "
            "multiplexing period, more links, or narrower formats");
  Flow flow = two_items(8);
  flow.inputs[0].elements = 100000;
  EXPECT_EQ(refusal(flow, fabric),
            "m.onnx: error: the inputs of one event are 1600000 bits; 8 links carry 10752 between "
            "two events — a longer time multiplexing period, more links, or narrower formats");
  flow = two_items(8);
  flow.outputs[0].elements = 1000;
  EXPECT_NE(refusal(flow, fabric).find("the outputs of one event are 16000 bits"),
            std::string::npos);
  flow = two_items(8);
  flow.ii = 28;
  EXPECT_EQ(refusal(flow, fabric),
            "m.onnx: error: takes an event every 28 clocks, but time multiplexing over 3 crossings "
            "brings one every 27 — more --lanes, or time_multiplexing.period_bx = 4");
}

}  // namespace
}  // namespace trigstone
