#include "learn/run_torch.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "base/error.h"
#include "learn/torch_graph.h"

namespace trigstone {

namespace {

// One tensor [events, shape...] in double from the same input of every event.
torch::Tensor gather_input(const std::vector<std::vector<Tensor>>& events, size_t first,
                           size_t last, size_t input, const Node& node) {
  Shape shape = node.type.shape;
  const auto count = static_cast<size_t>(element_count(shape));
  shape.insert(shape.begin(), static_cast<int64_t>(last - first));
  torch::Tensor result = torch::empty(shape, torch::kFloat64);
  double* to = result.data_ptr<double>();
  for (size_t e = first; e < last; ++e) {
    const Tensor& tensor = events[e].at(input);
    if (tensor.shape != node.type.shape || tensor.is_fixed() != node.type.is_fixed()) {
      throw Error(fmt::format("input '{}'", node.name),
                  fmt::format("has the shape {}, the model needs {}", to_string(tensor.shape),
                              to_string(node.type.shape)),
                  "give events of the model's shape");
    }
    for (size_t i = 0; i < count; ++i) {
      *to++ = tensor.is_fixed() ? tensor.format->to_real(tensor.mantissas[i]) : tensor.reals[i];
    }
  }
  return result;
}

Tensor to_tensor(const torch::Tensor& numbers, const Type& type) {
  const torch::Tensor values = numbers.to(torch::kFloat64).contiguous();
  const double* from = values.data_ptr<double>();
  Tensor result;
  result.shape = type.shape;
  result.format = type.format;
  for (int64_t i = 0; i < values.numel(); ++i) {
    if (type.is_fixed()) {
      result.mantissas.push_back(
          static_cast<int64_t>(std::ldexp(from[i], type.format->fraction_bits())));
    } else {
      result.reals.push_back(from[i]);
    }
  }
  return result;
}

}  // namespace

std::vector<std::vector<Tensor>> run_torch(const Graph& graph,
                                           const std::vector<std::vector<Tensor>>& events) {
  const torch::NoGradGuard no_gradient;
  const TorchGraph torch_graph(graph, Precision::kExact);
  const std::vector<ValueId> ids = graph.inputs();
  constexpr size_t kBatch = 256;
  std::vector<std::vector<Tensor>> results(events.size());
  for (size_t first = 0; first < events.size(); first += kBatch) {
    const size_t last = std::min(first + kBatch, events.size());
    std::vector<torch::Tensor> inputs;
    for (size_t i = 0; i < ids.size(); ++i) {
      inputs.push_back(gather_input(events, first, last, i, graph.node(ids[i])));
    }
    std::vector<torch::Tensor> outputs = torch_graph.run(inputs);
    for (size_t o = 0; o < outputs.size(); ++o) {
      // A graph without inputs runs once whatever the number of events.
      const bool same = ids.empty();
      for (size_t e = first; e < last; ++e) {
        results[e].push_back(to_tensor(outputs[o][same ? 0 : static_cast<int64_t>(e - first)],
                                       graph.type(graph.outputs()[o].value)));
      }
    }
  }
  return results;
}

double time_torch(const Graph& graph, const std::vector<std::vector<Tensor>>& events, int threads,
                  double seconds) {
  // Of one thread, time that the machine gave to other work does not count.
  const auto now = [threads] {
    timespec time{};
    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  torch::set_num_threads(threads);
  const torch::NoGradGuard no_gradient;
  const TorchGraph torch_graph(graph, Precision::kExact);
  const std::vector<ValueId> ids = graph.inputs();
  std::vector<torch::Tensor> inputs;
  for (size_t i = 0; i < ids.size(); ++i) {
    inputs.push_back(
        gather_input(events, 0, events.size(), i, graph.node(ids[i])).to(torch::kFloat32));
  }
  double fastest = std::numeric_limits<double>::max();
  const double begin = now();
  for (int runs = 0; runs < 3 || now() - begin < seconds; ++runs) {
    const double start = now();
    torch_graph.run(inputs);
    fastest = std::min(fastest, now() - start);
  }
  return static_cast<double>(events.size()) / fastest;
}

}  // namespace trigstone
