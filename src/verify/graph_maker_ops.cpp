// The operations of GraphMaker that need more than a line.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "verify/graph_maker.h"
#include "verify/random_format.h"

namespace trigstone {

ValueId GraphMaker::linear(ValueId x, int64_t outputs) {
  const ValueId narrowed = narrow(x, 10);
  const int64_t inputs = graph.shape(narrowed).back();
  std::vector<ValueId> operands = {narrowed, constant({inputs, outputs}, random_format(random, 6))};
  if (random.chance(0.6)) operands.push_back(constant({outputs}, random_format(random, 8)));
  return graph.add(Op::kLinear, operands, {}, odd_name());
}

ValueId GraphMaker::table(ValueId x) {
  const ValueId index = narrow(x, 6);
  const Format format = random_format(random, 8);
  std::vector<int64_t> entries;
  for (int64_t i = int64_t{1} << graph.type(index).format->width_bits; i > 0; --i) {
    entries.push_back(random_mantissa(random, format));
  }
  return graph.add(Op::kTable, {index},
                   {{"entries", entries},
                    {"format", FormatMap(format)},
                    {"function", std::string("random")},
                    {"backward", std::string("slope")}},
                   odd_name());
}

ValueId GraphMaker::thresholds(ValueId x, int64_t axis) {
  const Shape& shape = graph.shape(x);
  const int64_t channels =
      random.chance(0.3)
          ? 1
          : shape[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(shape.size()) : axis)];
  // On x's grid, or a coarser or finer one, and a little beyond x's range.
  Format grid = *graph.type(x).format;
  const int finer = static_cast<int>(random.integer(-1, 2));
  grid.width_bits = std::max(2, grid.width_bits + finer + 2);
  grid.integer_bits += 2;
  grid.is_signed = true;
  const int64_t count = random.integer(1, 7);
  auto ladder = std::make_shared<Tensor>();
  ladder->shape = {channels, count};
  ladder->format = grid;
  for (int64_t c = 0; c < channels; ++c) {
    std::vector<int64_t> steps;
    for (int64_t t = 0; t < count; ++t) {
      steps.push_back(random.integer(grid.min_mantissa() / 2, grid.max_mantissa() / 2));
    }
    std::sort(steps.begin(), steps.end());
    ladder->mantissas.insert(ladder->mantissas.end(), steps.begin(), steps.end());
  }
  Format format = random_format(random, 6);
  format.width_bits = std::max(format.width_bits, 4);  // room for seven steps
  std::vector<int64_t> base, direction;
  for (int64_t c = random.chance(0.5) ? 1 : channels; c > 0; --c) {
    direction.push_back(random.chance(0.7) ? 1 : -1);
    base.push_back(direction.back() > 0
                       ? random.integer(format.min_mantissa(), format.max_mantissa() - count)
                       : random.integer(format.min_mantissa() + count, format.max_mantissa()));
  }
  return graph.add(
      Op::kThresholds, {x, graph.add_data(Op::kConstant, ladder, odd_name())},
      {{"format", FormatMap(format)}, {"axis", axis}, {"base", base}, {"direction", direction}},
      odd_name());
}

ValueId GraphMaker::reduce(Op op) {
  const ValueId x = pick([&](ValueId y) { return !graph.shape(y).empty(); });
  const Shape& shape = graph.shape(x);
  const int64_t first = some_axis(x);
  std::vector<ValueId> operands = {x};
  std::vector<int64_t> axes = {first};
  if (random.chance(0.4)) {
    const int64_t axis = first < 0 ? first + static_cast<int64_t>(shape.size()) : first;
    operands.push_back(mask_of(shape[static_cast<size_t>(axis)]));
  } else if (shape.size() > 1 && random.chance(0.4)) {
    axes.clear();
    for (size_t i = 0; i < shape.size(); ++i) axes.push_back(static_cast<int64_t>(i));
    if (shape.size() > 2) axes.erase(axes.begin() + random.integer(0, 2));
  }
  return graph.add(op, operands, {{"axes", axes}, {"keepdims", random.integer(0, 1)}}, odd_name());
}

ValueId GraphMaker::extreme_index(Op op) {
  const ValueId x = pick([&](ValueId y) { return !graph.shape(y).empty(); });
  const Shape& shape = graph.shape(x);
  const int64_t axis = some_axis(x);
  std::vector<ValueId> operands = {x};
  if (random.chance(0.4)) {
    operands.push_back(mask_of(
        shape[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(shape.size()) : axis)]));
  }
  return graph.add(op, operands, {{"axis", axis}, {"keepdims", random.integer(0, 1)}}, odd_name());
}

