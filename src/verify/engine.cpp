#include "verify/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/random.h"
#include "base/threads.h"
#include "emit/compile.h"
#include "emit/cpp_build.h"
#include "emit/ghdl_cosim.h"
#include "emit/icarus_cosim.h"
#include "emit/verilator_cosim.h"
#include "emit/verilog.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "lower/load_words.h"
#include "lower/strategy.h"
#include "lower/xnor_products.h"
#include "verify/random_graph.h"

namespace trigstone {

namespace {

// The row-major index as "[1,0,2]".
std::string index_text(const Shape& shape, int64_t flat) {
  std::vector<int64_t> index(shape.size());
  for (size_t i = shape.size(); i > 0; --i) {
    index[i - 1] = flat % shape[i - 1];
    flat /= shape[i - 1];
  }
  return fmt::format("[{}]", fmt::join(index, ","));
}

std::string number_text(const Tensor& tensor, size_t i) {
  return tensor.is_fixed() ? fmt::format("{}", tensor.mantissas[i])
                           : fmt::format("{}", tensor.reals[i]);
}

bool same_numbers(const Tensor& a, const Tensor& b) {
  return a.shape == b.shape && a.is_fixed() == b.is_fixed() && a.mantissas == b.mantissas &&
         a.reals == b.reals;
}

std::string tensor_difference(const Tensor& reference, const Tensor& actual) {
  if (reference.shape != actual.shape || reference.is_fixed() != actual.is_fixed()) {
    return fmt::format(": shape {}, reference {}", to_string(actual.shape),
                       to_string(reference.shape));
  }
  for (int64_t i = 0; i < reference.size(); ++i) {
    const auto at = static_cast<size_t>(i);
    const std::string right = number_text(reference, at), found = number_text(actual, at);
    if (right != found) {
      return fmt::format("{}: {}, reference {}", index_text(reference.shape, i), found, right);
    }
  }
  return ": another number of elements";
}

bool same_event(const EventTensors& a, const EventTensors& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!same_numbers(a[i], b[i])) return false;
  }
  return true;
}

int64_t token_count(const Graph& graph) {
  for (const ValueId id : graph.inputs()) {
    const int64_t axis = int_attribute(graph.node(id), "token_axis", -1);
    if (axis >= 0) return graph.shape(id)[static_cast<size_t>(axis)];
  }
  return 1;
}

bool has_token_axis(const Graph& graph) {
  const auto inputs = graph.inputs();
  return std::any_of(inputs.begin(), inputs.end(), [&](ValueId id) {
    return int_attribute(graph.node(id), "token_axis", -1) >= 0;
  });
}

std::string xnor_where_it_fits(const Graph& graph) {
  std::string strategy = "da";
  for (const Node& node : graph.nodes()) {
    if (fits_xnor(graph, node)) strategy += "," + quoted_node(node.name) + "=xnor";
  }
  return strategy;
}

// The outputs of every node in `loaded` change places, so that all formats stay as they are.
Graph with_other_weights(const Graph& graph, const std::vector<LoadedWeights>& loaded) {
  std::vector<int> readers(static_cast<size_t>(graph.size()));
  for (const Node& node : graph.nodes()) {
    for (const ValueId id : node.operands) ++readers[static_cast<size_t>(id)];
  }
  const auto movable = [&](ValueId id) {
    return graph.node(id).data != nullptr && readers[static_cast<size_t>(id)] == 1;
  };
  Graph other = graph;
  for (const Node& node : graph.nodes()) {
    const bool in_memory = std::any_of(loaded.begin(), loaded.end(),
                                       [&](const LoadedWeights& w) { return w.node == node.name; });
    if (!in_memory) continue;
    if (!std::all_of(node.operands.begin() + 1, node.operands.end(), movable)) continue;
    for (size_t i = 1; i < node.operands.size(); ++i) {
      Tensor moved = *graph.node(node.operands[i]).data;
      const int64_t outputs = moved.shape.back();
      for (auto line = moved.mantissas.begin(); line != moved.mantissas.end(); line += outputs) {
        std::rotate(line, line + 1, line + outputs);
      }
      other.set_data(node.operands[i], std::make_shared<Tensor>(std::move(moved)));
    }
  }
  return other;
}

