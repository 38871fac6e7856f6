#include "verify/graph_maker.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "fixed/quantize.h"
#include "verify/random_format.h"

namespace trigstone {

namespace {

int width_of(const Graph& graph, ValueId x) { return graph.type(x).format->width_bits; }

Shape random_shape(Random& random, int64_t max_elements) {
  Shape shape;
  const int64_t rank = random.integer(1, 3);
  int64_t elements = 1;
  for (int64_t i = 0; i < rank; ++i) {
    const int64_t most = std::min<int64_t>(rank == 1 ? 9 : 4, max_elements / elements);
    shape.push_back(random.integer(1, std::max<int64_t>(1, most)));
    elements *= shape.back();
  }
  return shape;
}

}  // namespace

GraphMaker::GraphMaker(uint64_t seed, const RandomGraphOptions& options)
    : random(seed, 0x67726170), options_(options) {}

std::string GraphMaker::odd_name() {
  static constexpr std::array<const char*, 12> kNames = {
      "", "", "", "", "module", "dense/MatMul:0", "1st layer", "begin", "η", "reg", "a\"b\\c", "x"};
  return kNames[static_cast<size_t>(random.integer(0, kNames.size() - 1))];
}

ValueId GraphMaker::input(const Shape& shape, const Format& format, Attributes attributes,
                          const std::string& name) {
  attributes["format"] = FormatMap(format);
  attributes["shape"] = std::vector<int64_t>(shape);
  const ValueId value = graph.add(Op::kInput, {}, std::move(attributes), name);
  pool_.push_back(value);
  return value;
}

TensorPtr GraphMaker::numbers(const Shape& shape, const Format& format) {
  auto tensor = std::make_shared<Tensor>();
  tensor->shape = shape;
  tensor->format = format;
  for (int64_t i = element_count(shape); i > 0; --i) {
    int64_t mantissa = random_mantissa(random, format);
    if (random.chance(0.2)) mantissa = 0;
    if (random.chance(0.2)) {
      mantissa = int64_t{1} << random.integer(0, std::max(0, format.width_bits - 2));
      mantissa = std::min(mantissa, format.max_mantissa());
    }
    tensor->mantissas.push_back(mantissa);
  }
  return tensor;
}

ValueId GraphMaker::constant(const Shape& shape, const Format& format) {
  if (random.chance(0.2)) {  // as a trained model holds them: reals behind a quant
    const TensorPtr exact = numbers(shape, format);
    auto reals = std::make_shared<Tensor>();
    reals->shape = shape;
    for (const int64_t mantissa : exact->mantissas) {
      reals->reals.push_back(format.to_real(mantissa) + random.uniform(-0.4, 0.4) * format.step());
    }
    const ValueId param = graph.add_data(Op::kParam, reals, odd_name(), true);
    return graph.add(Op::kQuant, {param}, {{"formats", FormatMap(format)}});
  }
  const bool is_param = random.chance(0.3);
  return graph.add_data(is_param ? Op::kParam : Op::kConstant, numbers(shape, format), odd_name(),
                        is_param);
}

ValueId GraphMaker::quant(ValueId x, int max_bits) {
  const Format from = *graph.type(x).format;
  const Shape& shape = graph.shape(x);
  FormatMap formats(random_format_near(random, from, max_bits));
  if (!shape.empty() && random.chance(0.35)) {  // per channel, or per element
    formats.shape = random.chance(0.5) ? Shape{shape.back()} : shape;
    formats.formats.clear();
    // Near each other, so that the carrier of them all stays inside the limit.
    const Format first = random_format_near(random, from, std::max(2, max_bits - 3));
    for (int64_t i = element_count(formats.shape); i > 0; --i) {
      Format one = first;
      one.width_bits = std::max(1, one.width_bits - static_cast<int>(random.integer(0, 2)));
      one.integer_bits += static_cast<int>(random.integer(-1, 0));
      if (random.chance(0.5)) random_modes(random, one);
      formats.formats.push_back(one);
    }
  }
  return graph.add(Op::kQuant, {x}, {{"formats", formats}}, odd_name());
}

ValueId GraphMaker::narrow(ValueId x, int max_bits) {
  return width_of(graph, x) <= max_bits ? x : quant(x, max_bits);
}

ValueId GraphMaker::settle(ValueId x) {
  const Format& format = *graph.type(x).format;
  const bool drifted = format.fraction_bits() > 14 || format.fraction_bits() < -8;
  return drifted || format.width_bits > options_.max_width_bits ? quant(x, 8) : x;
}

void GraphMaker::keep(ValueId x) { pool_.push_back(settle(x)); }

ValueId GraphMaker::pick(const std::function<bool(ValueId)>& accept) {
  std::vector<ValueId> unread, all;
  std::vector<bool> read(static_cast<size_t>(graph.size()), false);
  for (const Node& node : graph.nodes()) {
    for (const ValueId operand : node.operands) read[static_cast<size_t>(operand)] = true;
  }
  for (const ValueId value : pool_) {
    if (accept && !accept(value)) continue;
    all.push_back(value);
    if (!read[static_cast<size_t>(value)]) unread.push_back(value);
  }
  if (all.empty()) return -1;
  const std::vector<ValueId>& from = !unread.empty() && random.chance(0.7) ? unread : all;
  return from[static_cast<size_t>(random.integer(0, static_cast<int64_t>(from.size()) - 1))];
}

ValueId GraphMaker::ranked(size_t rank) {
  const ValueId ready = pick([&](ValueId x) { return graph.shape(x).size() == rank; });
  if (ready >= 0 && random.chance(0.8)) return ready;
  const ValueId x = pick();
  int64_t rest = element_count(graph.shape(x));
  Shape shape;
  for (size_t i = 0; i + 1 < rank; ++i) {
    std::vector<int64_t> divisors;
    for (int64_t d = 1; d <= rest; ++d) {
      if (rest % d == 0) divisors.push_back(d);
    }
    shape.push_back(divisors[static_cast<size_t>(
        random.integer(0, static_cast<int64_t>(divisors.size()) - 1))]);
    rest /= shape.back();
  }
  shape.push_back(rest);
  return graph.add(Op::kReshape, {x}, {{"shape", std::vector<int64_t>(shape)}});
}

ValueId GraphMaker::partner_of(ValueId x) {
  const Shape shape = graph.shape(x);
  const auto fits = [&](ValueId y) {
    const Shape& other = graph.shape(y);
    int64_t elements = 1;
    for (size_t i = 0; i < std::max(shape.size(), other.size()); ++i) {
      const int64_t a = i < shape.size() ? shape[shape.size() - 1 - i] : 1;
      const int64_t b = i < other.size() ? other[other.size() - 1 - i] : 1;
      if (a != b && a != 1 && b != 1) return false;
      elements *= std::max(a, b);
    }
    return elements <= options_.max_elements && y != x;
  };
  if (random.chance(0.6)) {
    const ValueId y = pick(fits);
    if (y >= 0) return y;
  }
  Shape suffix(shape.begin() + random.integer(0, static_cast<int64_t>(shape.size())), shape.end());
  for (int64_t& size : suffix) {
    if (random.chance(0.25)) size = 1;
  }
  return constant(suffix, random_format(random, 6));
}

int64_t GraphMaker::some_axis(ValueId x) {
  const auto rank = static_cast<int64_t>(graph.shape(x).size());
  return random.integer(random.chance(0.3) ? -rank : 0, rank - 1);
}

ValueId GraphMaker::unsigned_of(ValueId x, int max_bits) {
  const ValueId positive =
      graph.type(x).format->is_signed ? graph.add(Op::kRelu, {x}, {}, odd_name()) : x;
  if (width_of(graph, positive) <= max_bits) return positive;
  Format format = random_format_near(random, *graph.type(positive).format, max_bits);
  format.is_signed = false;
  return graph.add(Op::kQuant, {positive}, {{"formats", FormatMap(format)}});
}

ValueId GraphMaker::mask_of(int64_t length) {
  const ValueId ready = pick([&](ValueId x) {
    return graph.shape(x) == Shape{length} && graph.type(x).format->same_numbers({1, 1, false});
  });
  if (ready >= 0) return ready;
  const ValueId x = pick([&](ValueId y) { return graph.shape(y) == Shape{length}; });
  ValueId data = x;
  if (x < 0) {  // any value, repeated to the length
    const ValueId flat = ranked(1);
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < length; ++i) indices.push_back(i % graph.shape(flat)[0]);
    data = graph.add(Op::kGather, {flat}, {{"axis", int64_t{0}}, {"indices", indices}});
  }
  const ValueId bound = graph.add_data(Op::kConstant, numbers({}, *graph.type(data).format));
  return graph.add(Op::kCompare, {data, bound},
                   {{"relation", std::string(random.chance(0.5) ? "ge" : "lt")}});
}

