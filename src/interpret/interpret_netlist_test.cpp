#include "interpret/interpret_netlist.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "netlist/evaluate.h"
#include "netlist/flatten.h"
#include "netlist/random_netlist.h"
#include "netlist/text.h"
#include "netlist/verify_netlist.h"

namespace trigstone {
namespace {

std::vector<EventTensors> random_events(const Firmware& firmware, int count, uint64_t seed) {
  Random random(seed, 9);
  std::vector<EventTensors> events;
  for (int e = 0; e < count; ++e) {
    EventTensors event;
    for (const PortBinding& binding : firmware.inputs) {
      Tensor tensor;
      tensor.shape = binding.shape;
      tensor.format = binding.format;
      for (int64_t i = 0; i < element_count(binding.shape); ++i) {
        tensor.mantissas.push_back(
            random.integer(binding.format.min_mantissa(), binding.format.max_mantissa()));
      }
      event.push_back(std::move(tensor));
    }
    events.push_back(std::move(event));
  }
  return events;
}

// Runs a text of a netlist whose ports are all streamed over their cells' windows, element by
// element: one number a beat. Returns the numbers of output "y".
std::vector<std::vector<int64_t>> run_text(const std::string& text, int beats_in,
                                           const std::vector<std::vector<int64_t>>& events,
                                           const std::vector<int>& gaps = {}, uint64_t seed = 1) {
  const Netlist netlist = parse_netlist("trigstone.netlist/1\n" + text, "test");
  const Diagnostics found = verify(netlist);
  EXPECT_TRUE(found.empty()) << found.errors()[0].what();
  const Module& top = netlist.top();
  Firmware firmware;
  firmware.top = top.name;
  firmware.ii = top.period;
  const auto bind = [&](const Port& port, int beats) {
    PortBinding binding;
    binding.name = binding.port = port.name;
    binding.shape = {beats};
    binding.token_axis = beats > 1 ? 0 : -1;
    binding.format = {port.element_bits, port.element_bits, port.is_signed, Rounding::kTRN,
                      Overflow::kWRAP};
    binding.first_cycle = top.cell(port.elements[0]).cycle;
    return binding;
  };
  firmware.inputs = {bind(top.inputs.at(0), beats_in)};
  firmware.outputs = {bind(top.outputs.at(0), top.cell(top.outputs[0].elements[0]).beats)};
  EXPECT_TRUE(verify_bindings(netlist, firmware).empty());
  std::vector<EventTensors> tensors;
  for (const auto& event : events) {
    tensors.push_back({Tensor{firmware.inputs[0].shape, firmware.inputs[0].format, event, {}}});
  }
  std::vector<std::vector<int64_t>> results;
  for (const EventTensors& event : run_netlist(netlist, firmware, tensors, gaps, seed)) {
    results.push_back(event.at(0).mantissas);
  }
  return results;
}

using Numbers = std::vector<std::vector<int64_t>>;

TEST(InterpretNetlist, AddsBackToBackEvents) {
  const char* text = R"(module "m" period 1
%0 = input() : [-8, 7] f0 @0 x1
%1 = reg(%0) : [-8, 7] f0 @1 x1
%2 = add(%1, %1) amount=2 : [-40, 35] f0 @1 x1
%3 = reg(%2) : [-40, 35] f0 @2 x1
in "x" bits=4 signed=1 (%0)
out "y" bits=7 signed=1 (%3)
)";
  EXPECT_EQ(run_text(text, 1, {{-8}, {7}, {3}}), (Numbers{{-40}, {35}, {15}}));
  EXPECT_EQ(run_text(text, 1, {{-8}, {7}, {3}}, {3, 1, 9}), (Numbers{{-40}, {35}, {15}}));
}

TEST(InterpretNetlist, AccumulatesOverTheBeatsOfOneEvent) {
  const std::string head = R"(module "m" period 3
%0 = input() : [-8, 7] f0 @0 x3
)";
  const std::string ports = R"(in "x" bits=4 signed=1 (%0)
out "y" bits=6 signed=1 (%1)
)";
  const Numbers events = {{1, 2, 3}, {-8, -8, -8}, {7, -1, 4}};
  for (const std::vector<int>& gaps : {std::vector<int>{}, std::vector<int>{2, 3, 5}}) {
    EXPECT_EQ(run_text(head + "%1 = acc_sum(%0) : [-24, 21] f0 @3 x1\n" + ports, 3, events, gaps),
              (Numbers{{6}, {-24}, {10}}));
    EXPECT_EQ(run_text(head + "%1 = acc_sum(%0) : [-24, 21] f0 @1 x3\n" + ports, 3, events, gaps),
              (Numbers{{1, 3, 6}, {-8, -16, -24}, {7, 6, 10}}));
    EXPECT_EQ(run_text(head + "%1 = acc_max(%0) : [-8, 7] f0 @3 x1\n" + ports, 3, events, gaps),
              (Numbers{{3}, {-8}, {7}}));
    EXPECT_EQ(run_text(head + "%1 = acc_min(%0) : [-8, 7] f0 @3 x1\n" + ports, 3, events, gaps),
              (Numbers{{1}, {-8}, {-1}}));
    EXPECT_EQ(run_text(head + "%1 = hold(%0) strobe=1 : [-8, 7] f0 @2 x3 held\n" + ports, 3, events,
                       gaps),
              (Numbers{{2, 2, 2}, {-8, -8, -8}, {-1, -1, -1}}));
    EXPECT_EQ(
        run_text(head + "%1 = ram(%0) amount=7 : [-8, 7] f0 @7 x3\n" + ports, 3, events, gaps),
        events);
  }
}

