// How large a floorplanned region may be for a clock.
#pragma once

#include "cost/device.h"

namespace trigstone {

// Shortest period after place and route of a region that holds `lut` LUTs.
double region_period_ns(const Device& device, double lut);

// The most LUTs a region may hold at that clock. Never below kSmallestRegionLut: smaller regions
// gain nothing measurable, so that faster clocks are reported as not reached instead.
inline constexpr double kSmallestRegionLut = 5000;
double largest_region_lut(const Device& device, double clock_mhz);

// What one die (SLR) takes before placement suffers.
double usable_slr_lut(const Device& device);

}  // namespace trigstone
