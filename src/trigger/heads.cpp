#include "trigger/heads.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "engine/engine.h"
#include "events/features.h"
#include "graph/read_model.h"
#include "netlist/firmware.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// A firmware folder's files are checked against its manifest first.
Graph load_graph(const HeadSource& source) {
  if (!fs::exists(source.model)) {
    throw Error(source.where,
                fmt::format("head '{}': {} does not exist", source.name, source.model.string()),
                fmt::format("give its model with --head {}=PATH", source.name));
  }
  if (!fs::is_directory(source.model)) return read_model(source.model);
  read_firmware(source.model);
  return read_model(source.model / "model.onnx");
}

double reduced(std::span<const double> values, const HeadSource& source) {
  switch (source.reduce) {
    case HeadReduce::kElement:
      return values[static_cast<size_t>(source.element)];
    case HeadReduce::kNorm:
      return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
    case HeadReduce::kMax:
      return *std::max_element(values.begin(), values.end());
    case HeadReduce::kSum:
      return std::accumulate(values.begin(), values.end(), 0.0);
  }
  return 0;
}

}  // namespace

struct HeadRunner::State {
  HeadSource source;
  FastEngine engine;
  size_t output = 0;
  int slots = 0;

  State(const HeadSource& head, const Graph& graph, int threads)
      : source(head), engine(graph, {.threads = threads}) {
    check_inputs();
    choose_output();
  }
  [[noreturn]] void refuse(const std::string& what, const std::string& hint) const {
    throw Error(source.where, fmt::format("head '{}': {}", source.name, what), hint);
  }
  void check_inputs() {
    const auto& inputs = engine.inputs();
    const bool tokens =
        !inputs.empty() && inputs[0].shape.size() == 2 && inputs[0].shape[1] == kTokenFeatures;
    const bool valid = inputs.size() < 2 || inputs[1].shape == Shape{inputs[0].shape.at(0)};
    if (!tokens || !valid || inputs.size() > 2) {
      refuse("its model does not take tokens",
             fmt::format("the first input is [slots,{}], the second, if any, the validity [slots]",
                         kTokenFeatures));
    }
    slots = static_cast<int>(inputs[0].shape[0]);
  }
  void choose_output() {
    const auto& outputs = engine.outputs();
    std::vector<std::string> names;
    for (const EnginePort& port : outputs) names.push_back(port.name);
    const std::string hint = fmt::format("its outputs are {}", fmt::join(names, ", "));
    if (source.output.empty()) {
      if (outputs.size() != 1) refuse("its model has several outputs; 'output' is missing", hint);
    } else {
      const auto found = std::find(names.begin(), names.end(), source.output);
      if (found == names.end()) {
        refuse(fmt::format("its model has no output '{}'", source.output), hint);
      }
      output = static_cast<size_t>(found - names.begin());
    }
    if (source.reduce == HeadReduce::kElement && source.element >= outputs[output].elements()) {
      refuse(fmt::format("output '{}' has {} elements, there is no element {}",
                         outputs[output].name, outputs[output].elements(), source.element),
             "elements count from 0");
    }
  }
};

HeadRunner::HeadRunner(const HeadSource& source, int threads)
    : state_(std::make_unique<State>(source, load_graph(source), threads)) {}
HeadRunner::~HeadRunner() = default;
HeadRunner::HeadRunner(HeadRunner&&) noexcept = default;
HeadRunner& HeadRunner::operator=(HeadRunner&&) noexcept = default;

std::vector<double> HeadRunner::run(std::span<const Event> events) const {
  const FastEngine& engine = state_->engine;
  const TokenBatch batch = make_batch(events, state_->slots);
  std::vector<BatchInput> inputs = {
      {batch.values.data(), NumberType::kFloat32, std::ssize(batch.values)}};
  if (engine.inputs().size() == 2) {
    inputs.push_back({batch.valid.data(), NumberType::kUint8, std::ssize(batch.valid)});
  }
  std::vector<std::vector<double>> results;
  std::vector<BatchOutput> outputs;
  results.reserve(engine.outputs().size());
  for (const EnginePort& port : engine.outputs()) {
    results.emplace_back(static_cast<size_t>(batch.events * port.elements()));
    outputs.push_back({results.back().data(), NumberType::kFloat64, std::ssize(results.back())});
  }
  engine.run(batch.events, inputs, outputs);
  const auto each = static_cast<size_t>(engine.outputs()[state_->output].elements());
  std::vector<double> values;
  values.reserve(events.size());
  for (size_t event = 0; event < events.size(); ++event) {
    values.push_back(
        reduced(std::span(results[state_->output]).subspan(event * each, each), state_->source));
  }
  return values;
}

}  // namespace trigstone