ValueId GraphMaker::conv() {
  const bool planar = random.chance(0.5);
  const ValueId x = narrow(ranked(planar ? 3 : 2), 8);
  const Shape shape = graph.shape(x);
  const int64_t channels = shape.back();
  const int64_t groups = channels % 2 == 0 && random.chance(0.4) ? 2 : 1;
  const int64_t outputs = groups * random.integer(1, 2);
  std::vector<int64_t> strides, pads;
  Shape kernel;
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    strides.push_back(random.integer(1, 2));
    pads.push_back(random.integer(0, 1));
    pads.push_back(random.integer(0, 1));
    kernel.push_back(random.integer(1, std::min<int64_t>(3, shape[i])));
  }
  kernel.push_back(channels / groups);
  kernel.push_back(outputs);
  std::vector<ValueId> operands = {x, constant(kernel, random_format(random, 5))};
  if (random.chance(0.5)) operands.push_back(constant({outputs}, random_format(random, 6)));
  return graph.add(Op::kConv, operands, {{"strides", strides}, {"pads", pads}, {"groups", groups}},
                   odd_name());
}

ValueId GraphMaker::matmul() {
  const ValueId a = narrow(ranked(static_cast<size_t>(random.integer(2, 3))), 7);
  const int64_t inner = graph.shape(a).back();
  const ValueId ready = pick([&](ValueId y) {
    const Shape& shape = graph.shape(y);
    return shape.size() == 2 && shape[0] == inner && shape[1] <= 4;
  });
  ValueId b = ready;
  if (ready < 0) {  // x x^T, the scores of an attention
    std::vector<int64_t> perm;
    const auto rank = static_cast<int64_t>(graph.shape(a).size());
    for (int64_t i = 0; i < rank; ++i) perm.push_back(i);
    std::swap(perm[static_cast<size_t>(rank - 1)], perm[static_cast<size_t>(rank - 2)]);
    b = graph.add(Op::kTranspose, {a}, {{"perm", perm}});
  }
  return graph.add(Op::kMatMul, {a, narrow(b, 7)}, {}, odd_name());
}

ValueId GraphMaker::reshape() {
  const ValueId x = pick();
  Shape shape = graph.shape(x);
  if (random.chance(0.4)) {
    shape = {element_count(shape)};
  } else if (random.chance(0.5)) {
    shape.insert(shape.begin() + random.integer(0, static_cast<int64_t>(shape.size())), 1);
  } else {
    std::reverse(shape.begin(), shape.end());
  }
  return graph.add(Op::kReshape, {x}, {{"shape", std::vector<int64_t>(shape)}}, odd_name());
}

ValueId GraphMaker::slice() {
  const ValueId x = pick([&](ValueId y) { return !graph.shape(y).empty(); });
  const int64_t axis = random.integer(0, static_cast<int64_t>(graph.shape(x).size()) - 1);
  const int64_t size = graph.shape(x)[static_cast<size_t>(axis)];
  const int64_t start = random.integer(0, size - 1);
  return graph.add(Op::kSlice, {x},
                   {{"axis", axis},
                    {"start", start},
                    {"stop", random.integer(start + 1, size)},
                    {"step", random.integer(1, 2)}},
                   odd_name());
}

ValueId GraphMaker::concat() {
  const ValueId x = pick([&](ValueId y) {
    return !graph.shape(y).empty() && element_count(graph.shape(y)) * 2 <= options_.max_elements;
  });
  if (x < 0) return reshape();
  const Shape shape = graph.shape(x);
  const auto axis = static_cast<size_t>(random.integer(0, static_cast<int64_t>(shape.size()) - 1));
  std::vector<ValueId> operands = {x};
  const ValueId other = pick([&](ValueId y) {
    const Shape& candidate = graph.shape(y);
    if (y == x || candidate.size() != shape.size()) return false;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (i != axis && candidate[i] != shape[i]) return false;
    }
    return element_count(candidate) * 2 <= options_.max_elements;
  });
  operands.push_back(other >= 0 ? other : constant(shape, random_format(random, 5)));
  if (random.chance(0.2)) operands.push_back(x);
  if (random.chance(0.5)) std::swap(operands[0], operands[1]);
  return graph.add(Op::kConcat, operands, {{"axis", static_cast<int64_t>(axis)}}, odd_name());
}

