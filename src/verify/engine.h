// Engines and how they are compared: every engine answers the same questions, and each answer must
// equal the reference interpreter's.
//
// An engine is a plain value, handed to whoever compares; the room that needs libtorch makes its
// own (graph_engine("torch", run_torch)), so that only those link it who want it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "interpret/stimulus.h"
#include "lower/lower.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

struct Question {
  std::string name;  // how to ask it again: "trigstone verify --seed 7"
  Graph graph;
  std::vector<EventTensors> events;
  uint64_t seed = 0;  // decides lanes, clock and gaps when it goes to hardware
};
// The random graph and events of `seed`, random numbers in invalid token slots.
Question random_question(uint64_t seed, int events);
struct Answer {
  std::vector<EventTensors> outputs;  // one an event
  std::string refusal;                // the error's text when the engine gave up
};
// Answers in the order of the questions: an engine may build for all of them at once.
struct Engine {
  std::string name;
  std::function<std::vector<Answer>(const std::vector<Question>&)> run;
};

// An engine that takes one graph at a time, as run_torch does. Errors become refusals.
using RunGraph =
    std::function<std::vector<EventTensors>(const Graph&, const std::vector<EventTensors>&)>;
Engine graph_engine(std::string name, RunGraph run);
// The oracle.
Engine interpreter_engine();

// The generated C++ of all questions, in one program that is compiled inside `folder`.
Engine cpp_engine(const std::filesystem::path& folder);

// The same question to hardware.
struct NetlistQuestion {
  std::string name;
  Netlist netlist;
  Firmware firmware;
  std::vector<EventTensors> events;
  std::vector<int> gaps;             // clocks between the starts of events, >= ii
  std::vector<LoadWord> loads = {};  // written before the first event
};
struct NetlistEngine {
  std::string name;
  std::function<std::vector<Answer>(const std::vector<NetlistQuestion>&)> run;
};
NetlistEngine netlist_interpreter();
// The emitted Verilog of all questions in one Verilator build inside `folder`, which is created.
// `lint` makes every warning of Verilator an error.
NetlistEngine verilator_engine(const std::filesystem::path& folder, bool lint = true);
// The same Verilog by Icarus, one question after the other; unknown output bits are refusals.
NetlistEngine icarus_engine(const std::filesystem::path& folder);

// The emitted VHDL by GHDL, the same way.
NetlistEngine ghdl_engine(const std::filesystem::path& folder);

// Compiles the question as `trigstone compile` does; the seed picks lanes among the divisors of the
// tokens, the clock, the strategy, the reuse, and the gaps: half the events back to back. Firmware
// with weights in memories is, for every other seed, compiled with other weights and loaded with
// the right ones. Throws Error when it does not compile.
NetlistQuestion lower_question(const Question& question);
// A netlist engine that compiles first.
Engine compiled(const NetlistEngine& engine);

// Where an answer departs from the reference: "event 3, output 'y'[0,2]: 5, reference 6", or the
// refusal. Shapes and mantissas must agree.
std::optional<std::string> difference(const Answer& reference, const Answer& answer,
                                      const std::vector<std::string>& output_names);
std::vector<std::string> output_names(const Graph& graph);
// Number of events whose outputs differ; all when refused.
int64_t differing_events(const Answer& reference, const Answer& answer);

}  // namespace trigstone
