// Test-only: small graphs, random events, and the engine against the interpreter on every
// instruction set this processor has.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/engine.h"
#include "graph/graph.h"
#include "interpret/interpret_graph.h"

namespace trigstone::test {

inline Format fixed(const std::string& text) { return parse_format(text, "test"); }

inline TensorPtr numbers(Shape shape, const std::string& format, std::vector<int64_t> mantissas) {
  return std::make_shared<const Tensor>(
      Tensor{std::move(shape), fixed(format), std::move(mantissas), {}});
}
inline TensorPtr real_numbers(Shape shape, std::vector<double> reals) {
  return std::make_shared<const Tensor>(
      Tensor{std::move(shape), std::nullopt, {}, std::move(reals)});
}

inline int64_t random_mantissa(Random& random, const Format& format) {
  const int64_t low = format.min_mantissa(), high = format.max_mantissa();
  if (random.chance(0.2)) return random.chance(0.5) ? low : high;
  if (random.chance(0.2)) return std::clamp<int64_t>(random.integer(-2, 2), low, high);
  return random.integer(low, high);
}

inline Tensor random_tensor(Random& random, const Shape& shape, const Format& format) {
  Tensor tensor{shape, format, {}, {}};
  for (int64_t i = 0; i < tensor.size(); ++i) {
    tensor.mantissas.push_back(random_mantissa(random, format));
  }
  return tensor;
}

// A graph that grows by one operation at a time.
struct Sketch {
  Graph graph;
  Random random{1};

  ValueId input(const Shape& shape, const std::string& format) {
    return graph.add(Op::kInput, {}, {{"shape", shape}, {"format", FormatMap(fixed(format))}});
  }
  ValueId constant(const Shape& shape, const std::string& format) {
    return graph.add_data(
        Op::kConstant, std::make_shared<const Tensor>(random_tensor(random, shape, fixed(format))));
  }
  ValueId quant(ValueId x, const std::string& format) {
    return graph.add(Op::kQuant, {x}, {{"formats", FormatMap(fixed(format))}});
  }
  void output(ValueId value) {
    graph.add_output("y" + std::to_string(graph.outputs().size()), value);
  }
  // An output of a new operation.
  ValueId show(Op op, std::vector<ValueId> operands, Attributes attributes = {}) {
    const ValueId value = graph.add(op, std::move(operands), std::move(attributes));
    output(value);
    return value;
  }
};

inline std::vector<std::vector<Tensor>> random_events(const Graph& graph, int count,
                                                      uint64_t seed = 1) {
  std::vector<std::vector<Tensor>> events(static_cast<size_t>(count));
  for (size_t event = 0; event < events.size(); ++event) {
    Random random(seed, event);
    for (const ValueId id : graph.inputs()) {
      events[event].push_back(random_tensor(random, graph.shape(id), *graph.type(id).format));
    }
  }
  return events;
}

// 67 events: one full tile and a rest.
inline void expect_equal(const Graph& graph, int count = 67) {
  const auto events = random_events(graph, count);
  std::vector<std::vector<Tensor>> wanted;
  for (const auto& event : events) wanted.push_back(interpret(graph, event));
  for (const Isa isa : supported_isas()) {
    EngineOptions options;
    options.isa = isa;
    EXPECT_EQ(run_engine(graph, events, options), wanted) << name_of(isa);
  }
}

}  // namespace trigstone::test
