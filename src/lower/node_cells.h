// One graph node as combinational cells: the arithmetic, without any thought of time.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "lower/adder_graph.h"
#include "lower/constant_data.h"
#include "lower/plan.h"
#include "lower/strategy.h"
#include "netlist/netlist.h"

namespace trigstone {

// The elements of a value that one module sees, row-major; the token axis of a stream has extent 1.
struct LocalTensor {
  Shape shape;
  std::vector<CellId> cells;
};

// What all adder graphs together cost; depth is that of the deepest.
void add_cost(AdderGraphCost& sum, const AdderGraphCost& more, int64_t copies);

class ProductSolver;
class WeightStream;

struct NodeContext {
  const Graph& graph;
  const Node& node;
  const NodePlan& plan;
  std::vector<bool> columns_read;  // of the last axis: what nobody reads may be any number
  ModuleBuilder& builder;
  ConstantData& constants;
  const AdderGraphOptions& options;
  ProductSolver& solver;
  Strategy strategy;
  WeightStream* stream;  // null unless the node's weights are in memories
  AdderGraphCost& cost;  // grows by the adder graphs made here
  bool ternary_adders = false;
  int dsp_chain = 0;  // LowerOptions::dsp_chain
};

// The cells of the node's result, one an element of its local shape; of an accumulating node, the
// part of one token. Every cell is on the grid of the node's format and fits its width.
// Throws Error at the node's place.
std::vector<CellId> lower_node(NodeContext& context, const std::vector<LocalTensor>& operands);

// Sum, largest or smallest of cells, in a balanced tree.
enum class Combine : uint8_t { kSum, kMax, kMin };
CellId combine_all(ModuleBuilder& builder, std::vector<CellId> cells, Combine how);
// How an accumulating node joins its tokens.
Combine combine_of(const Node& node);

}  // namespace trigstone
