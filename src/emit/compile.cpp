#include "emit/compile.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "emit/verilog.h"
#include "fixed/quantize.h"
#include "graph/onnx_writer.h"
#include "graph/read_model.h"
#include "graph/text.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "netlist/text.h"

namespace trigstone {

namespace {

bool is_matrix(const std::filesystem::path& path) {
  if (path.extension() == ".npy" || path.extension() == ".csv") return true;
  return path.extension() == ".txt" && !read_file(path).starts_with("trigstone.graph/");
}

// The entries; floating-point ones count where they are whole, as NumPy's defaults often are.
std::vector<int64_t> whole_entries(const NpyArray& matrix, const std::string& where) {
  if (matrix.is_integer) return matrix.integers;
  constexpr double kExact = 0x1p53;
  std::vector<int64_t> entries;
  for (const double x : matrix.reals) {
    if (x != std::floor(x) || std::fabs(x) > kExact) {
      const int64_t place = std::ssize(entries), columns = matrix.shape[1];
      throw Error(fmt::format("{}[{},{}]", where, place / columns, place % columns),
                  fmt::format("{} is not an integer of a double", x),
                  "scale and round the matrix first");
    }
    entries.push_back(static_cast<int64_t>(x));
  }
  return entries;
}

}  // namespace

Graph matrix_graph(const NpyArray& matrix, const Format& input_format, const std::string& where) {
  if (matrix.shape.size() != 2) {
    throw Error(where, "is not a matrix of two axes", "one row an input, one column an output");
  }
  if (matrix.size() == 0) {
    throw Error(where, "is an empty matrix", "give at least one row and one column");
  }
  Tensor weights;
  weights.shape = matrix.shape;
  weights.mantissas = whole_entries(matrix, where);
  const auto [low, high] = std::minmax_element(weights.mantissas.begin(), weights.mantissas.end());
  weights.format = covering({*low, *high}, 0, where);
  Graph graph;
  graph.name = std::filesystem::path(where).stem().string();
  const ValueId x =
      graph.add(Op::kInput, {},
                {{"shape", Shape{matrix.shape[0]}}, {"format", FormatMap(input_format)}}, "x");
  const ValueId w =
      graph.add_data(Op::kConstant, std::make_shared<Tensor>(std::move(weights)), "matrix");
  graph.add_output("y", graph.add(Op::kLinear, {x, w}, {}, "product"));
  return graph;
}

Graph read_compile_input(const std::filesystem::path& path, const Format& matrix_format) {
  if (!is_matrix(path)) return read_model(path);
  const NpyArray matrix = path.extension() == ".npy" ? read_npy(path) : read_matrix_text(path);
  return matrix_graph(matrix, matrix_format, path.string());
}

Format calibrated(const Format& format, const std::vector<double>& values,
                  const std::string& where) {
  if (values.empty())
    throw Error(where, "holds no numbers to choose a format from",
                "give events with at least one number");
  double low = 0, high = 0;
  for (const double x : values) {
    if (!std::isfinite(x))
      throw Error(where, "holds a number that is not finite",
                  "mend or drop the events that hold it");
    low = std::min(low, x);
    high = std::max(high, x);
  }
  Format chosen = format;
  chosen.is_signed = low < 0;
  chosen.integer_bits = -64;
  // Saturation would hide what does not fit, so both ends must round to themselves or inside.
  for (; chosen.integer_bits <= 64; ++chosen.integer_bits) {
    int64_t outside = 0;
    quantize_real(low, chosen, &outside);
    quantize_real(high, chosen, &outside);
    if (outside == 0) return chosen;
  }
  throw Error(where, "holds numbers beyond 2^64", "scale them, or give --input-format yourself");
}

Graph hardware_graph(const Graph& model, const CompileOptions& options) {
  Graph graph = model;
  for (const GraphPass& pass : hardware_passes(evaluate_constant, options.hardware)) {
    graph = pass.run(graph);
#ifndef NDEBUG
    verify(graph).throw_if_any();
#endif
    if (options.after_pass) options.after_pass(pass.name, graph);
  }
  return graph;
}

Compiled compile_graph(const Graph& model, const CompileOptions& options) {
  Graph graph = hardware_graph(model, options);
  Lowered lowered = lower(graph, options.lower);
  return {std::move(graph), std::move(lowered)};
}

Firmware write_firmware_folder(const Compiled& compiled, const std::filesystem::path& folder) {
  PendingFolder pending(folder);
  const auto write = [&](const std::string& name, const std::string& content) {
    write_file(pending.path() / name, content);
  };
  write("model.onnx", onnx_bytes(compiled.graph));
  write("graph.txt", to_text(compiled.graph));
  write("netlist.txt", to_text(compiled.lowered.netlist));
  for (const auto& [name, text] :
       emit_verilog(compiled.lowered.netlist, compiled.lowered.firmware)) {
    write(name, text);
  }
  write_firmware(compiled.lowered.firmware, pending.path());
  pending.commit();
  return read_firmware(folder);
}

}  // namespace trigstone
