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

std::optional<Known> OnnxImport::known_arithmetic(const Proto& node) {
  const Known& x = *input(node, 0).known;
  if (const auto found = unaries().find(node.op_type()); found != unaries().end()) {
    Known result = reals_known(x.shape, {});
    for (const double a : x.values) result.values.push_back(found->second(a));
    return result;
  }
  const auto found = binaries().find(node.op_type());
  if (found == binaries().end() || node.input_size() != 2) return std::nullopt;
  const Known& y = *input(node, 1).known;
  const Shape shape = broadcast(x.shape, y.shape, where(node));
  const int64_t count = checked_count(shape, where(node));
  const auto a = broadcast_indices(x.shape, shape, count);
  const auto b = broadcast_indices(y.shape, shape, count);
  const bool integers = x.is_integer && y.is_integer;
  Known result = reals_known(shape, {});
  for (size_t i = 0; i < a.size(); ++i) {
    require(node, !integers || node.op_type() != "Div" || y.values[b[i]] != 0, "divides by zero");
    result.values.push_back(found->second(x.values[a[i]], y.values[b[i]], integers));
  }
  return with_integers(std::move(result), integers);
}

std::optional<Known> OnnxImport::known_cast(const Proto& node) {
  if (node.op_type() != "Cast") return std::nullopt;
  const int64_t to = int_of(node, "to", 0);
  const bool integer = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32;
  Known result = reals_known(input(node, 0).shape, input(node, 0).known->values);
  if (integer) {
    for (double& a : result.values) a = std::trunc(a);
  }
  return with_integers(std::move(result), integer);
}

std::optional<Known> OnnxImport::known_reshaped(const Proto& node) {
  Known result = *input(node, 0).known;
  const std::string& type = node.op_type();
  if (type == "Reshape") {
    result.shape = resolved_shape(node, result.shape, known_integers(node, 1));
  } else if (type == "Unsqueeze") {
    result.shape = unsqueezed_shape(node, result.shape);
  } else if (type == "Squeeze") {
    result.shape = squeezed_shape(node, result.shape, false);
  } else if (type != "Identity") {
    return std::nullopt;
  }
  require(node,
          checked_count(result.shape, where(node)) == static_cast<int64_t>(result.values.size()),
          "the new shape does not hold the elements");
  return result;
}

std::optional<Known> OnnxImport::known_transposed(const Proto& node) {
  if (node.op_type() != "Transpose") return std::nullopt;
  const Known& x = *input(node, 0).known;
  const std::vector<int64_t> perm = permutation_of(node, x.shape.size());
  const auto strides = broadcast_strides(x.shape, x.shape);
  Shape shape;
  for (const int64_t axis : perm) shape.push_back(x.shape[static_cast<size_t>(axis)]);
  std::vector<size_t> indices;
  for (size_t flat = 0; flat < x.values.size(); ++flat) {
    auto rest = static_cast<int64_t>(flat);
    int64_t at = 0;
    for (size_t i = shape.size(); i-- > 0; rest /= shape[i]) {
      at += (rest % shape[i]) * strides[static_cast<size_t>(perm[i])];
    }
    indices.push_back(static_cast<size_t>(at));
  }
  return picked(x, shape, indices);
}

// Gather and Slice of a list, which is what shapes are.
std::optional<Known> OnnxImport::known_picked(const Proto& node) {
  const Known& x = *input(node, 0).known;
  const auto count = static_cast<int64_t>(x.values.size());
  if (x.shape.size() != 1) return std::nullopt;
  std::vector<size_t> indices;
  if (node.op_type() == "Gather" && int_of(node, "axis", 0) == 0) {
    for (const int64_t index : known_integers(node, 1)) {
      require(node, index >= -count && index < count, "an index is outside");
      indices.push_back(static_cast<size_t>(index < 0 ? index + count : index));
    }
    return picked(x, input(node, 1).shape, indices);
  }
  if (node.op_type() != "Slice") return std::nullopt;
  const auto starts = ints_or_input(node, "starts", 1), ends = ints_or_input(node, "ends", 2);
  const bool stepped = has_input(node, 4) && known_integers(node, 4) != std::vector<int64_t>{1};
  require(node, starts.size() == 1 && ends.size() == 1 && !stepped, "is not a plain slice");
  const auto at = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + count : i, 0, count); };
  for (int64_t i = at(starts[0]); i < at(ends[0]); ++i) indices.push_back(static_cast<size_t>(i));
  return picked(x, {static_cast<int64_t>(indices.size())}, indices);
}

std::optional<Known> OnnxImport::known_concat(const Proto& node) {
  if (node.op_type() != "Concat" || input(node, 0).shape.size() != 1) return std::nullopt;
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
  return result;
}

bool OnnxImport::evaluate_known(const Proto& node) {
  if (node.input_size() == 0 || node.op_type() == "Shape") return false;
  for (int i = 0; i < node.input_size(); ++i) {
    if (has_input(node, i) && (input(node, i).known == nullptr || input(node, i).id >= 0)) {
      return false;
    }
  }
  if (!has_input(node, 0)) return false;
  for (const auto evaluate :
       {&OnnxImport::known_arithmetic, &OnnxImport::known_cast, &OnnxImport::known_reshaped,
        &OnnxImport::known_transposed, &OnnxImport::known_picked, &OnnxImport::known_concat}) {
    if (auto result = (this->*evaluate)(node)) {
      define_known(node, std::move(*result));
      return true;
    }
  }
  return false;
}

}  // namespace trigstone::detail
