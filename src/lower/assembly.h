// The top module under construction: instances of timed modules, and what joins tokens between
// them.
#pragma once

#include <string>
#include <vector>

#include "lower/cluster_cells.h"
#include "lower/pipeline.h"
#include "lower/regions.h"
#include "lower/signals.h"
#include "netlist/netlist.h"

namespace trigstone {

class Assembly {
 public:
  // `borders`: modules are spread over floorplanned regions (lower/regions.h). `retime`: at last,
  // values wait where they have the fewest bits (lower/retime.h).
  Assembly(const Timing& timing, bool borders, bool retime)
      : timing_(timing),
        retime_(retime),
        signals_(top_, timing.period),
        regions_(*timing.device, timing.clock_mhz, borders) {
    top_.period = timing.period;
  }
  ~Assembly() = default;
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;

  Module& top() { return top_; }
  Signals& signals() { return signals_; }
  const Timing& timing() const { return timing_; }
  const Netlist& netlist() const { return netlist_; }

  // Finds room for the module, times it, brings its inputs to their clocks and adds one instance a
  // lane. Returns the signals of its output elements, lane by lane.
  std::vector<SignalId> instantiate(ClusterModule cluster);

  // What the lanes show in one clock joined into one: `partial` holds the same elements for each
  // lane. The logic is a module called `name`.
  std::vector<SignalId> join_lanes(const std::string& name, Combine how, size_t lanes,
                                   const std::vector<SignalId>& partial);

  // The sum (largest, smallest) of a stream over its beats, as a resident value; read in `format`
  // when one is given, whose width the total fits though its interval may not.
  SignalId accumulate(Combine how, SignalId stream, const Format* format = nullptr);
  // The sums of the first `beats` beats, of the next `beats`, … of a stream: `count` of them.
  std::vector<SignalId> sums_in_turn(SignalId stream, int beats, int count, const Format& format);

  // All modules, the top last. The assembly is spent afterwards.
  Netlist finish();
  // After finish().
  std::vector<Region> take_regions() { return regions_.take(); }
  int64_t border_registers() const { return border_bits_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Cell accumulator(NetOp op, SignalId stream);
  CellId narrowed(CellId sum, const Format& format);
  SignalId held_from(CellId shown, int cycle, int region);
  void enter_regions(ClusterModule& cluster, const std::vector<Regions::Place>& places);
  Borders borders_inside(const std::vector<Regions::Place>& places) const;
  std::vector<InputTiming> timings_of(const ClusterModule& cluster) const;
  std::vector<SignalId> results_of(CellId instance, const Pipelined& timed, const Module& module,
                                   int region);

  const Timing timing_;
  const bool retime_;
  Netlist netlist_;
  Module top_;
  Signals signals_;
  Regions regions_;
  int64_t border_bits_ = 0;
  std::vector<bool> spread_;  // by module: over several regions
  std::vector<std::string> notes_;
};

}  // namespace trigstone
