// A real value as an exact function of an integer one: what absorb_scales carries through a graph.
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "graph/rational.h"

namespace trigstone::detail {

// Exact numbers that broadcast to a value.
struct Grid {
  Shape shape;
  std::vector<Rational> values;

  static Grid of(Rational number) { return {{}, {std::move(number)}}; }
  bool uniform() const;  // one number everywhere
  bool all(const Rational& number) const;
  const Rational& at(const std::vector<int64_t>& strides, const std::vector<int64_t>& index) const;
};
// Elementwise a op b, broadcast.
Grid combine(const Grid& a, const Grid& b, Rational (*op)(const Rational&, const Rational&));
Grid product(const Grid& a, const Grid& b);
Grid sum(const Grid& a, const Grid& b);
Grid negative(const Grid& a);
// The grid of a value whose axes were permuted; `rank` is the value's.
Grid transposed(const Grid& a, size_t rank, const std::vector<int64_t>& perm);

// x * gain + offset, max(x, 0) or min(max(x, low), high).
struct Step {
  enum class Kind { kAffine, kRelu, kClamp };
  Kind kind = Kind::kAffine;
  Grid gain = Grid::of(1), offset = Grid::of(0);
  Rational low, high;

  bool uniform() const { return gain.uniform() && offset.uniform(); }
};

// steps(base), where `base` is a fixed-point value of the graph under construction.
struct ScaledValue {
  ValueId base = -1;
  std::vector<Step> steps;

  void append_affine(const Grid& gain, const Grid& offset);
  bool uniform() const;
  bool only_gain() const;   // steps are one product, or nothing
  bool keeps_zero() const;  // 0 stays 0
  bool rises() const;       // never falls when the base rises
  Grid gain() const { return steps.empty() ? Grid::of(1) : steps[0].gain; }
};

// The mantissas of the numbers in the smallest format that holds them exactly, when it has at most
// `most_bits`.
struct ExactNumbers {
  Format format;
  std::vector<int64_t> mantissas;
};
std::optional<ExactNumbers> exact_numbers(const std::vector<Rational>& numbers, int most_bits);
// k when `number` is 2^k.
std::optional<int> power_of_two(const Rational& number);

}  // namespace trigstone::detail
