// Sums of products: linear, conv and matmul.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "emit/cpp_body.h"

namespace trigstone::cpp {

namespace {

// Modulo 2^64, which every result fits.
int64_t shifted_left(int64_t mantissa, int bits) {
  return bits > 63 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(mantissa) << bits);
}

double magnitude(Interval range) { return static_cast<double>(std::max(range.high, -range.low)); }

// Sums are kept in the narrowest type that holds every partial one; beyond 63 bits unsigned numbers
// keep the low 64, and the result, which fits its format, is right again.
std::string sum_type(double bound) {
  if (bound < 0x1p31) return "std::int32_t";
  return bound < 0x1p62 ? "std::int64_t" : "std::uint64_t";
}

}  // namespace

Body::Weights Body::weights(ValueId id, int64_t terms) {
  const ValueId x = operand(id, 0);
  const Tensor& given = constant(operand(id, 1));
  const int64_t outputs = given.shape.back();
  // A bias on a finer grid than the products makes the products finer.
  const int finer = fraction(id) - fraction(x) - fraction(operand(id, 1));
  std::vector<int64_t> rows, bias(static_cast<size_t>(outputs), 0);
  double bound = 0;
  for (int64_t o = 0; o < outputs; ++o) {
    double sum = 0;
    for (int64_t k = 0; k < terms; ++k) {
      const int64_t w = given.mantissas[static_cast<size_t>(k * outputs + o)];
      rows.push_back(shifted_left(w, finer));
      sum += std::abs(static_cast<double>(w)) * std::ldexp(1.0, finer) * magnitude(range(x));
    }
    if (node(id).operands.size() > 2) {
      const Tensor& b = constant(operand(id, 2));
      const int shift = fraction(id) - b.format->fraction_bits();
      const int64_t m = b.mantissas[static_cast<size_t>(o)];
      bias[static_cast<size_t>(o)] = shifted_left(m, shift);
      sum += std::abs(static_cast<double>(m)) * std::ldexp(1.0, shift);
    }
    bound = std::max(bound, sum);
  }
  return {constant_array(rows), constant_array(bias), sum_type(bound)};
}

void Body::linear(ValueId id) {
  const int64_t terms = shape(id).empty() ? 1 : constant(operand(id, 1)).shape[0];
  const int64_t outputs = shape(id).back(), rows = outputs == 0 ? 0 : count(id) / outputs;
  const Weights w = weights(id, terms);
  const Array x = array(operand(id, 0)), to = new_array(id);
  line(1, fmt::format("for (int r = 0; r < {}; ++r) {{", rows));
  line(2, fmt::format("for (int o = 0; o < {}; ++o) {{", outputs));
  line(3, fmt::format("{0} sum = ({0}){1}[o];", w.sum, w.bias));
  line(3, fmt::format(
              "for (int k = 0; k < {0}; ++k) sum += ({1}){2}[r * {0} + k] * ({1}){3}[o * {0} + k];",
              terms, w.sum, x.name, w.array));
  line(3, fmt::format("{}[r * {} + o] = ({})sum;", to.name, outputs, name_of(to.storage)));
  line(2, "}");
  line(1, "}");
}

