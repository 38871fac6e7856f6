// Random quantised graphs and events: the questions of the conformance suite.
//
// A seed gives one graph on every machine. Together the graphs use every operation a compiled graph
// may hold, all rounding and overflow modes, formats per tensor, channel and element, odd formats
// (one bit, negative I, I > W), broadcasting, several outputs and names no language likes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "interpret/stimulus.h"

namespace trigstone {

struct RandomGraphOptions {
  int steps = 8;            // operations tried beyond inputs and constants
  int max_width_bits = 20;  // wider values are rounded before they are read again
  int max_elements = 24;    // of any value
  std::optional<Op> focus;  // an operation that must appear; default: the seed's turn
};

// Every operation that may stand in a graph handed to the compiler, composites left out.
const std::vector<Op>& compiled_ops();

// Seeds with seed % 3 == 2 give token graphs, the others plain ones.
Graph random_graph(uint64_t seed, const RandomGraphOptions& options = {});
bool is_token_seed(uint64_t seed);

// A graph without tokens; some hold composites rewritten by expand_for_hardware.
Graph random_plain_graph(uint64_t seed, const RandomGraphOptions& options = {});

// N token slots with `valid`: layers a token, attention, masked reductions, outputs a token. What
// stands in an invalid slot cannot reach an output.
Graph random_token_graph(uint64_t seed, const RandomGraphOptions& options = {});

// The first events are corners (all smallest, all largest, alternating; no valid slot, all valid),
// the others random.
std::vector<EventTensors> random_events(const Graph& graph, uint64_t seed, int count);

// True when the graph has an input with role "valid".
bool has_valid_input(const Graph& graph);

// The same event with random numbers in every invalid slot of every input that has a token axis.
EventTensors with_garbage(const Graph& graph, const EventTensors& event, uint64_t seed);

}  // namespace trigstone
