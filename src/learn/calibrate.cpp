#include "learn/calibrate.h"

#include <algorithm>
#include <cmath>

#include "learn/objective.h"

namespace trigstone {

namespace {

constexpr int64_t kMostNumbers = 400000;  // of one value: enough for a quantile of 0.999

ValueRange range_of(const torch::Tensor& value, double quantile) {
  torch::Tensor flat = value.reshape({-1});
  const int64_t step = (flat.numel() + kMostNumbers - 1) / kMostNumbers;
  flat = std::get<0>(flat.slice(0, 0, flat.numel(), step).to(torch::kFloat64).sort());
  const auto last = static_cast<double>(flat.numel() - 1);
  return {flat[std::lround((1 - quantile) * last)].item<double>(),
          flat[std::lround(quantile * last)].item<double>()};
}

}  // namespace

std::vector<ValueRange> calibrate(const Graph& graph, const TokenSet& set, int64_t events,
                                  double quantile) {
  const torch::NoGradGuard no_gradient;
  const TokenTensors data(set.batch, graph);
  std::vector<int64_t> rows = set.train;
  rows.resize(std::min(rows.size(), static_cast<size_t>(events)));
  const TokenTensors::Inputs inputs = data.rows(row_indices(rows));
  std::vector<ValueRange> ranges(static_cast<size_t>(graph.size()));
  TorchGraph(graph).run({inputs.tokens, inputs.valid}, [&](ValueId id, const torch::Tensor& value) {
    ranges[static_cast<size_t>(id)] = range_of(value, quantile);
  });
  return ranges;
}

}  // namespace trigstone