std::vector<int> random_gaps(int ii, size_t events, uint64_t seed) {
  Random random(seed, 0x676170);
  std::vector<int> gaps;
  for (size_t i = 0; i < events; ++i) {
    gaps.push_back(ii +
                   static_cast<int>(random.chance(0.5) ? 0 : random.integer(0, int64_t{2} * ii)));
  }
  return gaps;
}

template <class Q, class Run>
std::vector<Answer> answer_each(const std::vector<Q>& questions, Run run) {
  std::vector<Answer> answers;
  for (const Q& question : questions) {
    Answer answer;
    try {
      answer.outputs = run(question);
    } catch (const std::exception& error) {
      answer.refusal = error.what();
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::vector<EventTensors> checked_outputs(CosimRun run, const NetlistQuestion& question) {
  if (run.wrong_done_clocks > 0) {
    throw Error(
        question.name,
        fmt::format("done is not start delayed by {} clocks", question.firmware.latency_cycles),
        "this firmware is broken: compile the model again");
  }
  return std::move(run.outputs);
}

}  // namespace

Question random_question(uint64_t seed, int events) {
  Question question{fmt::format("trigstone verify --seed {}", seed), random_graph(seed), {}, seed};
  for (const EventTensors& event : random_events(question.graph, seed, events)) {
    question.events.push_back(with_garbage(question.graph, event, seed));
  }
  return question;
}

Engine graph_engine(std::string name, RunGraph run) {
  return {std::move(name), [run](const std::vector<Question>& questions) {
            return answer_each(questions, [&](const Question& question) {
              return run(question.graph, question.events);
            });
          }};
}

Engine interpreter_engine() {
  return graph_engine("interpret", [](const Graph& graph, const std::vector<EventTensors>& events) {
    std::vector<EventTensors> outputs;
    for (const EventTensors& event : events) outputs.push_back(interpret(graph, event));
    return outputs;
  });
}

Engine cpp_engine(const std::filesystem::path& folder) {
  return {
      "cpp", [folder](const std::vector<Question>& questions) {
        std::vector<Answer> answers(questions.size());
        std::vector<CppSource> sources;
        std::vector<size_t> places;
        for (size_t i = 0; i < questions.size(); ++i) {
          try {
            sources.push_back(emit_cpp(questions[i].graph, {fmt::format("model_{}", i), false}));
            places.push_back(i);
          } catch (const std::exception& error) {
            answers[i].refusal = error.what();
          }
        }
        CppModels::Config config;
        config.jobs = hardware_threads();
        const CppModels models(std::move(sources), folder, config);
        for (size_t m = 0; m < places.size(); ++m) {
          Answer& answer = answers[places[m]];
          try {
            answer.outputs = models.run(m, questions[places[m]].events);
          } catch (const std::exception& error) {
            answer.refusal = error.what();
          }
        }
        return answers;
      }};
}

NetlistEngine netlist_interpreter() {
  return {"netlist", [](const std::vector<NetlistQuestion>& questions) {
            return answer_each(questions, [](const NetlistQuestion& question) {
              return run_netlist(question.netlist, question.firmware, question.events,
                                 question.gaps, 1, question.loads);
            });
          }};
}

NetlistEngine verilator_engine(const std::filesystem::path& folder, bool lint) {
  return {
      "verilator", [folder, lint](const std::vector<NetlistQuestion>& questions) {
        std::vector<CosimDesign> designs;
        for (const NetlistQuestion& question : questions) {
          designs.push_back({question.firmware, emit_verilog(question.netlist, question.firmware)});
        }
        Cosim::Config config;
        config.jobs = hardware_threads();
        config.lint = lint;
        const Cosim cosim(std::move(designs), folder, config);
        return answer_each(questions, [&, i = size_t{0}](const NetlistQuestion& q) mutable {
          return checked_outputs(cosim.run(i++, q.events, q.gaps, 1, q.loads), q);
        });
      }};
}

NetlistEngine icarus_engine(const std::filesystem::path& folder) {
  return {"icarus", [folder](const std::vector<NetlistQuestion>& questions) {
            return answer_each(questions, [&](const NetlistQuestion& q) {
              const CosimDesign design{q.firmware, emit_verilog(q.netlist, q.firmware)};
              return checked_outputs(run_icarus(design, folder, q.events, q.gaps, 1, q.loads), q);
            });
          }};
}

NetlistEngine ghdl_engine(const std::filesystem::path& folder) {
  return {"ghdl", [folder](const std::vector<NetlistQuestion>& questions) {
            return answer_each(questions, [&](const NetlistQuestion& q) {
              const VhdlDesign design = vhdl_design(q.netlist, q.firmware);
              return checked_outputs(run_ghdl(design, folder, q.events, q.gaps, 1, q.loads), q);
            });
          }};
}

NetlistQuestion lower_question(const Question& question) {
  std::vector<int64_t> divisors;
  const int64_t tokens = token_count(question.graph);
  for (int64_t lanes = 1; lanes <= tokens; ++lanes) {
    if (tokens % lanes == 0) divisors.push_back(lanes);
  }
  CompileOptions options;
  options.lower.lanes = static_cast<int>(divisors[question.seed / 3 % divisors.size()]);
  // Slow clocks put many cells between two registers, fast ones few.
  options.lower.clock_mhz = question.seed % 2 == 0 ? 360 : 120;
  constexpr std::array kStrategies = {"da", "dsp", "stream", "xnor"};
  options.lower.strategy = kStrategies[question.seed / 5 % kStrategies.size()];
  if (question.seed / 2 % 2 == 1) options.lower.adders = "ternary";
  options.lower.primitives = question.seed / 4 % 2 == 1;
  const bool in_memory = options.lower.strategy == "stream";
  const int64_t most = has_token_axis(question.graph) ? tokens / options.lower.lanes : 40;
  if (in_memory) options.lower.reuse = 1 + static_cast<int>(question.seed / 7 % most);
  const Graph graph = hardware_graph(question.graph, options);
  if (options.lower.strategy == "xnor") options.lower.strategy = xnor_where_it_fits(graph);
  Lowered lowered = lower(graph, options.lower);
  std::vector<LoadWord> loads;
  if (in_memory && question.seed % 2 == 1) {
    lowered = lower(with_other_weights(graph, lowered.firmware.weights), options.lower);
    loads = load_words(lowered.firmware, graph);
  }
  std::vector<int> gaps = random_gaps(lowered.firmware.ii, question.events.size(), question.seed);
  return {question.name,
          std::move(lowered.netlist),
          std::move(lowered.firmware),
          question.events,
          std::move(gaps),
          std::move(loads)};
}

Engine compiled(const NetlistEngine& engine) {
  return {engine.name, [engine](const std::vector<Question>& questions) {
            std::vector<Answer> answers(questions.size());
            std::vector<NetlistQuestion> lowered;
            std::vector<size_t> places;
            for (size_t i = 0; i < questions.size(); ++i) {
              try {
                lowered.push_back(lower_question(questions[i]));
                places.push_back(i);
              } catch (const std::exception& error) {
                answers[i].refusal = error.what();
              }
            }
            std::vector<Answer> found = engine.run(lowered);
            for (size_t i = 0; i < found.size(); ++i) answers[places[i]] = std::move(found[i]);
            return answers;
          }};
}

std::optional<std::string> difference(const Answer& reference, const Answer& answer,
                                      const std::vector<std::string>& output_names) {
  if (!answer.refusal.empty()) return "refused: " + answer.refusal;
  if (answer.outputs.size() != reference.outputs.size()) {
    return fmt::format("{} events answered of {}", answer.outputs.size(), reference.outputs.size());
  }
  for (size_t e = 0; e < reference.outputs.size(); ++e) {
    const EventTensors& right = reference.outputs[e];
    const EventTensors& found = answer.outputs[e];
    if (found.size() != right.size()) return fmt::format("event {}: {} outputs", e, found.size());
    for (size_t o = 0; o < right.size(); ++o) {
      if (same_numbers(right[o], found[o])) continue;
      return fmt::format("event {}, output '{}'{}", e, output_names.at(o),
                         tensor_difference(right[o], found[o]));
    }
  }
  return std::nullopt;
}

std::vector<std::string> output_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Output& output : graph.outputs()) names.push_back(output.name);
  return names;
}

int64_t differing_events(const Answer& reference, const Answer& answer) {
  int64_t count = 0;
  for (size_t e = 0; e < reference.outputs.size(); ++e) {
    const bool same =
        e < answer.outputs.size() && same_event(reference.outputs[e], answer.outputs[e]);
    count += same ? 0 : 1;
  }
  return count;
}

}  // namespace trigstone
