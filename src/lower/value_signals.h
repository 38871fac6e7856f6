// Which signals of the top carry the elements of a graph value.
#pragma once

#include <map>
#include <vector>

#include "lower/elements.h"
#include "lower/signals.h"

namespace trigstone {

class ValueSignals {
 public:
  ValueSignals(const Graph& graph, const Plan& plan, Signals& signals)
      : graph_(graph), plan_(plan), signals_(signals) {}

  // A stream: lane by lane, the local elements of each; a resident value: its elements.
  void set(ValueId root, std::vector<SignalId> signals) { known_[root] = std::move(signals); }

  // Local element of a streamed root in a lane.
  SignalId stream(ValueId root, int64_t lane, int64_t local) const;
  // Element of a root's whole shape, resident; tokens of a stream are held as they pass.
  SignalId whole(ValueId root, int64_t index);

 private:
  const Graph& graph_;
  const Plan& plan_;
  Signals& signals_;
  std::map<ValueId, std::vector<SignalId>> known_;
};

}  // namespace trigstone
