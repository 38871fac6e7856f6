// What an adder graph costs, with two-operand adders and with the three-operand ones of
// UltraScale+.
#include <algorithm>

#include "cost/area.h"
#include "fixed/quantize.h"
#include "lower/adder_graph.h"

namespace trigstone {

namespace {

// w + ceil(w / 8) LUTs for a carry chain over w result bits; low bits that one positive operand
// alone covers are wires.
int64_t chain_luts(const AdderGraph::Adder& adder, int wired_bits) {
  const int64_t bits = std::max(bits_for(adder.range) - wired_bits, 1);
  return bits + (bits + 7) / 8;
}

// Bits below the higher operand of an adder: covered by the lower operand alone, wires when it is
// not subtracted.
int wired_bits(const AdderGraph::Adder& adder) {
  if (adder.shift >= 0) return adder.shift;  // a covers them and a is never subtracted
  return adder.subtract ? 0 : -adder.shift;  // b covers them
}

// Adders merged into their only reader, greedily from the outputs: the larger operand first.
int64_t ternary_luts(const AdderGraph& graph) {
  const size_t inputs = graph.inputs.size();
  std::vector<int> readers(inputs + graph.adders.size(), 0);
  for (const auto& adder : graph.adders) {
    ++readers[static_cast<size_t>(adder.a)];
    ++readers[static_cast<size_t>(adder.b)];
  }
  for (const auto& output : graph.outputs) {
    if (output.value >= 0) ++readers[static_cast<size_t>(output.value)];
  }
  std::vector<bool> merged(graph.adders.size(), false);
  int64_t luts = 0;
  for (size_t k = graph.adders.size(); k-- > 0;) {
    if (merged[k]) continue;
    const AdderGraph::Adder& adder = graph.adders[k];
    int best = -1;
    int64_t best_saving = 0;
    for (const int operand : {adder.a, adder.b}) {
      const auto at = static_cast<size_t>(operand);
      if (at < inputs || readers[at] != 1 || merged[at - inputs]) continue;
      const AdderGraph::Adder& inner = graph.adders[at - inputs];
      const int64_t alone =
          chain_luts(inner, wired_bits(inner)) + chain_luts(adder, wired_bits(adder));
      const int64_t saving = alone - chain_luts(adder, 0);
      if (saving > best_saving) {
        best_saving = saving;
        best = static_cast<int>(at - inputs);
      }
    }
    if (best >= 0) merged[static_cast<size_t>(best)] = true;
    luts += chain_luts(adder, best >= 0 ? 0 : wired_bits(adder));
  }
  return luts;
}

}  // namespace

AdderGraphCost cost_of(const AdderGraph& graph) {
  AdderGraphCost cost;
  cost.adders = static_cast<int64_t>(graph.adders.size());
  for (const auto& adder : graph.adders) {
    cost.lut += adder_luts(graph.range_of(adder.a), graph.range_of(adder.b), adder.shift);
    cost.depth = std::max<int64_t>(cost.depth, adder.depth);
  }
  cost.lut_ternary = ternary_luts(graph);
  for (const auto& output : graph.outputs) {
    if (!output.negative) continue;
    const int64_t bits = bits_for(graph.range_of(output.value)) + 1;
    cost.lut += bits;
    cost.lut_ternary += bits;
  }
  return cost;
}

}  // namespace trigstone
