// For tests only: a small transformer, and fabrics small enough that it needs several boards.
#pragma once

#include "fabric/fabric.h"
#include "graph/passes.h"
#include "lower/lower_testing.h"

namespace trigstone {

// Tokens and their mask in, latents (a stream) and a score out.
inline Graph small_transformer(int64_t tokens = 6, int64_t width = 4) {
  Graph graph;
  graph.name = "transformer";
  uint64_t seed = 100;
  const ValueId in = add_input(graph, "tokens", {8, 4}, {tokens, width}, 0);
  const ValueId valid = add_input(graph, "valid", {1, 1, false}, {tokens}, 0);
  const auto linear = [&](ValueId x, int64_t outputs, const std::string& name) {
    const ValueId w =
        add_random_constant(graph, {5, 1}, {graph.shape(x).back(), outputs}, ++seed, name + "_w");
    return add_quant(graph, graph.add(Op::kLinear, {x, w}, {}, name), "<8,4,RND_CONV,SAT>");
  };
  const ValueId q = linear(in, width, "query"), k = linear(in, width, "key");
  const ValueId v = linear(in, width, "value");
  const ValueId turned = graph.add(Op::kTranspose, {k}, {{"perm", Shape{1, 0}}});
  const ValueId scores =
      add_quant(graph, graph.add(Op::kMatMul, {q, turned}, {}, "scores"), "<8,4,RND_CONV,SAT>");
  const ValueId weights = graph.add(Op::kSoftmax, {scores, valid}, {{"axis", int64_t{1}}});
  const ValueId mixed = add_quant(
      graph, graph.add(Op::kMatMul, {add_quant(graph, weights, "u<8,0,RND,SAT>"), v}, {}, "mixed"),
      "<8,4,RND_CONV,SAT>");
  const ValueId x = add_quant(graph, graph.add(Op::kAdd, {in, mixed}), "<8,4,RND_CONV,SAT>");
  const ValueId sum = graph.add(Op::kReduceSum, {x, valid}, {{"axes", Shape{0}}});
  graph.add_output("latents", x);
  graph.add_output("score", linear(add_quant(graph, sum, "<8,6,RND,SAT>"), 1, "head"));
  return expand_for_hardware(graph);
}

// Dense layers, no tokens.
inline Graph small_dense() {
  Graph graph;
  graph.name = "dense";
  ValueId x = add_input(graph, "x", {8, 4}, {12});
  for (int layer = 0; layer < 3; ++layer) {
    const ValueId w = add_random_constant(graph, {5, 1}, {12, 12}, 7 + static_cast<uint64_t>(layer),
                                          fmt::format("w{}", layer));
    x = add_quant(graph, graph.add(Op::kLinear, {x, w}, {}, fmt::format("layer{}", layer)),
                  "<8,4,RND_CONV,SAT>");
  }
  graph.add_output("y", x);
  return graph;
}

// Boards that hold `luts` LUTs each, every number in step at 360 MHz.
inline Fabric small_fabric(double luts) {
  Fabric fabric;
  fabric.name = "test";
  fabric.boards = 1000;
  fabric.fill.lut = luts / 1728000;
  fabric.period_bx = 3;
  fabric.links_per_board = 8;
  fabric.serialiser_ns = 10;
  fabric.deserialiser_ns = 10;
  fabric.alignment_ns = 5;
  fabric.fibre_m = 2;
  fabric.before = {{"detector", 5000, "a test", false}};
  return fabric;
}

}  // namespace trigstone