// A convolution of one spatial axis is read as one of height 1.
void Body::conv(ValueId id) {
  const Node& n = node(id);
  const bool flat = shape(operand(id, 0)).size() == 2;
  const auto widen = [&](Shape s) {
    if (flat) s.insert(s.begin(), 1);
    return s;
  };
  const Shape in = widen(shape(operand(id, 0))), kernel = widen(constant(operand(id, 1)).shape),
              out = widen(shape(id));
  auto strides = ints_attribute(n, "strides"), pads = ints_attribute(n, "pads");
  if (flat) {
    strides.insert(strides.begin(), 1);
    pads = {0, pads[0], 0, pads[1]};
  }
  const int64_t group_out = out[2] / int_attribute(n, "groups", 1);
  const Weights w = weights(id, kernel[0] * kernel[1] * kernel[2]);
  const Array x = array(operand(id, 0)), to = new_array(id);
  line(1, fmt::format("for (int i = 0; i < {}; ++i) {{", out[0]));
  line(2, fmt::format("for (int j = 0; j < {}; ++j) {{", out[1]));
  line(3, fmt::format("for (int o = 0; o < {}; ++o) {{", out[2]));
  line(4, fmt::format("{0} sum = ({0}){1}[o];", w.sum, w.bias));
  line(4, fmt::format("for (int y = 0; y < {}; ++y) {{", kernel[0]));
  line(5, fmt::format("const int row = i * {} + y - {};", strides[0], pads[0]));
  line(5, fmt::format("if (row < 0 || row >= {}) continue;", in[0]));
  line(5, fmt::format("for (int z = 0; z < {}; ++z) {{", kernel[1]));
  line(6, fmt::format("const int column = j * {} + z - {};", strides[1], pads[1]));
  line(6, fmt::format("if (column < 0 || column >= {}) continue;", in[1]));
  line(6, fmt::format("const int from = (row * {} + column) * {} + o / {} * {};", in[1], in[2],
                      group_out, kernel[2]));
  line(6, fmt::format("const int weight = ((o * {} + y) * {} + z) * {};", kernel[0], kernel[1],
                      kernel[2]));
  line(6, fmt::format(
              "for (int c = 0; c < {0}; ++c) sum += ({1}){2}[from + c] * ({1}){3}[weight + c];",
              kernel[2], w.sum, x.name, w.array));
  line(5, "}");
  line(4, "}");
  line(4, fmt::format("{}[(i * {} + j) * {} + o] = ({})sum;", to.name, out[1], out[2],
                      name_of(to.storage)));
  line(3, "}");
  line(2, "}");
  line(1, "}");
}

// Rows of b are added up, so that the inner loop runs along memory.
void Body::matmul(ValueId id) {
  const ValueId a = operand(id, 0), b = operand(id, 1);
  const Shape &sa = shape(a), &sb = shape(b), &out = shape(id);
  const int64_t rows = out[out.size() - 2], columns = out.back(), terms = sa.back();
  const Shape batch(out.begin(), out.end() - 2);
  const auto of = [&](const Shape& s, int64_t each) {
    auto strides = broadcast_strides(Shape(s.begin(), s.end() - 2), batch);
    for (int64_t& stride : strides) stride *= each;
    return strides;
  };
  const LoopNest loops(batch,
                       {of(sa, rows * terms), of(sb, terms * columns), of(out, rows * columns)});
  const std::string sum = sum_type(magnitude(range(a)) * magnitude(range(b)) *
                                   static_cast<double>(std::max<int64_t>(terms, 1)));
  const Array from_a = array(a), from_b = array(b), to = new_array(id);
  const int depth = 1 + loops.depth();
  code += loops.begin(1);
  line(depth, fmt::format("for (int r = 0; r < {}; ++r) {{", rows));
  line(depth + 1, fmt::format("{} sum[{}] = {{}};", sum, columns));
  line(depth + 1, fmt::format("for (int k = 0; k < {}; ++k) {{", terms));
  line(depth + 2, fmt::format("const {0} x = ({0}){1}[{2} + r * {3} + k];", sum, from_a.name,
                              loops.index(0), terms));
  line(depth + 2,
       fmt::format("for (int c = 0; c < {0}; ++c) sum[c] += x * ({1}){2}[{3} + k * {0} + c];",
                   columns, sum, from_b.name, loops.index(1)));
  line(depth + 1, "}");
  line(depth + 1, fmt::format("for (int c = 0; c < {0}; ++c) {1}[{2} + r * {0} + c] = ({3})sum[c];",
                              columns, to.name, loops.index(2), name_of(to.storage)));
  line(depth, "}");
  code += loops.end(1);
}

}  // namespace trigstone::cpp
