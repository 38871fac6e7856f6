#include "bench/engine_models.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/npy.h"
#include "base/random.h"
#include "graph/passes.h"
#include "interpret/interpret_graph.h"

namespace trigstone::bench {

namespace {

namespace fs = std::filesystem;

Format format(const char* text) { return parse_format(text, "benchmark"); }

class Builder {
 public:
  explicit Builder(uint64_t seed) : random_(seed) {}

  Graph graph;

  ValueId input(const Shape& shape, const char* as, const char* name, Attributes more = {}) {
    more["shape"] = shape;
    more["format"] = FormatMap(format(as));
    return graph.add(Op::kInput, {}, more, name);
  }
  ValueId constant(const Shape& shape, std::vector<int64_t> mantissas) {
    return graph.add_data(Op::kConstant, std::make_shared<const Tensor>(Tensor{
                                             shape, format("<6,1>"), std::move(mantissas), {}}));
  }
  // Normal, of a width that keeps sums in the range of the next layer.
  std::vector<int64_t> drawn(int64_t count, double sparsity, double width) {
    std::vector<int64_t> mantissas;
    for (int64_t i = 0; i < count; ++i) {
      const double w = std::round(random_.normal() * width);
      const bool zero = random_.chance(sparsity);
      mantissas.push_back(zero ? 0 : static_cast<int64_t>(std::clamp(w, -32.0, 31.0)));
    }
    return mantissas;
  }
  ValueId linear(ValueId x, int64_t outputs) {
    const int64_t inputs = graph.shape(x).back();
    const double width = 32 / std::sqrt(static_cast<double>(inputs));
    const ValueId w = constant({inputs, outputs}, drawn(inputs * outputs, 0, width));
    return graph.add(Op::kLinear, {x, w, constant({outputs}, drawn(outputs, 0, 8))});
  }
  ValueId quant(ValueId x, const char* as) {
    return graph.add(Op::kQuant, {x}, {{"formats", FormatMap(format(as))}});
  }
  ValueId layer(ValueId x, int64_t outputs) {
    return quant(graph.add(Op::kRelu, {linear(x, outputs)}), "u<8,3,RND,SAT>");
  }
  ValueId reshape(ValueId x, Shape shape) {
    return graph.add(Op::kReshape, {x}, {{"shape", std::move(shape)}});
  }
  ValueId transpose(ValueId x, std::vector<int64_t> perm) {
    return graph.add(Op::kTranspose, {x}, {{"perm", std::move(perm)}});
  }
  ValueId masked_sum(ValueId x, ValueId valid) {
    return graph.add(Op::kReduceSum, {x, valid}, {{"axes", std::vector<int64_t>{0}}});
  }

