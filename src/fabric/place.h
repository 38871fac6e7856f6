// Where to cut a chain of items into boards.
//
// Dynamic programming over the cuts: every board holds a run of items within the fill limits, every
// cut costs a hop. The fewest boards win, then the shortest latency, then the fewest words on the
// links. Exact for a chain: costs of cuts and boards add up and do not depend on each other.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "fabric/flow.h"
#include "fabric/packet.h"

namespace trigstone {

Resources operator+(const Resources& a, const Resources& b);

// What a board may use: its device's content times the fill limits.
Resources board_limits(const Fabric& fabric);
// What one die of the device holds, all of it.
Resources die_of(const Fabric& fabric);
// The fraction of the device in use, one entry a resource it has: {"lut", 0.31}.
struct Fill {
  std::string resource;
  double fraction = 0;
};
std::vector<Fill> fills_of(const Resources& used, const Fabric& fabric);
bool fits(const Resources& used, const Resources& limits);

struct Placement {
  std::vector<int> first_item;  // of each board; board b holds [first_item[b], first_item[b + 1])
  std::vector<Packet> hops;     // before the first board, between boards, behind the last
  int latency_clocks = 0;       // from the first word of an event out of the source to the decision
};

class ItemTooLarge : public Error {
 public:
  using Error::Error;
};

// `where` names the model in messages. Throws Error when
// - the boards see events more often than the flow can take them,
// - an item alone is larger than a board (ItemTooLarge, so that a finer flow can be tried),
// - inputs, outputs or every usable cut need more words than the links carry between two events.
Placement place(const Flow& flow, const Fabric& fabric, const std::string& where);

}  // namespace trigstone
