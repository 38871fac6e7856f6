// How small the adder graphs of constant matrices are, and how long the solver takes. Every graph
// is compared with the integer products first.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "lower/adder_graph.h"

namespace trigstone::bench {

struct AdderGraphBenchOptions {
  std::vector<Effort> efforts = {Effort::kBest};
  // Every *.txt in it but biases (*_b0.txt …); without one, matrices are drawn.
  std::optional<std::filesystem::path> matrices;
  int64_t most_entries = 0;  // leaves larger matrices out; 0: none
};

struct NamedMatrix {
  std::string name;  // "r64x64_8b": uniform entries of 8 bits; "sp70_w0": 70 % of them zero
  IntegerMatrix matrix;
};
// Drawn from `seed` in the shapes of the published comparison: three uniform ones, and the weights
// of a 16-64-32-32-5 network in six bits, dense and with the smallest 70 % set to zero.
std::vector<NamedMatrix> drawn_matrices(uint64_t seed);

// Calls row(…) with one object a matrix and effort, 8-bit signed inputs:
//   {"name": "adder_graph/r64x64_8b", "adders", "lut_cost", "depth", "adders_ternary",
//    "lut_cost_ternary", "depth_ternary", "seconds", "effort"}
// and one "adder_graph/total" an effort. `seconds` is processor time of both graphs.
// Returns false when a graph differed from its matrix; such a row carries "differs": true alone.
bool bench_adder_graph(const AdderGraphBenchOptions& options,
                       const std::function<void(const OrderedJson&)>& row);

}  // namespace trigstone::bench
