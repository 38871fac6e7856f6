// The emitted Verilog, run by Verilator, equals the netlist interpreter on random netlists.
#include "emit/verilator_cosim.h"

#include <gtest/gtest.h>

#include "base/process.h"
#include "emit/verilog.h"
#include "interpret/interpret_netlist.h"
#include "netlist/random_netlist.h"

namespace trigstone {
namespace {

constexpr uint64_t kDesigns = 60;

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

TEST(VerilatorCosim, EqualsTheNetlistInterpreterOnRandomNetlists) {
  if (!program_exists("verilator")) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "Verilator is missing";
    GTEST_SKIP() << "Verilator is missing";
  }
  std::vector<RandomNetlist> netlists;
  std::vector<CosimDesign> designs;
  for (uint64_t seed = 0; seed < kDesigns; ++seed) {
    netlists.push_back(random_netlist(seed, 60, 3));
    const RandomNetlist& made = netlists.back();
    designs.push_back({made.firmware, emit_verilog(made.netlist, made.firmware)});
  }
  const Cosim cosim(designs, std::filesystem::path(TRIGSTONE_BINARY_DIR) / "cosim_random");
  for (size_t i = 0; i < netlists.size(); ++i) {
    const auto& [netlist, firmware] = netlists[i];
    const std::vector<EventTensors> events = random_events(firmware, 20, i);
    Random random(i, 4);
    std::vector<int> gaps = {static_cast<int>(random.integer(0, 5))};
    while (gaps.size() < events.size()) {
      gaps.push_back(firmware.ii + (random.chance(0.5) ? 0 : static_cast<int>(random.integer(0, 40))));
    }
    const auto expected = run_netlist(netlist, firmware, events);
    const CosimRun back_to_back = cosim.run(i, events, {}, 7);
    EXPECT_EQ(back_to_back.wrong_done_clocks, 0) << i;
    ASSERT_EQ(back_to_back.outputs, expected) << i;
    const CosimRun with_gaps = cosim.run(i, events, gaps, 8);
    EXPECT_EQ(with_gaps.wrong_done_clocks, 0) << i;
    ASSERT_EQ(with_gaps.outputs, expected) << i;
  }
}

}  // namespace
}  // namespace trigstone
