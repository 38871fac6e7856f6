// How the linear operations of a graph become hardware: one way for all, or one per node.
//
//   --strategy da                       every product out of shared adder graphs
//   --strategy dsp,head=da              DSP slices, but adder graphs for the node 'head'
#pragma once

#include <map>
#include <string>

#include "graph/graph.h"

namespace trigstone {

enum class Strategy : uint8_t {
  kDa,   // constants: adder graphs; two variables: multipliers out of LUTs
  kDsp,  // products in DSP slices, two outputs a slice where they fit; sums out of LUTs
  // Weights of linear and conv in memories that can be loaded while the firmware runs; a multiplier
  // (a DSP slice) serves `reuse` products, one a clock. Other nodes as with kDa.
  kStream,
  // Linear and conv with weights of one magnitude and inputs of two values: agreements counted in
  // tables of six bits, no multiplier. Other nodes as with kDa.
  kXnor,
};
const char* name_of(Strategy strategy);

struct Strategies {
  Strategy everywhere = Strategy::kDa;
  std::map<std::string, Strategy> of_node;  // by node name

  bool use(Strategy strategy) const;  // somewhere
  Strategy of(const Node& node) const;
};

// The name as parse_strategies reads it.
std::string quoted_node(const std::string& name);

// Whether a strategy can be chosen for nodes of this kind: linear, conv, matmul, mul.
bool takes_strategy(Op op);

// `text` is a comma-separated list; an item is a strategy, for all nodes without one of their own,
// or NODE=strategy; stream and xnor can be named for linear and conv only. A name with a comma or
// an equals sign stands in double quotes, a quote inside of them is written twice. Throws Error at
// "--strategy" for unknown strategies and nodes.
Strategies parse_strategies(const std::string& text, const Graph& graph);

}  // namespace trigstone
