// Operators whose operands are all known are evaluated while reading: exporters compute shapes and
// scales with ordinary nodes.
#include <algorithm>
#include <cmath>
#include <functional>

#include "graph/onnx_import.h"

namespace trigstone::detail {

namespace {

// Elements of one operand as broadcast to `shape`.
std::vector<size_t> broadcast_indices(const Shape& from, const Shape& to, int64_t count) {
  const auto strides = broadcast_strides(from, to);
  std::vector<size_t> indices;
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t rest = flat, at = 0;
    for (size_t i = to.size(); i-- > 0; rest /= to[i]) at += (rest % to[i]) * strides[i];
    indices.push_back(static_cast<size_t>(at));
  }
  return indices;
}

// Picks elements by index; integers stay exact.
Known picked(const Known& from, Shape shape, const std::vector<size_t>& indices) {
  Known result{std::move(shape), {}, {}, from.is_integer, from.element_type};
  for (const size_t i : indices) {
    result.values.push_back(from.values[i]);
    if (from.is_integer) result.integers.push_back(from.integers[i]);
  }
  return result;
}

using Binary = double (*)(double, double, bool integers);

const std::map<std::string, Binary, std::less<>>& binaries() {
  static const std::map<std::string, Binary, std::less<>> table = {
      {"Add", [](double a, double b, bool) { return a + b; }},
      {"Sub", [](double a, double b, bool) { return a - b; }},
      {"Mul", [](double a, double b, bool) { return a * b; }},
      {"Div",
       [](double a, double b, bool integers) { return integers ? std::trunc(a / b) : a / b; }},
      {"Pow", [](double a, double b, bool) { return std::pow(a, b); }},
      {"Max", [](double a, double b, bool) { return std::max(a, b); }},
      {"Min", [](double a, double b, bool) { return std::min(a, b); }},
  };
  return table;
}

using Unary = double (*)(double);

const std::map<std::string, Unary, std::less<>>& unaries() {
  static const std::map<std::string, Unary, std::less<>> table = {
      {"Abs", [](double a) { return std::abs(a); }},
      {"Exp", [](double a) { return std::exp(a); }},
      {"Log", [](double a) { return std::log(a); }},
      {"Neg", [](double a) { return -a; }},
      {"Reciprocal", [](double a) { return 1 / a; }},
      {"Sqrt", [](double a) { return std::sqrt(a); }},
  };
  return table;
}

Known with_integers(Known known, bool integer) {
  known.is_integer = integer;
  for (const double x : known.values) {
    if (integer) known.integers.push_back(clamped_integer(x));
  }
  return known;
}

}  // namespace

