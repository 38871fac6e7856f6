#include "print_costs.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "cost/device.h"

namespace trigstone {

std::string count_text(double count) {
  return count < 100 && 2 * count == std::floor(2 * count) ? fmt::format("{:g}", count)
                                                           : fmt::format("{:.0f}", count);
}

void print_costs(const Firmware& firmware, const Resources& used) {
  const Device& device = device_named(firmware.device);
  fmt::print("{}: II {} clocks, latency {} clocks = {:.1f} ns at {:g} MHz\n", firmware.top,
             firmware.ii, firmware.latency_cycles, firmware.latency_ns(), firmware.clock_mhz);
  fmt::print("adder graphs: {} adders ({}), {} LUTs as binary ones, {} as ternary ones, depth {}\n",
             firmware.adders, firmware.emitted, firmware.lut_cost, firmware.lut_cost_ternary,
             firmware.depth);
  fmt::print("modelled on {}{}:\n", device.name,
             device.confirmed ? "" : " (device numbers unconfirmed)");
  const auto row = [](const char* name, double count, double of) {
    fmt::print("  {:<8}{:>12}{:>9.2f} %\n", name, count_text(count),
               of > 0 ? 100 * count / of : 0.0);
  };
  row("LUT", used.lut, device.lut);
  row("FF", used.ff, device.ff);
  row("DSP", used.dsp, device.dsp);
  row("BRAM36", used.bram36, device.bram36);
  double largest = 0;
  for (const Region& region : firmware.regions) largest = std::max(largest, region.lut);
  fmt::print(
      "  clock   {:>12.0f} MHz expected ({} floorplanned region{}, the largest {:.0f} LUTs; {} "
      "bits in border registers)\n",
      firmware.achievable_mhz(), firmware.regions.size(), firmware.regions.size() == 1 ? "" : "s",
      largest, firmware.border_registers);
}

}  // namespace trigstone
