// `trigstone compile`: a model (or a constant matrix) becomes a firmware folder.
//
//   model → hardware passes → lower → firmware.json, model.onnx, graph.txt, netlist.txt, rtl/*.v
//
// model.onnx and graph.txt hold the graph that was lowered, so that the folder can be verified
// against itself.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/npy.h"
#include "graph/graph.h"
#include "graph/passes.h"
#include "lower/lower.h"

namespace trigstone {

struct CompileOptions {
  LowerOptions lower;
  HardwareOptions hardware;
  // Called after every pass with its name and the graph; may be empty.
  std::function<void(const std::string& pass, const Graph& graph)> after_pass;
};

// y_j = sum_i M[i][j] * x_i of an integer matrix. Throws Error at `where` when `matrix` is none.
Graph matrix_graph(const NpyArray& matrix, const Format& input_format, const std::string& where);

// What MODEL on the command line holds: ONNX, graph text, or a matrix (.npy, or .txt of integers).
// A matrix takes x in `matrix_format`.
Graph read_compile_input(const std::filesystem::path& path, const Format& matrix_format);

// `width_bits` and modes of `format`, but the fewest integer bits that hold every number of
// `values`; unsigned when none is negative.
Format calibrated(const Format& format, const std::vector<double>& values,
                  const std::string& where);

struct Compiled {
  Graph graph;  // as lowered
  Lowered lowered;
};
// The graph after the passes, as it will be lowered.
Graph hardware_graph(const Graph& model, const CompileOptions& options = {});
// Runs the passes and lowers. Throws Error at the place in the model that cannot be compiled.
Compiled compile_graph(const Graph& model, const CompileOptions& options = {});

// Writes the firmware folder, whole or not at all; returns firmware.json's content, files included.
Firmware write_firmware_folder(const Compiled& compiled, const std::filesystem::path& folder);

}  // namespace trigstone