TEST(InterpretNetlist, ReadsRomsByPhase) {
  const char* text = R"(module "m" period 4
%0 = input() : [0, 1] f0 @1 x4
%1 = rom() strobe=1 entries=[5, 6, 7] : [5, 7] f0 @1 x4
%2 = mul(%0, %1) : [0, 7] f0 @1 x4
in "x" bits=1 signed=0 (%0)
out "y" bits=3 signed=0 (%2)
)";
  const Numbers events = {{1, 1, 1, 1}, {0, 1, 0, 1}};
  for (const std::vector<int>& gaps : {std::vector<int>{}, std::vector<int>{0, 6}}) {
    EXPECT_EQ(run_text(text, 4, events, gaps), (Numbers{{5, 6, 7, 7}, {0, 6, 0, 7}}));
  }
}

TEST(InterpretNetlist, RunsInstancesAtTheirStrobe) {
  const char* text = R"(module "sum" period 2
%0 = input() : [0, 3] f0 @0 x2
%1 = acc_sum(%0) : [0, 6] f0 @2 x1
in "a" bits=2 signed=0 (%0)
out "b" bits=3 signed=0 (%1)
module "m" period 2
%0 = input() : [0, 3] f0 @0 x2
%1 = reg(%0) : [0, 3] f0 @1 x2
%2 = instance(%1) strobe=1 module="sum" : [0, 0] f0 @0 x1
%3 = result(%2) : [0, 6] f0 @3 x1
in "x" bits=2 signed=0 (%0)
out "y" bits=3 signed=0 (%3)
)";
  EXPECT_EQ(run_text(text, 2, {{1, 2}, {3, 3}, {0, 1}}), (Numbers{{3}, {6}, {1}}));
}

TEST(InterpretNetlist, EqualsTheFlattenedNetlistAndForgetsGarbage) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    const RandomNetlist random = random_netlist(seed);
    const std::vector<EventTensors> events = random_events(random.firmware, 8, seed);
    const int ii = random.firmware.ii;
    const auto first = run_netlist(random.netlist, random.firmware, events, {}, 1);
    ASSERT_EQ(run_netlist(random.netlist, random.firmware, events, {}, 2), first) << seed;
    const std::vector<int> gaps = {5, ii, ii + 1, ii + 7, ii, ii + 30, ii, ii + 2};
    ASSERT_EQ(run_netlist(random.netlist, random.firmware, events, gaps, 3), first) << seed;
    ASSERT_EQ(run_netlist(flatten(random.netlist), random.firmware, events, gaps, 4), first)
        << seed;
  }
}

TEST(InterpretNetlist, RefusesEventsThatDoNotFit) {
  const RandomNetlist random = random_netlist(1);
  std::vector<EventTensors> events = random_events(random.firmware, 2, 1);
  const auto error_of = [&](const std::vector<EventTensors>& given, const std::vector<int>& gaps) {
    try {
      run_netlist(random.netlist, random.firmware, given, gaps);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(error_of(events, {1}), "stimulus: error: 1 gaps for 2 events — give one gap an event");
  EXPECT_EQ(error_of(events, {0, 0}),
            "stimulus: error: event 1 starts 0 clocks after the one"
            " before — the initiation interval is " +
                std::to_string(random.firmware.ii));
  events[1][0].mantissas[0] = int64_t{1} << 40;
  EXPECT_NE(error_of(events, {}).find("event 1 input 'x0': error: mantissa 1099511627776 is outs"),
            std::string::npos);
  events[1][0].mantissas.pop_back();
  EXPECT_NE(error_of(events, {}).find("event 1 input 'x0': error: has shape"), std::string::npos);
  events[1].clear();
  EXPECT_NE(error_of(events, {}).find("event 1: error: has 0 tensors"), std::string::npos);
}

TEST(PackedPorts, FieldsCrossWords) {
  Random random(4);
  for (int trial = 0; trial < 10000; ++trial) {
    std::vector<uint64_t> words(3);
    for (auto& word : words) word = random.bits();
    const std::vector<uint64_t> before = words;
    const int width = static_cast<int>(random.integer(1, 64));
    const int64_t offset = random.integer(0, 192 - width);
    const auto value = wrap_to_width(static_cast<int64_t>(random.bits()), width, true);
    write_field(words, offset, width, value);
    ASSERT_EQ(read_field(words, offset, width, true), value);
    write_field(words, offset, width, read_field(before, offset, width, false));
    ASSERT_EQ(words, before);
  }
}

}  // namespace
}  // namespace trigstone
