// One event for the eye of a terminal.
#pragma once

#include <string>

#include "base/json.h"
#include "events/event.h"

namespace trigstone {

// A header, a table of the first `rows` tokens and a map of eta (across) and phi (down).
// `weight_unit` is that of the file (EventFileInfo), printed where it is one.
std::string event_text(const Event& event, int rows, const std::string& weight_unit);

// The map alone: each cell shows its hardest token (t track, e electron, m muon, g photon,
// h hadron; capitals for the hard collision, small letters for pile-up).
std::string event_map(const Event& event);

// Everything the file holds about the event.
OrderedJson event_json(const Event& event);

}  // namespace trigstone
