// The top module under construction: instances of timed modules, and what joins tokens between
// them.
#pragma once

#include <vector>

#include "lower/cluster_cells.h"
#include "lower/pipeline.h"
#include "lower/signals.h"
#include "netlist/netlist.h"

namespace trigstone {

class Assembly {
 public:
  explicit Assembly(const Timing& timing) : timing_(timing), signals_(top_, timing.period) {
    top_.period = timing.period;
  }
  ~Assembly() = default;
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;

  Module& top() { return top_; }
  Signals& signals() { return signals_; }
  const Timing& timing() const { return timing_; }
  const Netlist& netlist() const { return netlist_; }

  // Times the module, brings its inputs to their clocks and adds one instance a lane. Returns the
  // signals of its output elements, lane by lane.
  std::vector<SignalId> instantiate(const ClusterModule& cluster);

  // What the lanes show in one clock joined into one: `partial` holds the same elements for each
  // lane. The logic is a module called `name`.
  std::vector<SignalId> join_lanes(const std::string& name, Combine how, size_t lanes,
                                   const std::vector<SignalId>& partial);

  // The sum (largest, smallest) of a stream over its beats, as a resident value.
  SignalId accumulate(Combine how, SignalId stream);

  // All modules, the top last. The assembly is spent afterwards.
  Netlist finish();

 private:
  std::vector<InputTiming> timings_of(const ClusterModule& cluster) const;
  std::vector<SignalId> results_of(CellId instance, const Pipelined& timed, const Module& module);

  const Timing timing_;
  Netlist netlist_;
  Module top_;
  Signals signals_;
};

}  // namespace trigstone
