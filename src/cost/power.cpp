#include "cost/power.h"

#include "base/error.h"
#include "cost/area.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

// Microwatts per MHz. A register's clock pin toggles in every cycle, whatever its data do.
double dynamic_uw_per_mhz(const Resources& used, double toggle_rate, const PowerConstants& p) {
  const double data = used.lut * p.lut_uw_per_mhz + used.ff * p.ff_uw_per_mhz +
                      used.dsp * p.dsp_uw_per_mhz + used.bram36 * p.bram36_uw_per_mhz;
  return data * toggle_rate / kUsualToggleRate + used.ff * p.ff_clock_uw_per_mhz;
}

}  // namespace

Power estimate_power(const Resources& used, const Device& device, double clock_mhz) {
  Power power;
  power.static_w = device.power.static_w;
  power.dynamic_w = 1e-6 * clock_mhz * dynamic_uw_per_mhz(used, power.toggle_rate, device.power);
  return power;
}

Power estimate_power(const Module& flat, const std::vector<double>& toggle_rates,
                     const Device& device, double clock_mhz) {
  ensure(toggle_rates.size() == flat.cells.size(), "power: a toggle rate a cell is needed");
  Power power;
  power.static_w = device.power.static_w;
  double bits = 0, toggles = 0, uw_per_mhz = 0;
  for (size_t i = 0; i < flat.cells.size(); ++i) {
    const Cell& cell = flat.cells[i];
    const Resources used = estimate_cell(flat, cell);
    if (used.lut + used.ff + used.dsp + used.bram36 <= 0) continue;
    uw_per_mhz += dynamic_uw_per_mhz(used, toggle_rates[i], device.power);
    bits += bits_for(cell.range);
    toggles += bits_for(cell.range) * toggle_rates[i];
  }
  power.toggle_rate = bits > 0 ? toggles / bits : 0;
  power.dynamic_w = 1e-6 * clock_mhz * uw_per_mhz;
  return power;
}

}  // namespace trigstone