std::vector<int64_t> GraphMaker::some_runs(int64_t size) const {
  Random own(static_cast<uint64_t>(graph.size()) * 64 + static_cast<uint64_t>(size));
  std::vector<int64_t> runs;
  const int64_t equal = own.integer(1, size);
  if (size % equal == 0 && own.chance(0.5)) return {equal};
  for (int64_t rest = size; rest > 0; rest -= runs.back()) {
    runs.push_back(own.integer(1, rest));
  }
  return runs;
}

void GraphMaker::emit(Op op) {
  const auto unary = [&](ValueId x, Attributes attributes = {}) {
    keep(graph.add(op, {x}, std::move(attributes), odd_name()));
  };
  switch (op) {
    case Op::kInput: {
      const Shape shape = random_shape(random, options_.max_elements);
      const Format format = random_format(random, 8);
      input(shape, format, {}, odd_name());
      return;
    }
    case Op::kConstant:
    case Op::kParam: {
      const ValueId x = pick();
      const ValueId data = graph.add_data(op, numbers(graph.shape(x), random_format(random, 6)),
                                          odd_name(), op == Op::kParam);
      keep(graph.add(Op::kAdd, {x, data}));
      return;
    }
    case Op::kQuant:
      keep(quant(pick(), 12));
      return;
    case Op::kThresholds: {
      const ValueId x = pick([&](ValueId y) { return !graph.shape(y).empty(); });
      keep(thresholds(x, some_axis(x)));
      return;
    }
    case Op::kTable:
      keep(table(pick()));
      return;
    case Op::kLinear:
      keep(linear(ranked(static_cast<size_t>(random.integer(1, 3))), random.integer(1, 5)));
      return;
    case Op::kConv:
      keep(conv());
      return;
    case Op::kMatMul:
      keep(matmul());
      return;
    case Op::kMul: {
      const ValueId x = narrow(pick(), 10);
      keep(graph.add(op, {x, narrow(partner_of(x), 8)}, {}, odd_name()));
      return;
    }
    case Op::kAdd:
    case Op::kSub: {
      const ValueId x = pick(), y = partner_of(x);
      keep(random.chance(0.5) ? graph.add(op, {x, y}, {}, odd_name())
                              : graph.add(op, {y, x}, {}, odd_name()));
      return;
    }
    case Op::kRelu:
      unary(pick());
      return;
    case Op::kClamp: {
      const ValueId x = pick();
      const Format& format = *graph.type(x).format;
      const int64_t a = random.integer(format.min_mantissa(), format.max_mantissa());
      const int64_t b = random.integer(format.min_mantissa(), format.max_mantissa());
      unary(x, {{"low", format.to_real(std::min(a, b))}, {"high", format.to_real(std::max(a, b))}});
      return;
    }
    case Op::kScale:
      unary(pick(), {{"exponent", random.integer(-3, 3)}});
      return;
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
      keep(reduce(op));
      return;
    case Op::kReshape:
      keep(reshape());
      return;
    case Op::kTranspose: {
      const ValueId x = ranked(static_cast<size_t>(random.integer(2, 3)));
      std::vector<int64_t> perm;
      for (size_t i = 0; i < graph.shape(x).size(); ++i) perm.push_back(static_cast<int64_t>(i));
      for (size_t i = perm.size(); i > 1; --i) {
        std::swap(perm[i - 1],
                  perm[static_cast<size_t>(random.integer(0, static_cast<int64_t>(i) - 1))]);
      }
      unary(x, {{"perm", perm}});
      return;
    }
    case Op::kSlice:
      keep(slice());
      return;
    case Op::kConcat:
      keep(concat());
      return;
    case Op::kGather:
      keep(gather());
      return;
    case Op::kCompare: {
      static constexpr std::array<const char*, 6> kRelations = {"lt", "le", "gt", "ge", "eq", "ne"};
      const ValueId x = pick(), y = partner_of(x);
      keep(graph.add(
          op, {x, y},
          {{"relation", std::string(kRelations[static_cast<size_t>(random.integer(0, 5))])}},
          odd_name()));
      return;
    }
    case Op::kSelect: {
      const ValueId x = pick([&](ValueId y) { return !graph.shape(y).empty(); });
      keep(graph.add(op, {mask_of(graph.shape(x).back()), x, partner_of(x)}, {}, odd_name()));
      return;
    }
    case Op::kArgMax:
    case Op::kArgMin:
      keep(extreme_index(op));
      return;
    case Op::kTopK:
    case Op::kSort: {
      const ValueId x = ranked(static_cast<size_t>(random.integer(1, op == Op::kTopK ? 2 : 3)));
      const int64_t axis = some_axis(x);
      const Shape& shape = graph.shape(x);
      const int64_t size =
          shape[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(shape.size()) : axis)];
      Attributes attributes = {{"axis", axis}};
      if (op == Op::kTopK) {
        attributes["k"] = random.integer(1, size);
      } else {
        attributes["descending"] = random.integer(0, 1);
      }
      if (graph.size() % 2 == 0) attributes["runs"] = some_runs(size);
      unary(x, attributes);
      return;
    }
    case Op::kLeadingOne:
      unary(unsigned_of(pick(), options_.max_width_bits));
      return;
    case Op::kShiftLeft: {
      const ValueId x = narrow(pick(), 8);
      ValueId amount = unsigned_of(partner_of(x), 3);
      const Format format{static_cast<int>(random.integer(1, 3)), 0, false};
      Format whole = format;  // an unsigned integer: as many integer bits as bits
      whole.integer_bits = whole.width_bits;
      random_modes(random, whole);
      amount = graph.add(Op::kQuant, {amount}, {{"formats", FormatMap(whole)}});
      keep(graph.add(op, {x, amount}, {}, odd_name()));
      return;
    }
    case Op::kTreeEnsemble:
      keep(tree_ensemble());
      return;
    case Op::kReduceMean:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      internal_error("random graph: a composite is made by emit_composite");
  }
}

Graph GraphMaker::finish() {
  std::vector<bool> read(static_cast<size_t>(graph.size()), false);
  for (const Node& node : graph.nodes()) {
    for (const ValueId operand : node.operands) read[static_cast<size_t>(operand)] = true;
  }
  int count = 0;
  const auto add = [&](ValueId value) {
    static constexpr std::array<const char*, 5> kNames = {"y", "output", "score[0]", "end", "µ"};
    graph.add_output(kNames[static_cast<size_t>(count % 5)] + std::to_string(count), value);
    ++count;
  };
  for (const ValueId value : pool_) {
    if (!read[static_cast<size_t>(value)]) add(value);
  }
  if (count == 0) add(pool_.back());
  if (random.chance(0.1)) add(pool_.back());   // one value under two names
  if (random.chance(0.1)) add(pool_.front());  // an input passed through
  return std::move(graph);
}

}  // namespace trigstone
