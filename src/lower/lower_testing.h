// For tests only: graphs lowered, run clock by clock and compared with the graph's own numbers.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "graph/graph.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "lower/lower.h"

namespace trigstone {

// `data` in `format`, as a constant.
inline ValueId add_constant(Graph& graph, const Format& format, Shape shape,
                            std::vector<int64_t> mantissas, const std::string& name = "constant") {
  return graph.add_data(
      Op::kConstant,
      std::make_shared<Tensor>(Tensor{std::move(shape), format, std::move(mantissas), {}}), name);
}

inline std::vector<int64_t> random_mantissas(const Format& format, int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<int64_t> result;
  for (int64_t i = 0; i < count; ++i) {
    result.push_back(random.integer(format.min_mantissa(), format.max_mantissa()));
  }
  return result;
}

inline ValueId add_random_constant(Graph& graph, const Format& format, const Shape& shape,
                                   uint64_t seed, const std::string& name = "constant") {
  return add_constant(graph, format, shape, random_mantissas(format, element_count(shape), seed),
                      name);
}

inline ValueId add_input(Graph& graph, const std::string& name, const Format& format, Shape shape,
                         int64_t token_axis = -1) {
  Attributes attributes = {{"format", FormatMap(format)}, {"shape", std::move(shape)}};
  if (token_axis >= 0) attributes["token_axis"] = token_axis;
  return graph.add(Op::kInput, {}, std::move(attributes), name);
}

inline ValueId add_quant(Graph& graph, ValueId x, const std::string& format) {
  return graph.add(Op::kQuant, {x}, {{"formats", FormatMap(parse_format(format, "test"))}});
}

// All smallest, all largest, then random numbers.
inline std::vector<EventTensors> some_events(const Graph& graph, int count, uint64_t seed) {
  std::vector<EventTensors> events;
  for (int e = 0; e < count; ++e) {
    EventTensors event;
    for (const ValueId id : graph.inputs()) {
      const Format& format = *graph.type(id).format;
      Tensor tensor{graph.shape(id), format, {}, {}};
      tensor.mantissas =
          random_mantissas(format, tensor.size(),
                           seed + 1000 * static_cast<uint64_t>(e) + static_cast<uint64_t>(id));
      if (e == 0) tensor.mantissas.assign(tensor.mantissas.size(), format.min_mantissa());
      if (e == 1) tensor.mantissas.assign(tensor.mantissas.size(), format.max_mantissa());
      event.push_back(std::move(tensor));
    }
    events.push_back(std::move(event));
  }
  return events;
}

// Lowers with each number of lanes and compares `count` events, some of them after a gap.
inline void expect_equal_numbers(const Graph& graph, const std::vector<int>& lanes = {1},
                                 int count = 8, LowerOptions options = {}) {
  const auto events = some_events(graph, count, 17);
  for (const int p : lanes) {
    options.lanes = p;
    const Lowered lowered = lower(graph, options);
    std::vector<int> gaps;
    for (int e = 0; e < count; ++e) gaps.push_back(lowered.firmware.ii + (e % 3 == 2 ? 5 : 0));
    const auto outputs = run_netlist(lowered.netlist, lowered.firmware, events, gaps);
    for (int e = 0; e < count; ++e) {
      const auto at = static_cast<size_t>(e);
      ASSERT_EQ(outputs[at], interpret(graph, events[at])) << p << " lanes, event " << e;
    }
  }
}

}  // namespace trigstone
