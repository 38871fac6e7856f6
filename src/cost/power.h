// What a netlist burns: the power of the idle device, and that of every LUT, register and memory by
// how often its bits toggle.
#pragma once

#include <vector>

#include "cost/device.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

// The toggle rate for which PowerConstants stand, and the rule of thumb where none was measured.
inline constexpr double kUsualToggleRate = 0.125;

struct Power {
  double static_w = 0, dynamic_w = 0;
  double toggle_rate = kUsualToggleRate;  // mean over the bits of LUTs and registers

  double total_w() const { return static_w + dynamic_w; }
  // Of an event when one starts every `ii` clocks, the idle device's share included.
  double energy_nj(int ii, double clock_mhz) const { return total_w() * ii / clock_mhz * 1e3; }
};

// By the rule of thumb: `used` at the usual toggle rate.
Power estimate_power(const Resources& used, const Device& device, double clock_mhz);

// From measured toggle rates, one a cell of a module without instances, per bit and clock.
Power estimate_power(const Module& flat, const std::vector<double>& toggle_rates,
                     const Device& device, double clock_mhz);

}  // namespace trigstone
