#include "verify/run_model.h"

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "graph/read_model.h"
#include "interpret/interpret_graph.h"
#include "netlist/text.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

Shape with_events(int64_t events, const Shape& shape) {
  Shape result{events};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

void check_shape(const NpyArray& array, const Node& input, const std::string& where) {
  const Shape& shape = input.type.shape;
  const bool fits = !array.shape.empty() && array.shape == with_events(array.shape[0], shape);
  if (fits) return;
  throw Error(where,
              fmt::format("has the shape {}; input '{}' needs [events,{}", to_string(array.shape),
                          input.name, to_string(shape).substr(1)),
              "give one row an event, of this shape");
}

const NpyArray& array_of(const std::map<std::string, NpyArray>& arrays, const std::string& name,
                         bool only, const std::string& where) {
  if (only && arrays.size() == 1) return arrays.begin()->second;
  const auto found = arrays.find(name);
  if (found == arrays.end()) {
    throw Error(where, fmt::format("has no array '{}'", name),
                "give a .npz with one array for each input of the model");
  }
  return found->second;
}

Tensor raw_tensor(const NpyArray& array, int64_t event, const Node& input) {
  const int64_t size = element_count(input.type.shape);
  const auto begin = array.integers.begin() + event * size;
  return {input.type.shape, input.type.format, {begin, begin + size}, {}};
}

}  // namespace

LoadedModel load_model(const fs::path& path) {
  if (!fs::is_directory(path)) return {read_model(path), std::nullopt, {}};
  if (!fs::exists(path / "firmware.json")) {
    throw Error(path.string(), "is no firmware folder: firmware.json is missing",
                "make one with `trigstone compile MODEL -o " + path.string() + "`");
  }
  Firmware firmware = read_firmware(path);  // first: it says which file was changed
  return {read_model(path / "model.onnx"), std::move(firmware), path};
}

Netlist load_netlist(const LoadedModel& model) {
  if (!model.firmware) {
    throw Error("--engine netlist", "needs a firmware folder, not a model file",
                "compile the model first");
  }
  const fs::path path = model.folder / "netlist.txt";
  return parse_netlist(read_file(path), path.string());
}

void check_numbers(const NpyArray& array, const Node& input, bool raw, int64_t first_event,
                   const std::string& where) {
  const int64_t each = element_count(input.type.shape);
  const auto fail = [&](size_t at, const std::string& problem, const std::string& hint) {
    const auto i = static_cast<int64_t>(at);
    throw Error(where,
                fmt::format("event {}, element {} of '{}': {}", first_event + i / each, i % each,
                            input.name, problem),
                hint);
  };
  if (raw) {
    const Interval range = input.type.format->range();
    for (size_t i = 0; i < array.integers.size(); ++i) {
      if (range.contains(array.integers[i])) continue;
      fail(i,
           fmt::format("mantissa {} is outside {}", array.integers[i],
                       to_string(*input.type.format)),
           "give mantissas of the input's format, or real numbers without --raw");
    }
    return;
  }
  for (size_t i = 0; i < array.reals.size(); ++i) {
    if (!std::isfinite(array.reals[i])) {
      fail(i, fmt::format("{} is no number", array.reals[i]), "mend the file: no format holds it");
    }
  }
}

ArrayEvents events_from_arrays(const Graph& graph, const std::map<std::string, NpyArray>& arrays,
                               bool raw, const std::string& where, int64_t first_event) {
  ArrayEvents result;
  const std::vector<ValueId> inputs = graph.inputs();
  for (const ValueId id : inputs) {
    const Node& input = graph.node(id);
    const NpyArray& array = array_of(arrays, input.name, inputs.size() == 1, where);
    check_shape(array, input, where);
    if (raw && (!array.is_integer || !input.type.is_fixed())) {
      throw Error(where, "--raw needs integer mantissas and an input with a number format",
                  "give int64 arrays, or drop --raw");
    }
    const int64_t count = array.shape[0], size = element_count(input.type.shape);
    if (id != inputs.front() && count != static_cast<int64_t>(result.events.size())) {
      throw Error(
          where,
          fmt::format("'{}' holds {} events, others {}", input.name, count, result.events.size()),
          "give the same number of events in each array");
    }
    result.events.resize(static_cast<size_t>(count));
    check_numbers(array, input, raw, first_event, where);
    const std::vector<double> reals = raw ? std::vector<double>() : as_reals(array, where);
    for (int64_t event = 0; event < count; ++event) {
      EventTensors& target = result.events[static_cast<size_t>(event)];
      if (raw) {
        target.push_back(raw_tensor(array, event, input));
      } else {
        const auto begin = reals.begin() + event * size;
        target.push_back(quantize_input(graph, id, {begin, begin + size}, &result.outside));
      }
    }
  }
  return result;
}

std::map<std::string, NpyArray> arrays_from_outputs(const Graph& graph,
                                                    const std::vector<EventTensors>& outputs,
                                                    bool raw) {
  std::map<std::string, NpyArray> arrays;
  for (size_t o = 0; o < graph.outputs().size(); ++o) {
    const Type& type = graph.type(graph.outputs()[o].value);
    if (raw && !type.is_fixed()) {
      throw Error(fmt::format("output '{}'", graph.outputs()[o].name), "is a real number",
                  "drop --raw, or quantise the model");
    }
    std::vector<int64_t> integers;
    std::vector<double> reals;
    for (const EventTensors& event : outputs) {
      const Tensor& value = event[o];
      for (int64_t i = 0; i < value.size(); ++i) {
        const auto at = static_cast<size_t>(i);
        if (raw) {
          integers.push_back(value.mantissas[at]);
        } else {
          reals.push_back(value.is_fixed() ? value.format->to_real(value.mantissas[at])
                                           : value.reals[at]);
        }
      }
    }
    Shape shape = with_events(static_cast<int64_t>(outputs.size()), type.shape);
    arrays[graph.outputs()[o].name] = raw ? npy_of(std::move(shape), std::move(integers))
                                          : npy_of(std::move(shape), std::move(reals));
  }
  return arrays;
}

std::map<std::string, NpyArray> read_arrays(const fs::path& path) {
  if (path.extension() == ".npz") return read_npz(path);
  return {{"", read_npy(path)}};
}

void write_arrays(const fs::path& path, const std::map<std::string, NpyArray>& arrays) {
  if (path.extension() == ".npz") {
    write_npz(path, arrays);
  } else if (arrays.size() == 1) {
    write_npy(path, arrays.begin()->second);
  } else {
    throw Error(path.string(), fmt::format("cannot hold {} outputs", arrays.size()),
                "name the output file .npz");
  }
}

}  // namespace trigstone
