// How often the bits of a netlist toggle while events pass through it back to back: what a power
// estimate needs to know of the data.
#pragma once

#include <cstdint>
#include <vector>

#include "interpret/stimulus.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

struct Activity {
  Netlist flat;                      // one module, without instances
  std::vector<double> toggle_rates;  // of each of its cells: toggles a bit and clock, 0 to 1
  int64_t events = 0, clocks = 0;    // that were counted
};

// Simulates the events in the netlist interpreter, one every ii clocks, and compares the bits of
// every cell with those of the clock before, from the first output to the last event's start.
// Each wire changes at most once a clock there: glitches are not seen. Deterministic.
// Throws Error when there are too few events to fill the pipeline.
Activity measure_activity(const Netlist& netlist, const Firmware& firmware,
                          const std::vector<EventTensors>& events);

// Events that measure_activity should be given: `wanted`, but few enough for a large netlist to
// take seconds, and at least what fills its pipeline twice.
int64_t activity_events(const Netlist& netlist, const Firmware& firmware, int64_t wanted = 200);

}  // namespace trigstone
