#include "verify/shrink_steps.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "graph/passes.h"
#include "interpret/interpret_graph.h"
#include "netlist/evaluate.h"

namespace trigstone {

namespace {

size_t nodes_of(const Question& question) { return static_cast<size_t>(question.graph.size()); }
size_t events_of(const Question& question) { return question.events.size(); }
ValueId node_at(const Question& question, size_t place) {
  // From the end: what comes last takes most with it.
  return question.graph.size() - 1 - static_cast<ValueId>(place);
}
[[noreturn]] void no_simpler() { throw Error("shrink", "nothing to try here", "try another step"); }

// The graph without dead nodes and without inputs that no one reads; one input always stays.
Question cleaned(Question question) {
  const Graph graph = drop_dead(question.graph);
  std::vector<bool> is_read(static_cast<size_t>(graph.size()));
  for (const Node& node : graph.nodes()) {
    for (const ValueId id : node.operands) is_read[static_cast<size_t>(id)] = true;
  }
  for (const Output& output : graph.outputs()) is_read[static_cast<size_t>(output.value)] = true;
  const std::vector<ValueId> inputs = graph.inputs();
  std::vector<bool> keeps;
  for (const ValueId id : inputs) keeps.push_back(is_read[static_cast<size_t>(id)]);
  if (std::find(keeps.begin(), keeps.end(), true) == keeps.end()) keeps.at(0) = true;
  Rewriter rewriter(graph);
  size_t next_input = 0;
  for (ValueId id = 0; id < graph.size(); ++id) {
    if (graph.node(id).op != Op::kInput || keeps[next_input++]) rewriter.copy(id);
  }
  question.graph = rewriter.finish();
  for (EventTensors& event : question.events) {
    EventTensors kept;
    for (size_t i = 0; i < event.size(); ++i) {
      if (keeps[i]) kept.push_back(std::move(event[i]));
    }
    event = std::move(kept);
  }
  return question;
}

Question with_output(const Question& question, const std::string& name, ValueId value) {
  Rewriter rewriter(question.graph);
  for (ValueId id = 0; id < question.graph.size(); ++id) rewriter.copy(id);
  Question simpler = question;
  simpler.graph = std::move(rewriter.to());
  simpler.graph.add_output(name, value);
  return cleaned(std::move(simpler));
}

// Walks the graph; `replace` gives the new value of a node, or -1 to copy it.
Question rewritten(const Question& question,
                   const std::function<ValueId(Rewriter&, ValueId)>& replace) {
  Rewriter rewriter(question.graph);
  for (ValueId id = 0; id < question.graph.size(); ++id) {
    const ValueId value = replace(rewriter, id);
    if (value < 0) {
      rewriter.copy(id);
    } else {
      rewriter.map(id, value);
    }
  }
  Question simpler = question;
  simpler.graph = rewriter.finish();
  return simpler;
}

Question one_event(const Question& question, size_t place) {
  if (question.events.size() < 2) no_simpler();
  Question simpler = question;
  simpler.events = {question.events[place]};
  return simpler;
}

Question without_event(const Question& question, size_t place) {
  if (question.events.size() < 2) no_simpler();
  Question simpler = question;
  simpler.events.erase(simpler.events.begin() + static_cast<ptrdiff_t>(place));
  return simpler;
}

// One node is the only output.
Question output_at(const Question& question, size_t place) {
  const ValueId id = static_cast<ValueId>(place);  // from the start: the earliest takes most
  return with_output(question, question.graph.outputs()[0].name, id);
}

Question without_output(const Question& question, size_t place) {
  if (question.graph.outputs().size() < 2) no_simpler();
  Rewriter rewriter(question.graph);
  for (ValueId id = 0; id < question.graph.size(); ++id) rewriter.copy(id);
  Question simpler = question;
  simpler.graph = std::move(rewriter.to());
  for (size_t i = 0; i < question.graph.outputs().size(); ++i) {
    const Output& output = question.graph.outputs()[i];
    if (i != place) simpler.graph.add_output(output.name, output.value);
  }
  return cleaned(std::move(simpler));
}

// A node becomes an input that brings the numbers it had. `token_axis` < 0: it enters whole.
Question input_instead(const Question& question, size_t place, int64_t token_axis) {
  const ValueId old_id = node_at(question, place);
  const Node& node = question.graph.node(old_id);
  if (node.op == Op::kInput || !node.type.is_fixed()) no_simpler();
  Attributes attributes{{"shape", node.type.shape}, {"format", FormatMap(*node.type.format)}};
  if (token_axis >= 0) {
    if (node.type.shape.empty()) no_simpler();
    attributes["token_axis"] = token_axis;
  }
  // Inputs come in the order of their nodes.
  size_t position = 0;
  for (const ValueId id : question.graph.inputs()) position += id < old_id ? 1 : 0;
  Question simpler = rewritten(question, [&](Rewriter& rewriter, ValueId id) {
    return id == old_id ? rewriter.to().add(Op::kInput, {}, attributes, node.name) : -1;
  });
  for (EventTensors& event : simpler.events) {
    Tensor value = interpret_all(question.graph, event)[static_cast<size_t>(old_id)];
    value.format = node.type.format;
    event.insert(event.begin() + static_cast<ptrdiff_t>(position), std::move(value));
  }
  return cleaned(std::move(simpler));
}

// A node is bypassed: its readers read operand `place % 4` of it.
Question operand_instead(const Question& question, size_t place) {
  const ValueId old_id = node_at(question, place / 4);
  const Node& node = question.graph.node(old_id);
  const size_t which = place % 4;
  if (which >= node.operands.size()) no_simpler();
  return cleaned(rewritten(question, [&](Rewriter& rewriter, ValueId id) {
    return id == old_id ? rewriter.mapped(node.operands[which]) : -1;
  }));
}

// An optional operand (bias, mask) goes.
Question without_last_operand(const Question& question, size_t place) {
  const ValueId old_id = node_at(question, place);
  const Node& node = question.graph.node(old_id);
  if (node.operands.size() < 2) no_simpler();
  return cleaned(rewritten(question, [&](Rewriter& rewriter, ValueId id) {
    if (id != old_id) return ValueId{-1};
    std::vector<ValueId> operands = rewriter.mapped(node.operands);
    operands.pop_back();
    return rewriter.to().add(node.op, operands, node.attributes, node.name);
  }));
}

// The first elements of a tensor whose axes of length `from` now have length `to`.
Tensor cut(const Tensor& tensor, int64_t from, int64_t to) {
  Tensor result{tensor.shape, tensor.format, {}, {}};
  std::replace(result.shape.begin(), result.shape.end(), from, to);
  const std::vector<int64_t> strides = broadcast_strides(tensor.shape, tensor.shape);
  for (int64_t flat = 0; flat < result.size(); ++flat) {
    int64_t rest = flat, at = 0;
    for (size_t axis = result.shape.size(); axis-- > 0;) {
      at += rest % result.shape[axis] * strides[axis];
      rest /= result.shape[axis];
    }
    result.mantissas.push_back(tensor.mantissas.at(static_cast<size_t>(at)));
  }
  return result;
}

void cut_attributes(Attributes& attributes, int64_t from, int64_t to) {
  for (auto& [key, attribute] : attributes) {
    if (auto* numbers = std::get_if<std::vector<int64_t>>(&attribute)) {
      if (key == "shape") std::replace(numbers->begin(), numbers->end(), from, to);
      if (key == "runs" && std::accumulate(numbers->begin(), numbers->end(), int64_t{0}) == from) {
        *numbers = {to};
      }
      if (key == "indices") {
        for (int64_t& index : *numbers) index = std::min(index, to - 1);
      }
    } else if (auto* number = std::get_if<int64_t>(&attribute)) {
      if ((key == "stop" || key == "k") && *number > to) *number = to;
    } else if (auto* map = std::get_if<FormatMap>(&attribute)) {
      if (!map->uniform()) *map = FormatMap(map->formats[0]);
    }
  }
}

// Every axis of one length gets shorter, everywhere. Places: three for each length up to 64.
Question shorter_axes(const Question& question, size_t place) {
  const auto from = static_cast<int64_t>(place / 3) + 2;
  const int64_t to = place % 3 == 0 ? 1 : place % 3 == 1 ? from / 2 : from - 1;
  Question simpler = rewritten(question, [&](Rewriter& rewriter, ValueId id) {
    const Node& node = question.graph.node(id);
    if (node.data != nullptr) {
      return rewriter.to().add_data(node.op, std::make_shared<Tensor>(cut(*node.data, from, to)),
                                    node.name, int_attribute(node, "trainable", 0) != 0);
    }
    Attributes attributes = node.attributes;
    cut_attributes(attributes, from, to);
    return rewriter.to().add(node.op, rewriter.mapped(node.operands), attributes, node.name);
  });
  for (EventTensors& event : simpler.events) {
    for (Tensor& tensor : event) tensor = cut(tensor, from, to);
  }
  return simpler;
}

// The format of an input or of a quant, one bit narrower (places: upper bit, lower bit) or plain.
Format simpler_format(Format format, size_t how) {
  if (how == 0) {
    format.integer_bits -= 1;
    format.width_bits -= 1;
  } else if (how == 1) {
    format.width_bits -= 1;
  } else {
    format.rounding = Rounding::kTRN;
    format.overflow = Overflow::kWRAP;
  }
  if (format.width_bits < 1) no_simpler();
  return format;
}

Question narrower_format(const Question& question, size_t place) {
  const ValueId old_id = node_at(question, place / 4);
  const size_t how = place % 4;
  const Node& node = question.graph.node(old_id);
  if (node.op != Op::kInput && node.op != Op::kQuant) no_simpler();
  const std::string key = node.op == Op::kInput ? "format" : "formats";
  FormatMap map = formats_attribute(node, key);
  if (how == 3) {
    if (map.uniform()) no_simpler();
    map = FormatMap(map.formats[0]);
  } else {
    for (Format& format : map.formats) format = simpler_format(format, how);
  }
  Question simpler = rewritten(question, [&](Rewriter& rewriter, ValueId id) {
    if (id != old_id) return ValueId{-1};
    Attributes attributes = node.attributes;
    attributes[key] = map;
    return rewriter.to().add(node.op, rewriter.mapped(node.operands), attributes, node.name);
  });
  if (node.op == Op::kQuant) return simpler;
  const std::vector<ValueId> inputs = question.graph.inputs();
  const auto position =
      static_cast<size_t>(std::find(inputs.begin(), inputs.end(), old_id) - inputs.begin());
  const Format format = *simpler.graph.type(simpler.graph.inputs()[position]).format;
  for (EventTensors& event : simpler.events) {
    event[position].format = format;
    for (int64_t& x : event[position].mantissas) {
      x = wrap_to_width(x, format.width_bits, format.is_signed);
    }
  }
  return simpler;
}

// A number of a constant or of an event becomes 0, or all of them at once.
void make_plain(std::vector<int64_t>& numbers, size_t which) {
  if (which == 0) {
    std::fill(numbers.begin(), numbers.end(), 0);
  } else {
    numbers.at(which - 1) = 0;
  }
}

constexpr size_t kNumbers = 33;  // all, or one of the first 32

Question plainer_constant(const Question& question, size_t place) {
  const ValueId old_id = node_at(question, place / kNumbers);
  const Node& node = question.graph.node(old_id);
  if (node.data == nullptr || !node.data->is_fixed()) no_simpler();
  Tensor data = *node.data;
  make_plain(data.mantissas, place % kNumbers);
  return rewritten(question, [&](Rewriter& rewriter, ValueId id) {
    return id == old_id ? rewriter.to().add_data(node.op, std::make_shared<Tensor>(data), node.name)
                        : -1;
  });
}

Question plainer_event(const Question& question, size_t place) {
  Question simpler = question;
  const size_t inputs = question.events.empty() ? 0 : question.events[0].size();
  if (inputs == 0) no_simpler();
  EventTensors& event = simpler.events.at(place / kNumbers / inputs);
  make_plain(event.at(place / kNumbers % inputs).mantissas, place % kNumbers);
  return simpler;
}

size_t outputs_of(const Question& question) { return question.graph.outputs().size(); }
size_t axis_places(const Question&) { return size_t{3} * 63; }
size_t event_numbers(const Question& question) {
  return question.events.empty() ? 0
                                 : question.events.size() * question.events[0].size() * kNumbers;
}
size_t four_a_node(const Question& question) { return 4 * nodes_of(question); }
size_t numbers_a_node(const Question& question) { return kNumbers * nodes_of(question); }

}  // namespace

const std::vector<ShrinkStep>& shrink_steps() {
  static const std::vector<ShrinkStep> kSteps = {
      {"one event", events_of, one_event},
      {"one output, earlier", nodes_of, output_at},
      {"an output less", outputs_of, without_output},
      {"an input instead", nodes_of,
       [](const Question& q, size_t place) { return input_instead(q, place, -1); }},
      {"an input of tokens instead", nodes_of,
       [](const Question& q, size_t place) { return input_instead(q, place, 0); }},
      {"an operand instead", four_a_node, operand_instead},
      {"an operand less", nodes_of, without_last_operand},
      {"an event less", events_of, without_event},
      {"shorter axes", axis_places, shorter_axes},
      {"a narrower format", four_a_node, narrower_format},
      {"a plainer constant", numbers_a_node, plainer_constant},
      {"a plainer event", event_numbers, plainer_event},
  };
  return kSteps;
}

int64_t complexity(const Question& question) {
  const auto nonzero = [](const std::vector<int64_t>& numbers) {
    return static_cast<int64_t>(
        std::count_if(numbers.begin(), numbers.end(), [](int64_t x) { return x != 0; }));
  };
  int64_t sum =
      100'000 * (question.graph.size() + static_cast<int64_t>(question.graph.outputs().size()));
  for (const Node& node : question.graph.nodes()) {
    // An input is simpler than what it stands for.
    sum += node.op == Op::kInput || node.data != nullptr ? 0 : 10'000;
    sum += 100 * node.type.shape.size() + 100 * element_count(node.type.shape);
    if (node.type.is_fixed()) {
      const Format& format = *node.type.format;
      sum += 10 * format.width_bits + (format.rounding == Rounding::kTRN ? 0 : 1) +
             (format.overflow == Overflow::kWRAP ? 0 : 1);
    }
    sum += static_cast<int64_t>(10 * node.attributes.size() + 1000 * node.operands.size());
    if (node.data != nullptr) sum += nonzero(node.data->mantissas);
    for (const auto& [key, attribute] : node.attributes) {
      if (const auto* map = std::get_if<FormatMap>(&attribute)) {
        sum += static_cast<int64_t>(map->formats.size());
      }
    }
  }
  for (const EventTensors& event : question.events) {
    sum += 50;
    for (const Tensor& tensor : event) sum += nonzero(tensor.mantissas);
  }
  return sum;
}

}  // namespace trigstone