 private:
  Random random_;
};

std::vector<int64_t> matrix(const fs::path& path, const Shape& shape) {
  const NpyArray array = read_matrix_text(path);
  if (array.size() != element_count(shape)) {
    throw Error(path.string(),
                fmt::format("holds the shape {}, the model needs {}", to_string(array.shape),
                            to_string(shape)),
                "give the folder with the tagger's matrices");
  }
  return array.integers;
}

Graph tagger(const std::string& name, double sparsity, const std::optional<fs::path>& matrices) {
  Builder b(12345);
  ValueId x = b.input({16}, "<8,3>", "x");
  const std::vector<int64_t> sizes = {16, 64, 32, 32, 5};
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    const Shape shape{sizes[i], sizes[i + 1]}, bias{sizes[i + 1]};
    const auto file = [&](const char* kind) {
      return *matrices / fmt::format("{}_{}{}.txt", name, kind, i);
    };
    const double width = 32 / std::sqrt(static_cast<double>(sizes[i]));
    const ValueId w = b.constant(shape, matrices ? matrix(file("w"), shape)
                                                 : b.drawn(element_count(shape), sparsity, width));
    const ValueId c =
        b.constant(bias, matrices ? matrix(file("b"), bias) : b.drawn(sizes[i + 1], 0, 4));
    x = b.graph.add(Op::kLinear, {x, w, c});
    if (i + 2 < sizes.size()) x = b.quant(b.graph.add(Op::kRelu, {x}), "u<8,3>");
  }
  b.graph.add_output("scores", x);
  return b.graph;
}

Graph deepsets() {
  Builder b(1);
  ValueId x = b.input({64, 16}, "<8,3>", "x", {{"token_axis", int64_t{0}}});
  const ValueId valid = b.input({64}, "u<1,1>", "valid",
                                {{"token_axis", int64_t{0}}, {"role", std::string("valid")}});
  for (int i = 0; i < 3; ++i) x = b.layer(x, 32);
  x = b.quant(b.masked_sum(x, valid), "u<8,7,RND,SAT>");
  x = b.layer(x, 32);
  b.graph.add_output("scores", b.linear(x, 5));
  return b.graph;
}

// Pre-norm blocks without the norms: a residual stream kept in <8,4>.
Graph transformer() {
  constexpr int64_t tokens = 64, width = 64, heads = 4, each = width / heads;
  Builder b(2);
  const ValueId in = b.input({tokens, 16}, "<8,3>", "x", {{"token_axis", int64_t{0}}});
  const ValueId valid = b.input({tokens}, "u<1,1>", "valid",
                                {{"token_axis", int64_t{0}}, {"role", std::string("valid")}});
  const char* const stream = "<8,4,RND,SAT>";
  ValueId x = b.quant(b.linear(in, width), stream);
  const auto head = [&](std::vector<int64_t> perm) {
    const ValueId y = b.quant(b.linear(x, width), "<8,4,RND,SAT>");
    return b.transpose(b.reshape(y, {tokens, heads, each}), std::move(perm));
  };
  for (int layer = 0; layer < 4; ++layer) {
    const ValueId q = head({1, 0, 2}), k = head({1, 2, 0}), v = head({1, 0, 2});
    const ValueId scores =
        b.graph.add(Op::kScale, {b.graph.add(Op::kMatMul, {q, k})}, {{"exponent", int64_t{-2}}});
    const ValueId rounded = b.quant(scores, "<10,5,RND,SAT>");
    const ValueId weights = b.quant(
        b.graph.add(Op::kSoftmax, {rounded, valid}, {{"axis", int64_t{2}}}), "u<8,0,RND,SAT>");
    const ValueId mixed = b.quant(b.graph.add(Op::kMatMul, {weights, v}), "<8,4,RND,SAT>");
    const ValueId joined = b.reshape(b.transpose(mixed, {1, 0, 2}), {tokens, width});
    x = b.quant(b.graph.add(Op::kAdd, {x, b.linear(joined, width)}), stream);
    x = b.quant(b.graph.add(Op::kAdd, {x, b.linear(b.layer(x, 4 * width), width)}), stream);
  }
  x = b.quant(b.masked_sum(x, valid), "<8,8,RND,SAT>");
  b.graph.add_output("scores", b.linear(x, 5));
  return drop_dead(fold_constants(expand_for_hardware(b.graph), evaluate_constant));
}

int64_t products(const Graph& graph) {
  int64_t sum = 0;
  for (const Node& node : graph.nodes()) {
    const int64_t outputs = element_count(node.type.shape);
    if (node.op == Op::kLinear) sum += outputs * graph.shape(node.operands[1])[0];
    if (node.op == Op::kMatMul) sum += outputs * graph.shape(node.operands[0]).back();
    if (node.op == Op::kConv) {
      sum += outputs * element_count(graph.shape(node.operands[1])) / node.type.shape.back();
    }
  }
  return sum;
}

}  // namespace

const std::vector<std::string>& engine_model_names() {
  static const std::vector<std::string> kNames = {"dense", "sp70", "deepsets", "transformer"};
  return kNames;
}

BenchModel engine_model(const std::string& name, const std::optional<fs::path>& matrices) {
  const std::vector<std::string>& known = engine_model_names();
  if (std::count(known.begin(), known.end(), name) == 0) {
    throw Error("--model", fmt::format("'{}' is no model of this benchmark", name),
                "dense, sp70, deepsets or transformer");
  }
  Graph graph = name == "dense"      ? tagger(name, 0, matrices)
                : name == "sp70"     ? tagger(name, 0.7, matrices)
                : name == "deepsets" ? deepsets()
                                     : transformer();
  const int64_t count = products(graph);
  return {name, std::move(graph), count};
}

}  // namespace trigstone::bench
