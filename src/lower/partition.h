// Cuts a graph into modules: each holds connected nodes that run side by side, per lane or once.
//
// A node that reads another module's accumulated or collected result must come after it, so every
// node gets a level: one more than an operand on the other side of such a border, and one more
// before heavy nodes (linear, matmul, …), so that a module is a layer as people name it. Modules
// are the connected parts of a level; since levels never fall along an edge, no two wait for each
// other.
#pragma once

#include <string>
#include <vector>

#include "lower/elements.h"
#include "lower/plan.h"

namespace trigstone {

struct Cluster {
  std::string name;            // identifier, unique
  std::vector<ValueId> nodes;  // in order of the graph
  bool per_lane = false;
  int level = 0;
};

struct Partition {
  std::vector<Cluster> clusters;   // operands before readers
  std::vector<int> cluster_of;     // of a node; -1 for inputs, constants and views
  std::vector<bool> read_outside;  // a node that another module or an output of the graph reads
};

Partition make_partition(const Graph& graph, const Plan& plan);

}  // namespace trigstone
