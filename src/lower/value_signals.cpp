#include "lower/value_signals.h"

namespace trigstone {

SignalId ValueSignals::stream(ValueId root, int64_t lane, int64_t local) const {
  const auto& signals = known_.at(root);
  const auto per_lane = static_cast<int64_t>(signals.size()) / plan_.lanes;
  return signals[static_cast<size_t>(lane * per_lane + local)];
}

SignalId ValueSignals::whole(ValueId root, int64_t index) {
  const Reading reading = plan_.of(root).result;
  if (!reading.per_token()) return known_.at(root)[static_cast<size_t>(index)];
  const TokenAxis tokens(graph_.shape(root), reading);
  const int64_t token = tokens.token(index);
  const SignalId passing = stream(root, token % plan_.lanes, tokens.local(index));
  return signals_.token(passing, static_cast<int>(token / plan_.lanes));
}

}  // namespace trigstone
