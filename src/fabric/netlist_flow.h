// A compiled netlist as a chain of items, and the netlist of each board once the chain is cut.
//
//   top: instance embed, registers, instance query, instance key, …, cut before `key`
//   =>   board 0: embed, registers, query; its outputs are the values that `key` and later ones
//   read
//        board 1: key, …; its inputs are those values, right in the same clocks of its own start
//
// Local clocks keep their numbers on every board: only the start comes later.
#pragma once

#include <optional>
#include <vector>

#include "fabric/flow.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

struct NetlistFlow {
  Flow flow;
  std::vector<int> item_of;     // of every cell of the top; -1 for inputs and constants
  std::vector<CellId> cell_of;  // of every value of the flow
};

// `netlist` must have passed verify and verify_bindings with `firmware`. Cells of one clock between
// modules stay together unless they take more than `most`.
NetlistFlow flow_of(const Netlist& netlist, const Firmware& firmware,
                    const std::optional<Resources>& most = {});

// One netlist a board; element i of a board's output ports is element i of the next one's input
// ports and value i of the crossing between them. The first board's inputs and the last one's
// outputs are those of the whole.
std::vector<Netlist> cut(const Netlist& netlist, const NetlistFlow& flow,
                         const std::vector<int>& first_item);

}  // namespace trigstone
