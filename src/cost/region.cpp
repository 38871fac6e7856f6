#include "cost/region.h"

#include <algorithm>

namespace trigstone {

namespace {

constexpr double kUsableShare = 0.7;  // of the LUTs of a die

}  // namespace

double region_period_ns(const Device& device, double lut) {
  return device.region.base_ns + device.region.ns_per_klut * lut / 1e3;
}

double largest_region_lut(const Device& device, double clock_mhz) {
  const double spare_ns = 1e3 / clock_mhz - device.region.base_ns;
  return std::max(kSmallestRegionLut, 1e3 * spare_ns / device.region.ns_per_klut);
}

double usable_slr_lut(const Device& device) { return kUsableShare * device.lut / device.slr; }

}  // namespace trigstone
