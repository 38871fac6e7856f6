#include "learn/objective.h"

#include <algorithm>

#include "base/error.h"
#include "base/threads.h"

namespace trigstone {

TokenTensors make_token_tensors(const TokenBatch& batch, const Graph& graph) {
  const Shape shape = {batch.events, batch.max_tokens, batch.features};
  const std::vector<ValueId> inputs = graph.inputs();
  const Shape wanted(shape.begin() + 1, shape.end());
  if (inputs.size() != 2 || graph.shape(inputs[0]) != wanted) {
    throw Error("model " + graph.name,
                fmt::format("does not take tokens {} and their valid mask", to_string(wanted)),
                "train it with `trigstone pretrain` or `finetune`, or set backbone.tokens");
  }
  TokenTensors data;
  data.tokens = torch::tensor(batch.values, torch::kFloat32).reshape(shape);
  data.valid = torch::tensor(batch.valid, torch::kUInt8)
                   .reshape({batch.events, batch.max_tokens})
                   .to(torch::kFloat32);
  if (graph.type(inputs[0]).is_fixed()) {
    const torch::NoGradGuard no_gradient;
    data.tokens = quantize_straight_through(data.tokens,
                                            {format_attribute(graph.node(inputs[0])), true, false});
  }
  return data;
}

torch::Tensor row_indices(const std::vector<int64_t>& rows) {
  return torch::tensor(rows, torch::kLong);
}

std::vector<double> score_rows(const TorchGraph& graph, const TokenTensors& data,
                               const std::vector<int64_t>& rows, int threads) {
  std::vector<double> scores(rows.size());
  constexpr int64_t kBlock = 256;
  parallel_blocks(std::ssize(rows), kBlock, threads, [&](int64_t begin, int64_t end) {
    at::init_num_threads();
    const torch::NoGradGuard no_gradient;
    const torch::Tensor index = row_indices({rows.begin() + begin, rows.begin() + end});
    const torch::Tensor logit =
        graph.run({data.tokens.index_select(0, index), data.valid.index_select(0, index)})[0]
            .to(torch::kFloat64)
            .reshape({-1})
            .contiguous();
    std::copy_n(logit.data_ptr<double>(), end - begin, scores.begin() + begin);
  });
  return scores;
}

}  // namespace trigstone
