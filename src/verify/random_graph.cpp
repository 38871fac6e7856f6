#include "verify/random_graph.h"

#include <algorithm>

#include "graph/passes.h"
#include "verify/graph_maker.h"

namespace trigstone {

const std::vector<Op>& compiled_ops() {
  static const std::vector<Op> ops = [] {
    std::vector<Op> list;
    for (const Op op : all_ops()) {
      if (traits_of(op).kind != OpClass::kComposite) list.push_back(op);
    }
    return list;
  }();
  return ops;
}

bool is_token_seed(uint64_t seed) { return seed % 3 == 2; }

Graph random_graph(uint64_t seed, const RandomGraphOptions& options) {
  return is_token_seed(seed) ? random_token_graph(seed, options)
                             : random_plain_graph(seed, options);
}

Graph random_plain_graph(uint64_t seed, const RandomGraphOptions& options) {
  GraphMaker maker(seed, options);
  const std::vector<Op>& ops = compiled_ops();
  const auto any_op = [&] {
    return ops[static_cast<size_t>(maker.random.integer(0, static_cast<int64_t>(ops.size()) - 1))];
  };
  // Expansion rewrites conv, so a graph that shall keep one holds no composite.
  const Op focus = options.focus.value_or(ops[seed % ops.size()]);
  const bool composites = focus != Op::kConv && maker.random.chance(0.2);
  maker.emit(Op::kInput);
  if (maker.random.chance(0.6)) maker.emit(Op::kInput);
  const int64_t focus_step = maker.random.integer(0, std::max(0, options.steps - 1));
  for (int64_t step = 0; step < options.steps; ++step) {
    const Op op = step == focus_step ? focus : any_op();
    if (op == Op::kInput && step != focus_step) continue;
    if (composites && step == options.steps / 2) maker.emit_composite();
    maker.emit(op);
  }
  Graph graph = maker.finish();
  graph.name = "random_" + std::to_string(seed);
  return composites ? expand_for_hardware(graph) : graph;
}

}  // namespace trigstone
