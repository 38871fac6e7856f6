// The nodes of one module as combinational cells, and what the module reads from outside.
#pragma once

#include <vector>

#include "cost/device.h"
#include "lower/node_cells.h"
#include "lower/partition.h"
#include "lower/read_elements.h"
#include "lower/value_signals.h"
#include "netlist/firmware.h"

namespace trigstone {

struct ClusterModule {
  Module module;  // combinational
  // Of every element of the input ports, in order: the signal of each lane (one when not per lane).
  std::vector<std::vector<SignalId>> inputs;
  // Tokens of one stream that are read whole: a module takes them at one time.
  std::vector<int> together;  // equal numbers: the same group; -1: none
};

struct ClusterContext {
  const Graph& graph;
  const Plan& plan;
  const Partition& partition;
  const ReadElements& read;
  ConstantData& constants;
  Signals& signals;
  ValueSignals& values;
  const AdderGraphOptions& options;
  const std::vector<bool>& shallow;  // nodes whose sums take as few levels as they can
  ProductSolver& solver;
  const Strategies& strategies;
  std::vector<LoadedWeights>& loaded;  // grows by the weights kept in memories here
  std::vector<AdderGraphCost>& costs;  // of the nodes: grow by the adder graphs of all lanes
  const Device& device;
  bool ternary_adders = false;
  int dsp_chain = 0;  // LowerOptions::dsp_chain
};

// Which of a node's `count` cells its module shows: those that are read, of products in turn all.
std::vector<bool> shown_elements(const ReadElements& read, const Plan& plan, ValueId id,
                                 int64_t count);

// `outputs`: nodes of the cluster that are read outside of it, one port each.
ClusterModule make_cluster_module(ClusterContext& context, const Cluster& cluster,
                                  const std::vector<ValueId>& outputs);

// A port for cells of any interval: as wide as the widest.
void add_output_port(ModuleBuilder& builder, const std::string& name,
                     const std::vector<CellId>& cells);
void add_input_port(ModuleBuilder& builder, const std::string& name,
                    const std::vector<CellId>& cells);

}  // namespace trigstone
