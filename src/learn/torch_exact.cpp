#include "learn/torch_exact.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

constexpr int kFloat32Bits = 24, kFloat64Bits = 53;
constexpr int kUnbounded = 127;  // more than any type holds
// Beyond these exponents float32 and float64 would round or overflow (126 and 1022, with margin
// for products of two numbers).
constexpr int kFloat32Exponent = 56, kFloat64Exponent = 500;

// Magnitudes are integers counted in double: exact below 2^53, and rounding is monotone, so that a
// sum that truly reaches 2^53 is never counted below it.
int bits_of(double magnitude) {
  if (!std::isfinite(magnitude)) return kUnbounded;
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // below 2^exponent
  return std::clamp(exponent, 1, kUnbounded);
}

// Largest |mantissa|: of the numbers themselves where these are known.
double magnitude(const Node& node) {
  const Interval range = node.type.format->range();
  double largest = std::max(-static_cast<double>(range.low), static_cast<double>(range.high));
  if (node.op == Op::kConstant && node.data->is_fixed()) {
    largest = 0;
    for (const int64_t m : node.data->mantissas) {
      largest = std::max(largest, std::abs(static_cast<double>(m)));
    }
  }
  return largest;
}

class Bound {
 public:
  Bound(const Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  double run() const;

 private:
  const Node& operand(size_t i) const { return graph_.node(node_.operands[i]); }
  int fraction(size_t i) const { return operand(i).type.format->fraction_bits(); }
  double widest_operand() const {
    double largest = 0;
    for (size_t i = 0; i < node_.operands.size(); ++i) {
      largest = std::max(largest, magnitude(operand(i)));
    }
    return largest;
  }
  double passing() const { return std::max(widest_operand(), magnitude(node_)); }
  double weighted_sum() const;
  double aligned_sum() const;
  double tree_sum() const;

  const Graph& graph_;
  const Node& node_;
};

// max |x| * max over outputs of sum |w|, plus |b|: no partial sum exceeds it in any order.
double Bound::weighted_sum() const {
  const Node& weights = operand(1);
  const int64_t outputs = weights.type.shape.back();
  const int64_t terms = element_count(weights.type.shape) / outputs;
  double column = magnitude(weights) * static_cast<double>(terms);
  if (weights.op == Op::kConstant) {
    std::vector<double> sums(static_cast<size_t>(outputs), 0.0);
    for (size_t i = 0; i < weights.data->mantissas.size(); ++i) {
      sums[i % static_cast<size_t>(outputs)] +=
          std::abs(static_cast<double>(weights.data->mantissas[i]));
    }
    column = *std::max_element(sums.begin(), sums.end());
  }
  const double sum = magnitude(operand(0)) * column;
  if (node_.operands.size() < 3) return std::max(sum, widest_operand());
  const int grid = std::max(fraction(0) + fraction(1), fraction(2));
  return std::max(widest_operand(), std::ldexp(sum, grid - fraction(0) - fraction(1)) +
                                        std::ldexp(magnitude(operand(2)), grid - fraction(2)));
}

double Bound::aligned_sum() const {
  const int grid = std::max(fraction(0), fraction(1));
  return std::ldexp(magnitude(operand(0)), grid - fraction(0)) +
         std::ldexp(magnitude(operand(1)), grid - fraction(1));
}

double Bound::tree_sum() const {
  double leaf = 0, sum = 0;
  for (const int64_t m : ints_attribute(node_, "leaf")) leaf = std::max(leaf, std::abs(double(m)));
  for (const int64_t m : ints_attribute(node_, "base")) sum = std::max(sum, std::abs(double(m)));
  sum += leaf * static_cast<double>(ints_attribute(node_, "roots").size());
  return std::max(sum, widest_operand());
}

double Bound::run() const {
  switch (node_.op) {
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
      return magnitude(node_);
    case Op::kQuant:
    case Op::kThresholds:
    case Op::kTable:
    case Op::kClamp:
    case Op::kRelu:
    case Op::kSelect:
    case Op::kConcat:
    case Op::kCompare:
      return passing();
    case Op::kLinear:
    case Op::kConv:
      return weighted_sum();
    case Op::kMatMul:
      return static_cast<double>(operand(0).type.shape.back()) * magnitude(operand(0)) *
             magnitude(operand(1));
    case Op::kMul:
      return std::max(widest_operand(), magnitude(operand(0)) * magnitude(operand(1)));
    case Op::kAdd:
    case Op::kSub:
      return aligned_sum();
    case Op::kReduceSum: {
      const double terms = static_cast<double>(element_count(operand(0).type.shape)) /
                           static_cast<double>(element_count(node_.type.shape));
      return terms * magnitude(operand(0));
    }
    case Op::kScale:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReshape:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kGather:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kTopK:
    case Op::kSort:
    case Op::kLeadingOne:
    case Op::kShiftLeft:  // times a power of two: the significant bits stay
      return magnitude(operand(0));
    case Op::kTreeEnsemble:
      return tree_sum();
    case Op::kReduceMean:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      break;
  }
  internal_error("exact_bits: a composite computes in real numbers");
}

bool all_fixed(const Graph& graph, const Node& node) {
  return node.type.is_fixed() && std::all_of(node.operands.begin(), node.operands.end(),
                                             [&](ValueId id) { return graph.type(id).is_fixed(); });
}

// Largest |exponent| of the node's and its operands' numbers.
int exponent_reach(const Graph& graph, const Node& node) {
  const auto reach = [](const Format& f) {
    return std::max(std::abs(f.integer_bits), std::abs(f.fraction_bits()));
  };
  int largest = node.type.is_fixed() ? reach(*node.type.format) : 0;
  for (const ValueId id : node.operands) {
    if (graph.type(id).is_fixed()) largest = std::max(largest, reach(*graph.type(id).format));
  }
  return largest;
}

}  // namespace

int exact_bits(const Graph& graph, ValueId id) {
  const Node& node = graph.node(id);
  if (!all_fixed(graph, node)) {
    return node.type.is_fixed() ? std::max(kFloat64Bits, node.type.format->width_bits)
                                : kFloat64Bits;
  }
  return bits_of(Bound(graph, node).run());
}

ExactType exact_type(const Graph& graph, ValueId id) {
  const Node& node = graph.node(id);
  const int bits = exact_bits(graph, id);
  const int exponent = exponent_reach(graph, node);
  if (bits > kFloat64Bits) {
    throw Error(
        where_of(node),
        fmt::format("torch computes exactly up to {} bits; this node needs {}", kFloat64Bits, bits),
        "quantise its operands to fewer bits");
  }
  if (exponent > kFloat64Exponent) {
    throw Error(where_of(node), fmt::format("torch has no exponent of {}", exponent),
                "bring the format nearer to 1");
  }
  const bool narrow = bits <= kFloat32Bits && exponent <= kFloat32Exponent;
  return narrow ? ExactType::kFloat32 : ExactType::kFloat64;
}

}  // namespace trigstone
