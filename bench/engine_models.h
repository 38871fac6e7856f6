// The models that the engine is timed on: quantised graphs with fixed or random weights.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace trigstone::bench {

struct BenchModel {
  std::string name;  // "dense"
  Graph graph;
  int64_t products = 0;  // multiplications an event of linear, conv and matmul
};

// "dense" and "sp70": the 16-64-32-32-5 tagger, weights and biases <6,1>, input <8,3>, relu outputs
// u<8,3>, exact sums; sp70 with 70 % of the weights zero. Weights are read from
// matrices/NAME_w0.txt … when a folder is given, else drawn (normal, cut to the format).
// "deepsets": 64 constituents x 16 features, phi 32-32-32, masked sum, rho 32-5.
// "transformer": 64 tokens, d 64, 4 layers of 4 heads, feed-forward 256, masked softmax.
const std::vector<std::string>& engine_model_names();
// Throws Error for other names, and at the file for matrices that do not fit.
BenchModel engine_model(const std::string& name,
                        const std::optional<std::filesystem::path>& matrices);

}  // namespace trigstone::bench
