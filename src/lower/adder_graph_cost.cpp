// What an adder graph costs, with two-operand adders and with three-operand
// ones.
#include <algorithm>

#include "cost/adder_luts.h"
#include "lower/adder_graph.h"
#include "lower/ternary_graph.h"

namespace trigstone {

int64_t luts_of(const AdderGraph& graph) {
  int64_t luts = 0;
  for (const auto& adder : graph.adders) {
    luts += binary_adder_luts(graph.range_of(adder.a), graph.range_of(adder.b), adder.shift);
  }
  for (const auto& output : graph.outputs) {
    if (output.negative) luts += negation_luts(graph.range_of(output.value));
  }
  return luts;
}

AdderGraphCost cost_of(const AdderGraph& graph) {
  AdderGraphCost cost;
  cost.adders = static_cast<int64_t>(graph.adders.size());
  cost.lut = luts_of(graph);
  cost.lut_ternary = cost_of(ternary_of(graph)).lut;
  for (const auto& adder : graph.adders) cost.depth = std::max<int64_t>(cost.depth, adder.depth);
  return cost;
}

}  // namespace trigstone
