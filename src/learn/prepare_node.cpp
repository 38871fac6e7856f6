// What each node needs beside its operands, made once a graph.
#include <algorithm>
#include <cmath>

#include "learn/torch_exact.h"
#include "learn/torch_ops.h"

namespace trigstone {

namespace {

using torch::Tensor;

// Positions of the elements that gather and conv take; -1 stands for a zero.
Tensor as_indices(const std::vector<int64_t>& positions) {
  return torch::tensor(positions, torch::kLong);
}

// For each output position and each tap of the kernel the flat spatial position it reads.
std::vector<int64_t> conv_positions(const Graph& graph, const Node& node) {
  const Shape &in = graph.shape(node.operands[0]), &kernel = graph.shape(node.operands[1]);
  const size_t rank = in.size() - 1;
  const auto &strides = ints_attribute(node, "strides"), &pads = ints_attribute(node, "pads");
  const auto at = [&](const Shape& shape, size_t axis) { return rank == 2 ? shape[axis] : 1; };
  const size_t x = rank - 1;  // the last spatial axis; the other one only where rank is 2
  std::vector<int64_t> positions;
  for (int64_t oy = 0; oy < at(node.type.shape, 0); ++oy) {
    for (int64_t ox = 0; ox < node.type.shape[x]; ++ox) {
      for (int64_t ky = 0; ky < at(kernel, 0); ++ky) {
        for (int64_t kx = 0; kx < kernel[x]; ++kx) {
          const int64_t iy = rank == 2 ? oy * strides[0] + ky - pads[0] : 0;
          const int64_t ix = ox * strides[x] + kx - pads[x];
          const bool inside = iy >= 0 && iy < at(in, 0) && ix >= 0 && ix < in[x];
          positions.push_back(inside ? iy * in[x] + ix : -1);
        }
      }
    }
  }
  return positions;
}

int64_t deepest_leaf(const Node& node) {
  const auto &feature = ints_attribute(node, "feature"), &left = ints_attribute(node, "left"),
             &right = ints_attribute(node, "right");
  std::vector<int64_t> depth(feature.size(), 0);
  int64_t deepest = 0;
  for (size_t n = 0; n < feature.size(); ++n) {  // children come after their parents
    deepest = std::max(deepest, depth[n]);
    if (feature[n] < 0) continue;
    for (const int64_t child : {left[n], right[n]}) {
      depth[static_cast<size_t>(child)] = std::max(depth[static_cast<size_t>(child)], depth[n] + 1);
    }
  }
  return deepest;
}

void prepare_trees(const Graph& graph, const Node& node, TorchNode& prepared) {
  const Format& from = *graph.type(node.operands[0]).format;
  const Format& to = format_attribute(node);
  const auto numbers = [](const std::vector<int64_t>& mantissas, const Format& format) {
    std::vector<double> values;
    for (const int64_t m : mantissas) values.push_back(format.to_real(m));
    return torch::tensor(values, torch::kFloat64);
  };
  for (const char* key : {"roots", "feature", "left", "right", "target"}) {
    prepared.trees.push_back(as_indices(ints_attribute(node, key)));
  }
  prepared.trees.push_back(numbers(ints_attribute(node, "threshold"), from));
  prepared.trees.push_back(numbers(ints_attribute(node, "leaf"), to));
  prepared.trees.push_back(numbers(ints_attribute(node, "base"), to));
  prepared.depth = deepest_leaf(node);
}

// Half a step added to x stays within the type: RND may be floor(x + half).
bool half_is_exact(const Graph& graph, const Node& node, bool narrow) {
  const std::optional<Format>& from = graph.type(node.operands[0]).format;
  const FormatMap& map = formats_attribute(node, "formats");
  if (!from || !map.uniform()) return false;
  const int grid = std::max(from->fraction_bits(), map.formats[0].fraction_bits() + 1);
  const int top = std::max(from->integer_bits, map.formats[0].integer_bits) + 1;
  return top + grid <= (narrow ? 24 : 53);
}

}  // namespace

TorchNode prepare_node(const Graph& graph, ValueId id, bool exact) {
  const Node& node = graph.node(id);
  TorchNode prepared;
  if (exact) {
    const bool narrow = exact_type(graph, id) == ExactType::kFloat32;
    prepared.type = narrow ? torch::kFloat32 : torch::kFloat64;
  }
  const auto integers = [](const std::vector<int64_t>& list) {
    return torch::tensor(list, torch::kLong).to(torch::kFloat64);
  };
  if (node.op == Op::kQuant) {
    prepared.quant.formats = formats_attribute(node, "formats");
    prepared.quant.real_operand = !graph.type(node.operands[0]).is_fixed();
    prepared.quant.half_is_exact = half_is_exact(graph, node, prepared.type == torch::kFloat32);
  } else if (node.op == Op::kThresholds) {
    prepared.base = integers(ints_attribute(node, "base"));
    prepared.direction = integers(ints_attribute(node, "direction"));
  } else if (node.op == Op::kTable) {
    prepared.table = make_torch_table(ints_attribute(node, "entries"),
                                      *graph.type(node.operands[0]).format, format_attribute(node),
                                      text_attribute(node, "backward", "slope") == "slope");
  } else if (node.op == Op::kConv) {
    prepared.indices = as_indices(conv_positions(graph, node));
  } else if (node.op == Op::kGather) {
    prepared.indices = as_indices(ints_attribute(node, "indices"));
  } else if (node.op == Op::kShiftLeft) {
    std::vector<double> powers;
    for (int bits = 0; bits < 64; ++bits) powers.push_back(std::ldexp(1.0, bits));
    prepared.powers = torch::tensor(powers, torch::kFloat64);
  } else if (node.op == Op::kTreeEnsemble) {
    prepare_trees(graph, node, prepared);
  }
  return prepared;
}

}  // namespace trigstone