ValueId GraphMaker::gather() {
  const ValueId x = pick([&](ValueId y) { return !graph.shape(y).empty(); });
  const int64_t axis = random.integer(0, static_cast<int64_t>(graph.shape(x).size()) - 1);
  const int64_t size = graph.shape(x)[static_cast<size_t>(axis)];
  const int64_t others = element_count(graph.shape(x)) / size;
  std::vector<int64_t> indices;
  for (int64_t i = random.integer(1, std::min<int64_t>(5, options_.max_elements / others)); i > 0;
       --i) {
    indices.push_back(random.integer(-1, size - 1));
  }
  return graph.add(Op::kGather, {x}, {{"axis", axis}, {"indices", indices}}, odd_name());
}

ValueId GraphMaker::tree_ensemble() {
  const ValueId x = ranked(1);
  const Format from = *graph.type(x).format;
  const int64_t outputs = random.integer(1, 3);
  Format format = random_format(random, 8);
  std::vector<int64_t> roots, feature, threshold, left, right, target, leaf, base;
  const auto grow = [&](auto&& self, int64_t depth) -> int64_t {
    const auto node = static_cast<int64_t>(feature.size());
    const bool is_leaf = depth == 0 || random.chance(0.2);
    feature.push_back(is_leaf ? -1 : random.integer(0, graph.shape(x)[0] - 1));
    threshold.push_back(is_leaf ? 0 : random_mantissa(random, from));
    target.push_back(is_leaf ? random.integer(0, outputs - 1) : 0);
    leaf.push_back(is_leaf ? random_mantissa(random, format) : 0);
    left.push_back(-1);
    right.push_back(-1);
    if (!is_leaf) {
      const int64_t low = self(self, depth - 1), high = self(self, depth - 1);
      left[static_cast<size_t>(node)] = low;
      right[static_cast<size_t>(node)] = high;
    }
    return node;
  };
  for (int64_t tree = random.integer(1, 4); tree > 0; --tree) {
    roots.push_back(grow(grow, random.integer(1, 3)));
  }
  for (int64_t i = 0; i < outputs; ++i) base.push_back(random_mantissa(random, format));
  return graph.add(Op::kTreeEnsemble, {x},
                   {{"outputs", outputs},
                    {"roots", roots},
                    {"feature", feature},
                    {"threshold", threshold},
                    {"left", left},
                    {"right", right},
                    {"target", target},
                    {"leaf", leaf},
                    {"base", base},
                    {"format", FormatMap(format)}},
                   odd_name());
}

void GraphMaker::emit_composite() {
  static constexpr std::array<const char*, 11> kFunctions = {
      "exp",  "log",   "sigmoid",    "tanh", "gelu",    "silu",
      "sqrt", "rsqrt", "reciprocal", "abs",  "softplus"};
  const ValueId x = narrow(ranked(static_cast<size_t>(random.integer(1, 2))), 8);
  ValueId real = -1;
  switch (random.integer(0, 3)) {
    case 0: {
      std::vector<ValueId> operands = {x};
      if (random.chance(0.5)) operands.push_back(mask_of(graph.shape(x).back()));
      real = graph.add(Op::kSoftmax, operands, {{"axis", int64_t{-1}}}, odd_name());
      break;
    }
    case 1: {
      std::vector<ValueId> operands = {x};
      if (random.chance(0.5)) operands.push_back(mask_of(graph.shape(x).back()));
      real = graph.add(Op::kReduceMean, operands,
                       {{"axes", std::vector<int64_t>{-1}}, {"keepdims", random.integer(0, 1)}},
                       odd_name());
      break;
    }
    case 2:
      real = graph.add(
          Op::kFunction, {x},
          {{"kind",
            std::string(
                kFunctions[static_cast<size_t>(random.integer(0, kFunctions.size() - 1))])}},
          odd_name());
      break;
    default: {  // sums of squares of wider numbers leave 53 bits once they are normalised
      const ValueId few = graph.add(Op::kQuant, {x}, {{"formats", FormatMap({4, 2, true})}});
      real = graph.add(Op::kLayerNorm, {few}, {{"epsilon", 1e-3}}, odd_name());
    }
  }
  Format format{8, static_cast<int>(random.integer(1, 4)), random.chance(0.7)};
  random_modes(random, format);
  keep(graph.add(Op::kQuant, {real}, {{"formats", FormatMap(format)}}, odd_name()));
}

}  // namespace trigstone
