// How a graph's values live in hardware: streamed token by token, or resident, all elements at
// once.
//
// Inputs with a `token_axis` arrive as N tokens over P lanes, N / P beats. A node that treats every
// token alike keeps the stream: one module per lane, run on one token a clock. A node that mixes
// tokens either accumulates over the beats (sums, largest, smallest over the token axis, products
// contracted over it) or reads its operand whole, after all beats have been collected.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "lower/strategy.h"

namespace trigstone {

// Read element by element (axis < 0), or one token at a time along an axis of the operand.
struct Reading {
  int64_t axis = -1;
  bool per_token() const { return axis >= 0; }
  bool operator==(const Reading&) const = default;
};

struct NodePlan {
  bool constant = false;  // depends on no input
  bool view = false;      // moves elements about, no logic: resolved where it is read
  bool per_lane = false;  // runs once per lane on one token at a time
  // Its result is summed (or compared) over the beats: over all tokens when per lane, else over the
  // parts of a product whose weights come from memories.
  bool accumulates = false;
  int64_t reuse = 0;  // > 0: weights in memories, so many products a multiplier
  int64_t fold = 1;   // outputs that a multiplier serves one after the other, all inputs of each
  Reading result;     // axis of the tokens in the result; whole for resident values
  std::vector<Reading> operands;
};

struct Plan {
  int64_t tokens = 1, lanes = 1;  // 1, 1 when no input has a token axis
  std::vector<NodePlan> nodes;

  int64_t period = 1;  // clocks between events: beats(), or the largest reuse

  int64_t beats() const { return tokens / lanes; }
  const NodePlan& of(ValueId id) const { return nodes[static_cast<size_t>(id)]; }
};

// `reuse` is the most products a multiplier of strategy kStream makes for one event: first inputs
// of one output, then whole outputs; nodes that run on every token make one. Throws Error when the
// lanes do not divide the tokens, inputs differ in their tokens, or the beats of a stream leave no
// time for the reuse.
Plan make_plan(const Graph& graph, int64_t lanes, const Strategies& strategies = {},
               int64_t reuse = 1);

// Operations that move elements about, or their binary points.
bool is_view(Op op);

// The shape one lane sees: the token axis has one entry.
Shape local_shape(const Shape& shape, Reading reading);

}  // namespace trigstone
