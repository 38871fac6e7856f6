// `trigstone map`: a compiled model (or a graph, as an estimate) placed on the boards of a fabric.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fabric/plan.h"
#include "graph/graph.h"
#include "netlist/netlist.h"

namespace trigstone {

struct MappedModel {
  FabricPlan plan;
  std::vector<Netlist> boards;  // empty for an estimate
};

// Cuts between modules, or, when a module alone is larger than a board, inside modules too.
// `where` names the model in messages. Throws Error when the model's clock is not the fabric's,
// when it takes events too slowly, when it fits neither boards nor links, when the fabric has too
// few boards, and when the decision comes after the latency budget.
MappedModel map_firmware(const Netlist& netlist, const Firmware& firmware, const Fabric& fabric,
                         const std::string& where);

// The same from the cost of each node of a graph ready for hardware, without lowering it.
MappedModel map_estimate(const Graph& graph, int lanes, const Fabric& fabric,
                         const std::string& where);

// Writes everything but results.json below `folder`; fills plan.files. `firmware` is the firmware
// folder to take along, empty for an estimate.
void write_plan(MappedModel& mapped, const std::filesystem::path& firmware,
                const std::filesystem::path& folder);

}  // namespace trigstone
