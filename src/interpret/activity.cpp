#include "interpret/activity.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "interpret/interpret_netlist.h"

namespace trigstone {

namespace {

constexpr int64_t kMostCellClocks = 200'000'000;  // of a sample: a second or two

int64_t flat_cells(const Netlist& netlist) {
  std::vector<int64_t> cells;
  for (const Module& module : netlist.modules) {
    auto count = static_cast<int64_t>(module.cells.size());
    for (const Cell& cell : module.cells) {
      if (cell.op == NetOp::kInstance) count += cells[static_cast<size_t>(cell.module)];
    }
    cells.push_back(count);
  }
  return cells.back();
}

int64_t events_in_flight(const Firmware& firmware) {
  return firmware.latency_cycles / firmware.ii + 1;
}

}  // namespace

int64_t activity_events(const Netlist& netlist, const Firmware& firmware, int64_t wanted) {
  const int64_t affordable =
      kMostCellClocks / std::max<int64_t>(1, flat_cells(netlist) * firmware.ii);
  const int64_t filling = events_in_flight(firmware);
  return std::max(std::min(wanted, affordable), int64_t{8}) + filling;
}

Activity measure_activity(const Netlist& netlist, const Firmware& firmware,
                          const std::vector<EventTensors>& events) {
  if (static_cast<int64_t>(events.size()) <= events_in_flight(firmware)) {
    throw Error("activity",
                fmt::format("{} events do not fill a pipeline in which {} are on their way",
                            events.size(), events_in_flight(firmware)),
                "give more events");
  }
  Activity activity;
  std::vector<int64_t> toggles, before;
  std::vector<uint64_t> masks;
  int64_t clock = 0;
  const int64_t first = firmware.latency_cycles + 1;
  const int64_t last = static_cast<int64_t>(events.size()) * firmware.ii;
  const auto count = [&](const NetlistSimulation& simulation) {
    const std::vector<int64_t>& values = simulation.values();
    if (masks.empty()) {
      activity.flat.modules = {simulation.flat()};
      toggles.resize(values.size());
      for (const Cell& cell : simulation.flat().cells) {
        masks.push_back(~uint64_t{0} >> (64 - width_bits(cell)));
      }
    }
    if (clock >= first && clock < last) {
      for (size_t i = 0; i < values.size(); ++i) {
        const auto changed = static_cast<uint64_t>(values[i]) ^ static_cast<uint64_t>(before[i]);
        toggles[i] += std::popcount(changed & masks[i]);
      }
      ++activity.clocks;
    }
    before = values;
    ++clock;
  };
  run_netlist(netlist, firmware, events, {}, 1, {}, count);
  ensure(activity.clocks > 0, "activity: no clock was counted");
  activity.events = activity.clocks / firmware.ii;
  for (size_t i = 0; i < toggles.size(); ++i) {
    activity.toggle_rates.push_back(static_cast<double>(toggles[i]) /
                                    static_cast<double>(activity.clocks * std::popcount(masks[i])));
  }
  return activity;
}

}  // namespace trigstone
