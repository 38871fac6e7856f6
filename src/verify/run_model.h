// Arrays in, arrays out: evaluates a model or a firmware folder on NumPy files.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/npy.h"
#include "graph/graph.h"
#include "interpret/stimulus.h"
#include "netlist/firmware.h"
#include "netlist/netlist.h"

namespace trigstone {

struct LoadedModel {
  Graph graph;
  std::optional<Firmware> firmware;  // of a firmware folder, its files checked
  std::filesystem::path folder;      // of a firmware folder
};

// `path` is a firmware folder, an ONNX file or a graph in text form.
LoadedModel load_model(const std::filesystem::path& path);
// netlist.txt of a firmware folder.
Netlist load_netlist(const LoadedModel& model);

struct ArrayEvents {
  std::vector<EventTensors> events;
  int64_t outside = 0;  // numbers beyond an input's format, brought inside by its overflow mode
};

// Throws Error at `where` for the first number of an input's array that is NaN or infinite, or,
// when `raw`, a mantissa outside the input's format. The array's events count from `first_event`.
void check_numbers(const NpyArray& array, const Node& input, bool raw, int64_t first_event,
                   const std::string& where);

// Arrays (events, shape of the input…) by input name; a model of one input takes one array of any
// name. Integers when `raw`: mantissas, which must lie inside the format. `where` stands in
// messages, with the events counted from `first_event`.
ArrayEvents events_from_arrays(const Graph& graph, const std::map<std::string, NpyArray>& arrays,
                               bool raw, const std::string& where, int64_t first_event = 0);

// Arrays (events, shape of the output…) by output name: doubles, or mantissas when `raw`.
std::map<std::string, NpyArray> arrays_from_outputs(const Graph& graph,
                                                    const std::vector<EventTensors>& outputs,
                                                    bool raw);

// .npy for one array, .npz for several, by the ending of the path.
std::map<std::string, NpyArray> read_arrays(const std::filesystem::path& path);
void write_arrays(const std::filesystem::path& path, const std::map<std::string, NpyArray>& arrays);

}  // namespace trigstone
