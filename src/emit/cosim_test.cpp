// The emitted Verilog, run by Verilator, equals the netlist interpreter on random netlists.
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/testing.h"
#include "emit/ghdl_cosim.h"
#include "emit/icarus_cosim.h"
#include "emit/verilator_cosim.h"
#include "emit/verilog.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "lower/lower.h"
#include "netlist/random_netlist.h"
#include "test_folders.h"

namespace trigstone {
namespace {

constexpr uint64_t kDesigns = 60;

std::filesystem::path folder(const std::string& name) {
  return std::filesystem::path(kBuildFolder) / "cosim" / name;
}

std::vector<EventTensors> random_events(const Firmware& firmware, int count, uint64_t seed) {
  Random random(seed, 9);
  std::vector<EventTensors> events(static_cast<size_t>(count));
  for (EventTensors& event : events) {
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
  }
  return events;
}

std::vector<int> random_gaps(int ii, size_t count, uint64_t seed) {
  Random random(seed, 4);
  std::vector<int> gaps = {static_cast<int>(random.integer(0, 5))};
  while (gaps.size() < count) {
    gaps.push_back(ii + (random.chance(0.5) ? 0 : static_cast<int>(random.integer(0, 40))));
  }
  return gaps;
}

TEST(VerilatorCosim, EqualsTheNetlistInterpreterOnRandomNetlists) {
  if (is_missing("verilator")) GTEST_SKIP() << "Verilator is missing";
  std::vector<RandomNetlist> netlists;
  std::vector<CosimDesign> designs;
  for (uint64_t seed = 0; seed < kDesigns; ++seed) {
    netlists.push_back(random_netlist(seed, 60, 3));
    netlists.back().firmware.primitives = seed % 2 == 1;
    const RandomNetlist& made = netlists.back();
    designs.push_back({made.firmware, emit_verilog(made.netlist, made.firmware)});
  }
  const Cosim cosim(designs, folder("random"));
  for (size_t i = 0; i < netlists.size(); ++i) {
    const auto& [netlist, firmware] = netlists[i];
    const std::vector<EventTensors> events = random_events(firmware, 20, i);
    const std::vector<int> gaps = random_gaps(firmware.ii, events.size(), i);
    const auto expected = run_netlist(netlist, firmware, events);
    const CosimRun back_to_back = cosim.run(i, events, {}, 7);
    EXPECT_EQ(back_to_back.wrong_done_clocks, 0) << i;
    ASSERT_EQ(back_to_back.outputs, expected) << i;
    const CosimRun with_gaps = cosim.run(i, events, gaps, 8);
    EXPECT_EQ(with_gaps.wrong_done_clocks, 0) << i;
    ASSERT_EQ(with_gaps.outputs, expected) << i;
  }
}

TEST(VerilatorCosim, NoticesAWrongLatencyAndAWrongResult) {
  if (is_missing("verilator")) GTEST_SKIP() << "Verilator is missing";
  const RandomNetlist made = random_netlist(5, 30, 1);
  auto verilog = emit_verilog(made.netlist, made.firmware);
  Firmware late = made.firmware;
  late.latency_cycles += 1;
  std::string& top = verilog.at("rtl/top.v");
  const size_t assign = top.find("assign y0 = ");
  ASSERT_NE(assign, std::string::npos);
  auto broken = verilog;
  broken.at("rtl/top.v").insert(assign + std::string("assign y0 = ").size(), "~");
  const Cosim cosim({{late, verilog}, {made.firmware, broken}}, folder("wrong"));
  const auto events = random_events(made.firmware, 5, 1);
  EXPECT_GT(cosim.run(0, events).wrong_done_clocks, 0);
  const CosimRun wrong = cosim.run(1, events);
  EXPECT_EQ(wrong.wrong_done_clocks, 0);
  EXPECT_NE(wrong.outputs, run_netlist(made.netlist, made.firmware, events));
}

TEST(VerilatorCosim, ReportsLintAsOurBug) {
  if (is_missing("verilator")) GTEST_SKIP() << "Verilator is missing";
  const RandomNetlist made = random_netlist(5, 30, 1);
  auto verilog = emit_verilog(made.netlist, made.firmware);
  std::string& top = verilog.at("rtl/top.v");
  top.insert(top.rfind("endmodule"), "  wire [3:0] narrow = 5'd3;\n");
  try {
    const Cosim cosim({{made.firmware, verilog}}, folder("lint"));
    FAIL() << "a width mismatch was accepted";
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("WIDTH"), std::string::npos) << error.what();
  }
}

TEST(IcarusCosim, EqualsTheNetlistInterpreterAndKnowsEveryBit) {
  if (is_missing("iverilog")) GTEST_SKIP() << "Icarus Verilog is missing";
  for (uint64_t seed = 100; seed < 130; ++seed) {
    RandomNetlist made = random_netlist(seed, 60, 3);
    made.firmware.primitives = seed % 2 == 1;
    const CosimDesign design = {made.firmware, emit_verilog(made.netlist, made.firmware)};
    const auto events = random_events(made.firmware, 12, seed);
    const auto gaps = random_gaps(made.firmware.ii, events.size(), seed);
    const CosimRun run =
        run_icarus(design, folder("icarus_" + std::to_string(seed)), events, gaps, seed);
    EXPECT_EQ(run.wrong_done_clocks, 0) << seed;
    ASSERT_EQ(run.outputs, run_netlist(made.netlist, made.firmware, events)) << seed;
  }
}

TEST(GhdlCosim, EqualsTheNetlistInterpreterOnRandomNetlists) {
  if (is_missing("ghdl")) GTEST_SKIP() << "GHDL is missing";
  for (uint64_t seed = 100; seed < 130; ++seed) {
    const RandomNetlist made = random_netlist(seed, 60, 3);
    const auto events = random_events(made.firmware, 12, seed);
    const auto gaps = random_gaps(made.firmware.ii, events.size(), seed);
    const CosimRun run = run_ghdl(vhdl_design(made.netlist, made.firmware),
                                  folder("ghdl_" + std::to_string(seed)), events, gaps, seed);
    EXPECT_EQ(run.wrong_done_clocks, 0) << seed;
    ASSERT_EQ(run.outputs, run_netlist(made.netlist, made.firmware, events)) << seed;
  }
}

TEST(GhdlCosim, NoticesAWrongLatencyAWrongResultAndAnUnknownBit) {
  if (is_missing("ghdl")) GTEST_SKIP() << "GHDL is missing";
  const RandomNetlist made = random_netlist(5, 30, 1);
  const auto events = random_events(made.firmware, 5, 1);
  const VhdlDesign right = vhdl_design(made.netlist, made.firmware);
  VhdlDesign late = right;
  late.firmware.latency_cycles += 1;
  EXPECT_GT(run_ghdl(late, folder("ghdl_late"), events).wrong_done_clocks, 0);

  const std::string output = "  y0 <= ";
  const size_t assign = right.vhdl.at("rtl/top.vhd").find(output);
  ASSERT_NE(assign, std::string::npos);
  VhdlDesign inverted = right;
  inverted.vhdl.at("rtl/top.vhd").insert(assign + output.size(), "not ");
  EXPECT_NE(run_ghdl(inverted, folder("ghdl_inverted"), events).outputs,
            run_netlist(made.netlist, made.firmware, events));

  const auto expect_unknown = [&](const char* name, const std::string& more, size_t removed) {
    VhdlDesign broken = right;
    broken.vhdl.at("rtl/top.vhd").replace(assign, removed, more);
    try {
      run_ghdl(broken, folder(name), events);
      FAIL() << name << ": an unknown bit was accepted";
    } catch (const InternalError& error) {
      EXPECT_NE(std::string(error.what()).find("unknown"), std::string::npos) << error.what();
    }
  };
  expect_unknown("ghdl_unknown", "  y0 <= (others => 'X');\n", 0);
  const std::string& top = right.vhdl.at("rtl/top.vhd");
  expect_unknown("ghdl_undriven", "", top.find('\n', assign) + 1 - assign);
}

// Limits next to a power of two are told by the bits above them: every limit, every number.
TEST(Cosim, LimitsHoldForEveryNumberInAllSimulators) {
  constexpr int kBits = 6;
  for (const bool with_sign : {true, false}) {
    const Format format{kBits, kBits, with_sign};
    Graph graph;
    graph.name = with_sign ? "limits" : "unsigned_limits";
    const ValueId x =
        graph.add(Op::kInput, {}, {{"shape", Shape{1}}, {"format", FormatMap(format)}}, "x");
    const std::vector<double> lows =
        with_sign ? std::vector<double>{-32, -16, -9, -8, -2, -1, 0} : std::vector<double>{0};
    for (const double low : lows) {
      for (const double high : {0, 1, 3, 4, 7, 15, 31}) {
        const ValueId y = graph.add(Op::kClamp, {x}, {{"low", low}, {"high", high}});
        graph.add_output("y" + std::to_string(graph.outputs().size()), y);
      }
    }
    const Lowered lowered = lower(graph);
    const Firmware& firmware = lowered.firmware;
    std::vector<EventTensors> events;
    for (int64_t m = format.min_mantissa(); m <= format.max_mantissa(); ++m) {
      events.push_back({Tensor{{1}, format, {m}, {}}});
    }
    std::vector<EventTensors> expected;
    for (const EventTensors& event : events) expected.push_back(interpret(graph, event));
    const CosimDesign design = {firmware, emit_verilog(lowered.netlist, firmware)};
    if (!is_missing("verilator")) {
      const Cosim cosim({design}, folder(graph.name));
      EXPECT_EQ(cosim.run(0, events).outputs, expected);
    }
    if (!is_missing("iverilog")) {
      EXPECT_EQ(run_icarus(design, folder(graph.name + "_icarus"), events).outputs, expected);
    }
    if (!is_missing("ghdl")) {
      const VhdlDesign vhdl = vhdl_design(lowered.netlist, firmware);
      EXPECT_EQ(run_ghdl(vhdl, folder(graph.name + "_ghdl"), events).outputs, expected);
    }
  }
}

}  // namespace
}  // namespace trigstone
