// The one visit behind infer_type: helpers share the graph, the node and its place in messages.
// Split over infer.cpp (sources and rounding), infer_arithmetic.cpp and infer_shapes.cpp.
#pragma once

#include "base/error.h"
#include "fixed/quantize.h"
#include "graph/infer.h"

namespace trigstone::detail {

inline const Format kBool{1, 1, false};

// A number format carries modes only where it rounds; values do not.
Format bare(Format format);
// The smallest unsigned integer format that holds 0 … count - 1, at least one bit.
Format index_format(int64_t count);
Shape without_axes(const Shape& shape, const std::vector<int64_t>& axes, bool keepdims);

class Inference {
 public:
  Inference(const Graph& graph, const Node& node)
      : graph_(graph), node_(node), where_(where_of(node)) {}

  Type run();

 private:
  const Type& type(size_t i) const { return graph_.type(node_.operands[i]); }
  const Shape& shape(size_t i) const { return type(i).shape; }
  bool has(size_t i) const { return node_.operands.size() > i; }
  bool fixed(size_t i) const { return type(i).is_fixed(); }
  int fraction(size_t i) const { return type(i).format->fraction_bits(); }
  int64_t axis() const { return axis_attribute(graph_, node_); }

  static constexpr const char* kHint = "docs/ops.md says what this operation takes";

  [[noreturn]] void refuse(const std::string& what, const std::string& hint = kHint) const {
    throw Error(where_, what, hint);
  }
  void require(bool condition, const std::string& what, const std::string& hint = kHint) const {
    if (!condition) refuse(what, hint);
  }
  Format cover(Interval range, int fraction_bits) const {
    return covering(range, fraction_bits, where_);
  }
  // Mantissas an operand can have: those it has, when it is a constant.
  Interval range(size_t i) const;
  Interval aligned_range(size_t i, int fraction_bits) const {
    return shift_left(range(i), fraction_bits - fraction(i));
  }

  // a * b * terms, refused by name before it could leave 128 bits.
  Interval product(Interval a, Interval b, int64_t terms = 1) const {
    const int bits = bits_for(a) + bits_for(b) + bits_for({0, terms});
    require(bits <= 120, fmt::format("its exact result needs {} bits, more than 64", bits),
            "quantise its operands to fewer bits");
    return a * b * Interval{terms, terms};
  }

  Type source() const;
  Type input() const;
  Type quant() const;
  Type thresholds() const;
  Type table() const;
  Type linear() const;
  Type conv() const;
  Type matmul() const;
  Type elementwise() const;
  Type clamp() const;
  Type scale() const;
  Type reduction() const;
  Type reshape() const;
  Type transpose() const;
  Type slice() const;
  Type concat() const;
  Type gather() const;
  Type compare() const;
  Type select() const;
  Type arg_extreme() const;
  Type ordered() const;
  Type shift_left_op() const;
  Type tree_ensemble() const;
  Type normalisation() const;

  Interval dot_range(size_t x, size_t w, size_t bias, int64_t terms, int fraction_bits) const;
  Interval constant_dot_range(const Tensor& weights, Interval x, const Tensor* bias,
                              int bias_shift) const;
  void check_valid(size_t i, int64_t slots) const;
  void check_runs(int64_t extent) const;

  const Graph& graph_;
  const Node& node_;
  const std::string where_;
};

}  // namespace trigstone::detail
