#include "bench/bench_adder_graph.h"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/npy.h"
#include "base/random.h"
#include "lower/ternary_graph.h"

namespace trigstone::bench {

namespace {

namespace fs = std::filesystem;

constexpr Interval kInput = {-128, 127};

IntegerMatrix uniform_matrix(Random& random, int64_t rows, int64_t columns, int bits) {
  const int64_t limit = int64_t{1} << (bits - 1);
  IntegerMatrix matrix{rows, columns, {}};
  for (int64_t i = 0; i < rows * columns; ++i) {
    matrix.entries.push_back(random.integer(-limit, limit - 1));
  }
  return matrix;
}

// Normal weights of a layer in six bits.
IntegerMatrix weights(Random& random, int64_t rows, int64_t columns) {
  IntegerMatrix matrix{rows, columns, {}};
  for (int64_t i = 0; i < rows * columns; ++i) {
    const double w = std::round(random.normal() * 16);
    matrix.entries.push_back(static_cast<int64_t>(std::clamp(w, -32.0, 31.0)));
  }
  return matrix;
}

IntegerMatrix pruned(IntegerMatrix matrix, double share) {
  std::vector<int64_t> sizes;
  for (const int64_t w : matrix.entries) sizes.push_back(std::abs(w));
  const auto rank = static_cast<ptrdiff_t>(share * static_cast<double>(sizes.size()));
  std::nth_element(sizes.begin(), sizes.begin() + rank, sizes.end());
  const int64_t least = sizes[static_cast<size_t>(rank)];
  for (int64_t& w : matrix.entries) {
    if (std::abs(w) < least) w = 0;
  }
  return matrix;
}

std::vector<NamedMatrix> matrices_in(const fs::path& folder) {
  std::vector<NamedMatrix> found;
  for (const auto& file : fs::directory_iterator(folder)) {
    const std::string name = file.path().stem().string();
    if (file.path().extension() != ".txt" || name.find("_b") == name.size() - 3) continue;
    NpyArray array = read_matrix_text(file.path());
    found.push_back({name, {array.shape[0], array.shape[1], std::move(array.integers)}});
  }
  std::sort(found.begin(), found.end(),
            [](const NamedMatrix& x, const NamedMatrix& y) { return x.name < y.name; });
  return found;
}

// Inputs at the corners and inside: a linear map that agrees on them agrees everywhere but for
// differences that vanish on twenty random vectors.
template <class AnyGraph>
bool equals_products(const AnyGraph& graph, const IntegerMatrix& matrix) {
  Random random(1);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<int64_t> x;
    std::vector<Int128> y(static_cast<size_t>(matrix.columns), 0);
    for (int64_t i = 0; i < matrix.rows; ++i) {
      x.push_back(trial == 0 ? -128 : trial == 1 ? 127 : random.integer(-128, 127));
      for (int64_t j = 0; j < matrix.columns; ++j) {
        y[static_cast<size_t>(j)] += static_cast<Int128>(matrix.at(i, j)) * x.back();
      }
    }
    if (evaluate(graph, x) != y) return false;
  }
  return true;
}

OrderedJson measure(const NamedMatrix& named, Effort effort) {
  const IntegerMatrix& matrix = named.matrix;
  const std::vector<Interval> inputs(static_cast<size_t>(matrix.rows), kInput);
  const std::clock_t begin = std::clock();
  const AdderGraphs graphs = solve_both(matrix, inputs, {effort});
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  OrderedJson row = {{"name", "adder_graph/" + named.name}};
  if (!equals_products(graphs.binary, matrix) || !equals_products(graphs.ternary, matrix)) {
    row["differs"] = true;
    return row;
  }
  const AdderGraphCost binary = cost_of(graphs.binary);
  const TernaryCost cost = cost_of(graphs.ternary);
  row["adders"] = binary.adders;
  row["lut_cost"] = binary.lut;
  row["depth"] = binary.depth;
  row["adders_ternary"] = cost.adders;
  row["lut_cost_ternary"] = cost.lut;
  row["depth_ternary"] = cost.depth;
  row["seconds"] = seconds;
  row["effort"] = name_of(effort);
  return row;
}

void add_to(OrderedJson& total, const OrderedJson& row) {
  for (const char* key : {"adders", "lut_cost", "adders_ternary", "lut_cost_ternary"}) {
    total[key] = total[key].get<int64_t>() + row[key].get<int64_t>();
  }
  for (const char* key : {"depth", "depth_ternary"}) {
    total[key] = std::max(total[key].get<int64_t>(), row[key].get<int64_t>());
  }
  total["seconds"] = total["seconds"].get<double>() + row["seconds"].get<double>();
}

}  // namespace

std::vector<NamedMatrix> drawn_matrices(uint64_t seed) {
  Random random(seed);
  std::vector<NamedMatrix> drawn = {{"r16x16_8b", uniform_matrix(random, 16, 16, 8)},
                                    {"r64x32_6b", uniform_matrix(random, 64, 32, 6)},
                                    {"r64x64_8b", uniform_matrix(random, 64, 64, 8)}};
  const int64_t widths[] = {16, 64, 32, 32, 5};
  for (int layer = 0; layer < 4; ++layer) {
    const IntegerMatrix dense = weights(random, widths[layer], widths[layer + 1]);
    drawn.push_back({"dense_w" + std::to_string(layer), dense});
    drawn.push_back({"sp70_w" + std::to_string(layer), pruned(dense, 0.7)});
  }
  return drawn;
}

bool bench_adder_graph(const AdderGraphBenchOptions& options,
                       const std::function<void(const OrderedJson&)>& row) {
  const std::vector<NamedMatrix> matrices =
      options.matrices ? matrices_in(*options.matrices) : drawn_matrices(1);
  bool equal = true;
  for (const Effort effort : options.efforts) {
    OrderedJson total = {{"name", "adder_graph/total"},
                         {"adders", 0},
                         {"lut_cost", 0},
                         {"depth", 0},
                         {"adders_ternary", 0},
                         {"lut_cost_ternary", 0},
                         {"depth_ternary", 0},
                         {"seconds", 0.0},
                         {"effort", name_of(effort)}};
    for (const NamedMatrix& named : matrices) {
      if (options.most_entries != 0 &&
          named.matrix.rows * named.matrix.columns > options.most_entries) {
        continue;
      }
      const OrderedJson result = measure(named, effort);
      row(result);
      if (result.contains("differs")) {
        equal = false;
      } else {
        add_to(total, result);
      }
    }
    row(total);
  }
  return equal;
}

}  // namespace trigstone::bench
