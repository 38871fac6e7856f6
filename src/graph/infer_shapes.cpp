// Results of operations that move, choose or normalise numbers.
#include <algorithm>

#include "graph/inference.h"

namespace trigstone::detail {

Type Inference::reshape() const {
  const Shape& to = ints_attribute(node_, "shape");
  require(element_count(to) == element_count(shape(0)),
          fmt::format("{} does not hold the elements of {}", to_string(to), to_string(shape(0))));
  return {to, type(0).format};
}

Type Inference::transpose() const {
  const auto& perm = ints_attribute(node_, "perm");
  auto sorted = perm;
  std::sort(sorted.begin(), sorted.end());
  bool whole = perm.size() == shape(0).size();
  for (size_t i = 0; i < sorted.size(); ++i) whole &= sorted[i] == static_cast<int64_t>(i);
  require(whole, "perm does not name each axis once");
  Shape result;
  for (const int64_t axis : perm) result.push_back(shape(0)[static_cast<size_t>(axis)]);
  return {result, type(0).format};
}

Type Inference::slice() const {
  const auto axis = static_cast<size_t>(this->axis());
  const int64_t start = int_attribute(node_, "start"), stop = int_attribute(node_, "stop");
  const int64_t step = int_attribute(node_, "step", 1);
  require(start >= 0 && start < stop && stop <= shape(0)[axis] && step > 0,
          fmt::format("slice {}:{}:{} does not fit axis {} of {}", start, stop, step, axis,
                      to_string(shape(0))));
  Shape result = shape(0);
  result[axis] = (stop - start + step - 1) / step;
  return {result, type(0).format};
}

Type Inference::concat() const {
  const auto axis = static_cast<size_t>(this->axis());
  Shape result = shape(0);
  result[axis] = 0;
  std::optional<Format> format = type(0).format;
  for (size_t i = 0; i < node_.operands.size(); ++i) {
    Shape other = shape(i);
    require(other.size() == result.size(), "operands differ in their number of axes");
    result[axis] += other[axis];
    other[axis] = result[axis];
    require(other == result, "operands differ off the joined axis");
    if (!fixed(i)) format.reset();
    if (format) format = covering(*format, *type(i).format, where_);
  }
  return {result, format};
}

Type Inference::gather() const {
  const auto axis = static_cast<size_t>(this->axis());
  const auto& indices = ints_attribute(node_, "indices");
  require(!indices.empty(), "indices are empty");
  for (const int64_t index : indices) {
    require(index >= -1 && index < shape(0)[axis], fmt::format("index {} is out of range", index));
  }
  Shape result = shape(0);
  result[axis] = static_cast<int64_t>(indices.size());
  return {result, type(0).format};
}

Type Inference::compare() const {
  static const std::vector<std::string> kRelations = {"lt", "le", "gt", "ge", "eq", "ne"};
  const std::string& relation = text_attribute(node_, "relation");
  require(std::count(kRelations.begin(), kRelations.end(), relation) == 1,
          fmt::format("relation '{}' is not one of lt, le, gt, ge, eq, ne", relation));
  return {broadcast(shape(0), shape(1), where_), kBool};
}

Type Inference::select() const {
  require(fixed(0) && type(0).format->same_numbers(kBool), "the condition must be u<1,1>");
  const Shape result = broadcast(shape(0), broadcast(shape(1), shape(2), where_), where_);
  if (!fixed(1) || !fixed(2)) return {result, std::nullopt};
  const int common = std::max(fraction(1), fraction(2));
  return {result, cover(hull(aligned_range(1, common), aligned_range(2, common)), common)};
}

Type Inference::arg_extreme() const {
  const int64_t axis = this->axis();
  const int64_t slots = shape(0)[static_cast<size_t>(axis)];
  if (has(1)) check_valid(1, slots);
  return {without_axes(shape(0), {axis}, int_attribute(node_, "keepdims", 0) != 0),
          index_format(slots)};
}

void Inference::check_runs(int64_t extent) const {
  const auto& runs = ints_attribute(node_, "runs");
  int64_t rest = extent;
  for (const int64_t length : runs) {
    rest = length > 0 && length <= rest ? rest - length : -1;
  }
  const bool equal = runs.size() == 1 && runs[0] > 0 && extent % runs[0] == 0;
  require(equal || rest == 0, fmt::format("runs do not fill the axis of {} numbers", extent),
          "give the length of each run in order, or one length that divides the axis");
}

Type Inference::ordered() const {
  const auto axis = static_cast<size_t>(this->axis());
  Shape result = shape(0);
  if (node_.op == Op::kTopK) {
    const int64_t k = int_attribute(node_, "k");
    require(k > 0 && k <= shape(0)[axis], fmt::format("k = {} does not fit the axis", k));
    result[axis] = k;
  }
  if (node_.attributes.contains("runs")) check_runs(shape(0)[axis]);
  return {result, type(0).format};
}

Type Inference::tree_ensemble() const {
  require(fixed(0) && shape(0).size() == 1, "needs one row of quantised features");
  const int64_t outputs = int_attribute(node_, "outputs");
  const auto &feature = ints_attribute(node_, "feature"), &left = ints_attribute(node_, "left"),
             &right = ints_attribute(node_, "right"), &target = ints_attribute(node_, "target"),
             &leaf = ints_attribute(node_, "leaf"), &base = ints_attribute(node_, "base");
  const auto count = static_cast<int64_t>(feature.size());
  for (const auto* list : {&left, &right, &target, &leaf, &ints_attribute(node_, "threshold")}) {
    require(static_cast<int64_t>(list->size()) == count, "node lists differ in length");
  }
  require(outputs > 0 && static_cast<int64_t>(base.size()) == outputs, "base needs one an output");
  std::vector<Interval> reach(feature.size());
  // Children come after their parents, so a walk from the back sees them first; no cycle can form.
  for (int64_t n = count - 1; n >= 0; --n) {
    const auto at = static_cast<size_t>(n);
    if (feature[at] < 0) {
      require(target[at] >= 0 && target[at] < outputs, "a leaf's target does not exist");
      reach[at] = {leaf[at], leaf[at]};
      continue;
    }
    require(feature[at] < shape(0)[0], fmt::format("node {} reads a missing feature", n));
    require(left[at] > n && left[at] < count && right[at] > n && right[at] < count,
            fmt::format("the children of node {} do not come after it", n));
    reach[at] = hull(reach[static_cast<size_t>(left[at])], reach[static_cast<size_t>(right[at])]);
  }
  Interval sum{0, 0};
  for (const int64_t b : base) sum = hull(sum, {b, b});
  for (const int64_t root : ints_attribute(node_, "roots")) {
    require(root >= 0 && root < count, "a root does not exist");
    sum = sum + hull(reach[static_cast<size_t>(root)], {0, 0});
  }
  return {{outputs}, cover(sum, format_attribute(node_).fraction_bits())};
}

Type Inference::normalisation() const {
  const auto last = static_cast<size_t>(
      node_.op == Op::kLayerNorm ? static_cast<int64_t>(shape(0).size()) - 1 : axis());
  require(last < shape(0).size(), "x has no axis to normalise");
  if (node_.op == Op::kSoftmax) {
    if (has(1)) check_valid(1, shape(0)[last]);
    return {shape(0), std::nullopt};
  }
  const size_t most = node_.op == Op::kBatchNorm ? 5 : 3;
  for (size_t i = 1; i < std::min(most, node_.operands.size()); ++i) {
    require(shape(i) == Shape{shape(0)[last]}, "gain, bias, mean and var need one entry a channel");
  }
  return {shape(0), std::nullopt};
}

}  // namespace trigstone::detail
