// Toggles of netlists whose activity is known beforehand.
#include "interpret/activity.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "netlist/text.h"

namespace trigstone {
namespace {

// y = x + 1 of the clock before.
struct Design {
  Netlist netlist;
  Firmware firmware;
};

Design design() {
  Design made;
  made.netlist = parse_netlist(R"(trigstone.netlist/1
module "m" period 1
%0 = input() : [0, 15] f0 @0 x1
%1 = const() constant=1 : [1, 1] f0 @0 x1
%2 = add(%0, %1) : [1, 16] f0 @0 x1
%3 = reg(%2) : [1, 16] f0 @1 x1
in "x" bits=4 signed=0 (%0)
out "y" bits=5 signed=0 (%3)
)",
                               "test");
  made.firmware.top = "m";
  made.firmware.latency_cycles = 1;
  PortBinding x;
  x.name = x.port = "x";
  x.shape = {1};
  x.format = parse_format("u<4,4>", "test");
  PortBinding y = x;
  y.name = y.port = "y";
  y.format = parse_format("u<5,5>", "test");
  y.first_cycle = 1;
  made.firmware.inputs = {x};
  made.firmware.outputs = {y};
  return made;
}

std::vector<EventTensors> events_of(const std::vector<int64_t>& numbers) {
  std::vector<EventTensors> events;
  for (const int64_t x : numbers) {
    events.push_back({Tensor{{1}, parse_format("u<4,4>", "test"), {x}, {}}});
  }
  return events;
}

TEST(Activity, CountsTheBitsThatChange) {
  const auto [netlist, firmware] = design();
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < 402; ++i) numbers.push_back(i % 16);
  const Activity counting = measure_activity(netlist, firmware, events_of(numbers));
  EXPECT_EQ(counting.clocks, 400);
  EXPECT_EQ(counting.events, 400);
  // A counter of 4 bits toggles 1 + 1/2 + 1/4 + 1/8 + … bits a clock, and all four when it wraps.
  EXPECT_DOUBLE_EQ(counting.toggle_rates[0], 30.0 / 16 / 4);
  EXPECT_EQ(counting.toggle_rates[1], 0);
  EXPECT_DOUBLE_EQ(counting.toggle_rates[2], counting.toggle_rates[3]);  // one clock later
  std::vector<int64_t> alternating;
  for (int64_t i = 0; i < 50; ++i) alternating.push_back(i % 2 == 0 ? 0 : 15);
  EXPECT_EQ(measure_activity(netlist, firmware, events_of(alternating)).toggle_rates[0], 1);
  const std::vector<int64_t> still(50, 9);
  EXPECT_EQ(measure_activity(netlist, firmware, events_of(still)).toggle_rates,
            (std::vector<double>{0, 0, 0, 0}));
}

TEST(Activity, RefusesTooFewEvents) {
  const Design made = design();
  EXPECT_EQ(message_of([&] {
              measure_activity(made.netlist, made.firmware, events_of({1, 2}));
            }),
            "activity: error: 2 events do not fill a pipeline in which 2 are on their way — give "
            "more events");
}

TEST(Activity, SamplesFewEventsOfLargeNetlists) {
  auto [netlist, firmware] = design();
  EXPECT_EQ(activity_events(netlist, firmware), 202);
  firmware.ii = 1'000'000;
  EXPECT_EQ(activity_events(netlist, firmware), 51);  // 4 million cell clocks an event
}

}  // namespace
}  // namespace trigstone