bool OnnxImport::evaluate_known(const Proto& node) {
  if (node.input_size() == 0 || node.op_type() == "Shape") return false;
  for (int i = 0; i < node.input_size(); ++i) {
    if (has_input(node, i) && (input(node, i).known == nullptr || input(node, i).id >= 0)) {
      return false;
    }
  }
  const std::string& type = node.op_type();
  const Known& x = *input(node, 0).known;
  const auto count = static_cast<int64_t>(x.values.size());
  if (const auto found = unaries().find(type); found != unaries().end()) {
    Known result = reals_known(x.shape, {});
    for (const double a : x.values) result.values.push_back(found->second(a));
    define_known(node, std::move(result));
    return true;
  }
  if (const auto found = binaries().find(type);
      found != binaries().end() && node.input_size() == 2) {
    const Known& y = *input(node, 1).known;
    const Shape shape = broadcast(x.shape, y.shape, where(node));
    const int64_t results = checked_count(shape, where(node));
    const auto a = broadcast_indices(x.shape, shape, results);
    const auto b = broadcast_indices(y.shape, shape, results);
    const bool integers = x.is_integer && y.is_integer;
    Known result = reals_known(shape, {});
    for (size_t i = 0; i < a.size(); ++i) {
      require(node, !integers || type != "Div" || y.values[b[i]] != 0, "divides by zero");
      result.values.push_back(found->second(x.values[a[i]], y.values[b[i]], integers));
    }
    define_known(node, with_integers(std::move(result), integers));
    return true;
  }
  Shape shape;
  std::vector<size_t> indices(x.values.size());
  for (size_t i = 0; i < indices.size(); ++i) indices[i] = i;
  if (type == "Cast") {
    const int64_t to = int_of(node, "to", 0);
    const bool integer = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32;
    Known result = reals_known(x.shape, x.values);
    if (integer) {
      for (double& a : result.values) a = std::trunc(a);
    }
    define_known(node, with_integers(std::move(result), integer));
    return true;
  }
  if (type == "Reshape") {
    shape = resolved_shape(node, x.shape, known_integers(node, 1));
  } else if (type == "Unsqueeze") {
    auto axes = ints_or_input(node, "axes", 1);
    const size_t rank = x.shape.size() + axes.size();
    for (int64_t& axis : axes) axis = onnx_axis(node, axis, rank);
    std::sort(axes.begin(), axes.end());
    require(node, std::adjacent_find(axes.begin(), axes.end()) == axes.end(), "axes repeat");
    shape = x.shape;
    for (const int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
  } else if (type == "Squeeze") {
    auto axes = ints_or_input(node, "axes", 1);
    for (int64_t& axis : axes) axis = onnx_axis(node, axis, x.shape.size());
    for (size_t i = 0; i < x.shape.size(); ++i) {
      const bool named = std::count(axes.begin(), axes.end(), static_cast<int64_t>(i)) != 0;
      if (!(named || (axes.empty() && x.shape[i] == 1))) shape.push_back(x.shape[i]);
    }
  } else if (type == "Transpose") {
    std::vector<int64_t> perm;
    for (size_t i = x.shape.size(); i-- > 0;) perm.push_back(static_cast<int64_t>(i));
    perm = ints_of(node, "perm", perm);
    std::vector<int64_t> strides(x.shape.size(), 1), sorted = perm;
    for (size_t i = x.shape.size(); i-- > 1;) strides[i - 1] = strides[i] * x.shape[i];
    std::sort(sorted.begin(), sorted.end());
    bool whole = perm.size() == x.shape.size();
    for (size_t i = 0; i < sorted.size(); ++i) whole &= sorted[i] == static_cast<int64_t>(i);
    require(node, whole, "perm does not name each axis once");
    for (const int64_t axis : perm) shape.push_back(x.shape[static_cast<size_t>(axis)]);
    for (int64_t flat = 0; flat < count; ++flat) {
      int64_t rest = flat, at = 0;
      for (size_t i = shape.size(); i-- > 0; rest /= shape[i]) {
        at += (rest % shape[i]) * strides[static_cast<size_t>(perm[i])];
      }
      indices[static_cast<size_t>(flat)] = static_cast<size_t>(at);
    }
  } else if (type == "Gather" && x.shape.size() == 1 && int_of(node, "axis", 0) == 0) {
    shape = input(node, 1).shape;
    indices.clear();
    for (const int64_t index : known_integers(node, 1)) {
      require(node, index >= -count && index < count, "an index is outside");
      indices.push_back(static_cast<size_t>(index < 0 ? index + count : index));
    }
  } else if (type == "Slice" && x.shape.size() == 1) {
    const auto starts = ints_or_input(node, "starts", 1), ends = ints_or_input(node, "ends", 2);
    const bool stepped = has_input(node, 4) && known_integers(node, 4) != std::vector<int64_t>{1};
    require(node, starts.size() == 1 && ends.size() == 1 && !stepped, "is not a plain slice");
    const auto at = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + count : i, 0, count); };
    indices.clear();
    for (int64_t i = at(starts[0]); i < at(ends[0]); ++i) indices.push_back(static_cast<size_t>(i));
    shape = {static_cast<int64_t>(indices.size())};
  } else if (type == "Concat" && x.shape.size() == 1) {
    Known result{{0}, {}, {}, true, 0};
    for (int i = 0; i < node.input_size(); ++i) {
      const Known& part = known(node, i);
      require(node, part.shape.size() == 1, "operands differ in their number of axes");
      result.values.insert(result.values.end(), part.values.begin(), part.values.end());
      result.integers.insert(result.integers.end(), part.integers.begin(), part.integers.end());
      result.is_integer &= part.is_integer;
    }
    result.shape = {static_cast<int64_t>(result.values.size())};
    if (!result.is_integer) result.integers.clear();
    define_known(node, std::move(result));
    return true;
  } else if (type != "Identity") {
    return false;
  } else {
    shape = x.shape;
  }
  require(node, checked_count(shape, where(node)) == static_cast<int64_t>(indices.size()),
          "the new shape does not hold the elements");
  define_known(node, picked(x, shape, indices));
  return true;
}

}  // namespace trigstone::detail
