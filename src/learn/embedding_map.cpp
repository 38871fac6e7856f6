#include "learn/embedding_map.h"

#include <algorithm>

#include "base/error.h"
#include "base/threads.h"
#include "graph/read_model.h"
#include "learn/stages.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

// [rows, width]: latents averaged over the tokens there are.
torch::Tensor mean_latents(const Graph& backbone, const TokenSet& set,
                           const std::vector<int64_t>& rows) {
  const torch::NoGradGuard no_gradient;
  const TokenTensors data(set.batch, backbone);
  const TokenTensors::Inputs inputs = data.rows(row_indices(rows));
  const torch::Tensor latents = TorchGraph(backbone).run({inputs.tokens, inputs.valid})[0];
  const torch::Tensor valid = inputs.valid.unsqueeze(2);
  return ((latents * valid).sum(1) / valid.sum(1).clamp_min(1.0)).to(torch::kFloat64);
}

std::vector<double> column(const torch::Tensor& matrix, int64_t index) {
  const torch::Tensor one = matrix.select(1, index).contiguous();
  return {one.data_ptr<double>(), one.data_ptr<double>() + one.numel()};
}

}  // namespace

EmbeddingMap embedding_map(const fs::path& backbone, const fs::path& events, int64_t count) {
  const fs::path file = fs::is_directory(backbone) ? backbone / "model.onnx" : backbone;
  const Graph graph = read_model(file);
  if (graph.outputs().size() != 1 || graph.outputs()[0].name != "latents") {
    throw Error(file.string(), "has no output 'latents' alone", "give a run of trigstone pretrain");
  }
  const TokenSet set = load_token_set(events, graph.shape(graph.inputs()[0])[0]);
  std::vector<int64_t> rows = set.test;
  rows.resize(std::min(rows.size(), static_cast<size_t>(std::max<int64_t>(count, 2))));
  const torch::Tensor latents = mean_latents(graph, set, rows);
  const torch::Tensor centred = latents - latents.mean(0, true);
  const torch::Tensor covariance =
      centred.t().matmul(centred) / static_cast<double>(std::max<size_t>(rows.size() - 1, 1));
  // Eigenvalues rise; a direction's sign is free and fixed here by its largest component.
  const auto [values, vectors] = torch::linalg_eigh(covariance, "L");
  const int64_t width = values.size(0);
  const auto direction = [&](int64_t rank) {
    const torch::Tensor v = vectors.select(1, width - 1 - rank);
    const double largest = v[v.abs().argmax().item<int64_t>()].item<double>();
    return largest < 0 ? -v : v;
  };
  const torch::Tensor plane = centred.matmul(torch::stack({direction(0), direction(1)}, 1));
  EmbeddingMap map;
  map.x = column(plane, 0);
  map.y = column(plane, 1);
  for (const int64_t row : rows) {
    map.process.push_back(set.batch.process[static_cast<size_t>(row)]);
  }
  const double all = std::max(values.sum().item<double>(), 1e-30);
  map.share_x = values[width - 1].item<double>() / all;
  map.share_y = values[width - 2].item<double>() / all;
  return map;
}

Json embedding_item(const EmbeddingMap& map, const std::string& command) {
  Json series = Json::array();
  std::vector<int16_t> processes = map.process;
  std::sort(processes.begin(), processes.end());
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
  for (const int16_t process : processes) {
    Json one{{"name", process_name(static_cast<Process>(process))},
             {"x", Json::array()},
             {"y", Json::array()}};
    for (size_t i = 0; i < map.process.size(); ++i) {
      if (map.process[i] != process) continue;
      one["x"].push_back(map.x[i]);
      one["y"].push_back(map.y[i]);
    }
    series.push_back(std::move(one));
  }
  const auto axis = [](const char* name, double share) {
    return Json{
        {"label", fmt::format("{} direction ({:.0f} % of the variance)", name, 100 * share)}};
  };
  return {{"type", "points"},
          {"title", "What the backbone sees"},
          {"meaning",
           "Each dot is a crossing of the test split, placed by the mean of its latents; the "
           "backbone was trained without labels, the colours come from the simulation."},
          {"command", command},
          {"x", axis("first", map.share_x)},
          {"y", axis("second", map.share_y)},
          {"series", std::move(series)}};
}

}  // namespace trigstone
