#include "graph/infer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

const Format kBool{1, 1, false};

// A number format carries modes only where it rounds; values do not.
Format bare(Format format) {
  format.rounding = Rounding::kTRN;
  format.overflow = Overflow::kWRAP;
  return format;
}

Format index_format(int64_t count) {
  const int bits = bits_for({0, std::max<int64_t>(count - 1, 1)});
  return {bits, bits, false};
}

Shape without_axes(const Shape& shape, const std::vector<int64_t>& axes, bool keepdims) {
  Shape result;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::count(axes.begin(), axes.end(), static_cast<int64_t>(i)) != 0;
    if (!reduced) result.push_back(shape[i]);
    if (reduced && keepdims) result.push_back(1);
  }
  return result;
}

// One visit of one node: the helpers share the graph, the node and its place in messages.
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

  [[noreturn]] void refuse(const std::string& what, const std::string& hint = "") const {
    throw Error(where_, what, hint);
  }
  void require(bool condition, const std::string& what, const std::string& hint = "") const {
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

  const Graph& graph_;
  const Node& node_;
  const std::string where_;
};

Interval Inference::range(size_t i) const {
  const Node& operand = graph_.node(node_.operands[i]);
  if (operand.op != Op::kConstant || operand.data->mantissas.empty()) {
    return operand.type.format->range();
  }
  const auto [low, high] =
      std::minmax_element(operand.data->mantissas.begin(), operand.data->mantissas.end());
  return {*low, *high};
}

void Inference::check_valid(size_t i, int64_t slots) const {
  require(fixed(i) && type(i).format->same_numbers(kBool) && shape(i) == Shape{slots},
          fmt::format("the valid mask must be u<1,1>[{}]", slots));
}

Type Inference::source() const {
  require(node_.data != nullptr, "has no data");
  const Tensor& data = *node_.data;
  const auto count = static_cast<size_t>(data.size());
  if (!data.is_fixed()) {
    require(data.reals.size() == count && data.mantissas.empty(), "data does not fill its shape");
    for (const double x : data.reals) {
      require(std::isfinite(x), "holds a number that is not finite",
              "train again or drop the node");
    }
    return {data.shape, std::nullopt};
  }
  check_format(*data.format, where_);
  require(data.mantissas.size() == count && data.reals.empty(), "data does not fill its shape");
  for (const int64_t m : data.mantissas) {
    require(data.format->range().contains(m),
            fmt::format("mantissa {} is outside {}", m, to_string(*data.format)));
  }
  return {data.shape, bare(*data.format)};
}

Type Inference::input() const {
  const Shape& shape = ints_attribute(node_, "shape");
  for (const int64_t extent : shape) require(extent > 0, "a shape needs positive extents");
  const int64_t axis = int_attribute(node_, "token_axis", -1);
  require(axis >= -1 && axis < static_cast<int64_t>(shape.size()), "token_axis does not exist");
  if (!node_.attributes.contains("format")) return {shape, std::nullopt};
  const Format format = format_attribute(node_);
  check_format(format, where_);
  return {shape, bare(format)};
}

Type Inference::quant() const {
  const FormatMap& map = formats_attribute(node_, "formats");
  require(static_cast<int64_t>(map.formats.size()) == element_count(map.shape),
          "formats do not fill their shape");
  require(broadcast(map.shape, shape(0), where_) == shape(0),
          fmt::format("formats of shape {} do not broadcast to {}", to_string(map.shape),
                      to_string(shape(0))));
  for (const Format& format : map.formats) check_format(format, where_);
  return {shape(0), bare(carrier_of(map, where_))};
}

Type Inference::thresholds() const {
  const Node& steps = graph_.node(node_.operands[1]);
  require(steps.op == Op::kConstant, "thresholds must be a constant");
  require(steps.type.shape.size() == 2, "thresholds must have the shape [channels, steps]");
  const int64_t channels = steps.type.shape[0], count = steps.type.shape[1];
  const int64_t axis = this->axis();
  require(channels == 1 || channels == shape(0)[static_cast<size_t>(axis)],
          "thresholds do not have one row a channel");
  const auto& base = ints_attribute(node_, "base");
  const auto& direction = ints_attribute(node_, "direction");
  const Format& format = format_attribute(node_);
  check_format(format, where_);
  for (const auto* list : {&base, &direction}) {
    const auto size = static_cast<int64_t>(list->size());
    require(size == 1 || size == channels, "base and direction need one entry, or one a channel");
  }
  for (size_t c = 0; c < std::max(base.size(), direction.size()); ++c) {
    const int64_t first = base[base.size() == 1 ? 0 : c];
    const int64_t sign = direction[direction.size() == 1 ? 0 : c];
    require(sign == 1 || sign == -1, "direction must be +1 or -1");
    require(format.range().contains(first) &&
                format.range().contains(static_cast<Int128>(first) + sign * count),
            fmt::format("a result lies outside {}", to_string(format)));
  }
  for (int64_t row = 0; row < channels; ++row) {
    const auto ascending = [&](const auto& list) {
      return std::is_sorted(list.begin() + row * count, list.begin() + (row + 1) * count);
    };
    require(
        steps.data->is_fixed() ? ascending(steps.data->mantissas) : ascending(steps.data->reals),
        "thresholds must ascend");
  }
  return {shape(0), bare(format)};
}

Type Inference::table() const {
  require(fixed(0), "a table needs a quantised operand", "put a quant before it");
  const int width = type(0).format->width_bits;
  require(width <= 16, fmt::format("a table of 2^{} entries is over 2^16", width),
          "quantise its operand to 16 bits or fewer");
  const auto& entries = ints_attribute(node_, "entries");
  require(entries.size() == size_t{1} << width,
          fmt::format("has {} entries, its operand needs {}", entries.size(), size_t{1} << width));
  const Format& format = format_attribute(node_);
  check_format(format, where_);
  for (const int64_t entry : entries) {
    require(format.range().contains(entry),
            fmt::format("entry {} is outside {}", entry, to_string(format)));
  }
  return {shape(0), bare(format)};
}

// Range of sum_i x_i w[i,o] + b[o] over all outputs o; the weights' mantissas are known. The last
// axis of the weights is the output.
Interval Inference::constant_dot_range(const Tensor& weights, Interval x, const Tensor* bias,
                                       int bias_shift) const {
  const int64_t outputs = weights.shape.back();
  Interval all{0, 0};
  for (int64_t o = 0; o < outputs; ++o) {
    Interval sum{0, 0};
    for (size_t i = static_cast<size_t>(o); i < weights.mantissas.size();
         i += static_cast<size_t>(outputs)) {
      const Int128 w = weights.mantissas[i];
      sum = sum + x * Interval{w, w};
    }
    if (bias != nullptr) {
      const Int128 b = bias->mantissas[static_cast<size_t>(o)];
      sum = sum + shift_left({b, b}, bias_shift);
    }
    all = o == 0 ? sum : hull(all, sum);
  }
  return all;
}

Interval Inference::dot_range(size_t x, size_t w, size_t bias, int64_t terms,
                              int fraction_bits) const {
  const int product_fraction = fraction(x) + fraction(w);
  const Node& weights = graph_.node(node_.operands[w]);
  const Node* biases = has(bias) ? &graph_.node(node_.operands[bias]) : nullptr;
  const bool known = weights.op == Op::kConstant &&
                     (biases == nullptr || biases->op == Op::kConstant) &&
                     product_fraction == fraction_bits;
  if (known) {
    product(range(x), range(w), terms);  // refuses what could leave 128 bits
    const int bias_shift = biases == nullptr ? 0 : fraction_bits - fraction(bias);
    return constant_dot_range(*weights.data, range(x), biases ? biases->data.get() : nullptr,
                              bias_shift);
  }
  Interval sum = product(range(x), range(w), terms);
  sum = shift_left(hull(sum, {0, 0}), fraction_bits - product_fraction);
  return has(bias) ? sum + aligned_range(bias, fraction_bits) : sum;
}

Type Inference::linear() const {
  require(!shape(0).empty() && shape(1).size() == 2 && shape(0).back() == shape(1)[0],
          fmt::format("x {} and weights {} do not fit", to_string(shape(0)), to_string(shape(1))),
          "weights have the shape [inputs, outputs]");
  if (has(2)) {
    require(shape(2) == Shape{shape(1)[1]},
            fmt::format("bias {} does not fit {} outputs", to_string(shape(2)), shape(1)[1]));
  }
  Shape result = shape(0);
  result.back() = shape(1)[1];
  if (!fixed(0) || !fixed(1) || (has(2) && !fixed(2))) return {result, std::nullopt};
  const int fraction_bits = std::max(fraction(0) + fraction(1), has(2) ? fraction(2) : -100000);
  return {result, cover(dot_range(0, 1, 2, shape(1)[0], fraction_bits), fraction_bits)};
}

Type Inference::conv() const {
  const size_t rank = shape(0).size();
  require(rank == 2 || rank == 3, "x must be [L,C] or [H,W,C]");
  require(shape(1).size() == rank + 1, "weights must be [k,C,O] or [kh,kw,C,O]");
  const size_t spatial = rank - 1;
  const int64_t groups = int_attribute(node_, "groups", 1);
  const int64_t outputs = shape(1).back();
  require(groups > 0 && outputs % groups == 0 && shape(1)[spatial] * groups == shape(0).back(),
          "channels do not fit the weights and groups");
  const auto& strides = ints_attribute(node_, "strides");
  const auto& pads = ints_attribute(node_, "pads");
  require(strides.size() == spatial && pads.size() == 2 * spatial, "strides or pads do not fit");
  Shape result;
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t span = shape(0)[i] + pads[i] + pads[spatial + i] - shape(1)[i];
    require(span >= 0 && strides[i] > 0 && pads[i] >= 0 && pads[spatial + i] >= 0,
            "the kernel is larger than the padded input");
    result.push_back(span / strides[i] + 1);
  }
  result.push_back(outputs);
  if (has(2)) require(shape(2) == Shape{outputs}, "bias does not fit the outputs");
  if (!fixed(0) || !fixed(1) || (has(2) && !fixed(2))) return {result, std::nullopt};
  const int fraction_bits = std::max(fraction(0) + fraction(1), has(2) ? fraction(2) : -100000);
  const int64_t terms = element_count(shape(1)) / outputs;
  return {result, cover(dot_range(0, 1, 2, terms, fraction_bits), fraction_bits)};
}

Type Inference::matmul() const {
  const Shape &a = shape(0), &b = shape(1);
  require(a.size() >= 2 && b.size() >= 2 && a.back() == b[b.size() - 2],
          fmt::format("shapes {} and {} do not multiply", to_string(a), to_string(b)));
  Shape result = broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2), where_);
  result.push_back(a[a.size() - 2]);
  result.push_back(b.back());
  if (!fixed(0) || !fixed(1)) return {result, std::nullopt};
  return {result, cover(product(range(0), range(1), a.back()), fraction(0) + fraction(1))};
}

Type Inference::elementwise() const {
  const Shape result = broadcast(shape(0), shape(1), where_);
  if (!fixed(0) || !fixed(1)) return {result, std::nullopt};
  if (node_.op == Op::kMul)
    return {result, cover(product(range(0), range(1)), fraction(0) + fraction(1))};
  const int common = std::max(fraction(0), fraction(1));
  const Interval a = aligned_range(0, common), b = aligned_range(1, common);
  return {result, cover(node_.op == Op::kAdd ? a + b : a - b, common)};
}

Type Inference::clamp() const {
  const double low = real_attribute(node_, "low"), high = real_attribute(node_, "high");
  require(low <= high, "low is above high");
  if (!fixed(0)) return type(0);
  Int128 bounds[2];
  for (const auto& [bound, at] : {std::pair{low, 0}, std::pair{high, 1}}) {
    const double mantissa = std::ldexp(bound, fraction(0));
    require(mantissa == std::floor(mantissa) && std::abs(mantissa) < 0x1p62,
            fmt::format("bound {} is not on the grid of {}", bound, to_string(*type(0).format)));
    bounds[at] = static_cast<Int128>(mantissa);
  }
  const Interval x = range(0);
  return {shape(0),
          cover({std::clamp(x.low, bounds[0], bounds[1]), std::clamp(x.high, bounds[0], bounds[1])},
                fraction(0))};
}

Type Inference::scale() const {
  const int64_t exponent = int_attribute(node_, "exponent");
  require(std::abs(exponent) <= 256, "exponent is beyond +-256");
  if (!fixed(0)) return type(0);
  Format format = *type(0).format;
  format.integer_bits += static_cast<int>(exponent);
  check_format(format, where_);
  return {shape(0), format};
}

Type Inference::reduction() const {
  const auto axes = reduced_axes(graph_, node_);
  const Shape result = without_axes(shape(0), axes, int_attribute(node_, "keepdims", 0) != 0);
  int64_t terms = 1;
  for (const int64_t axis : axes) terms *= shape(0)[static_cast<size_t>(axis)];
  if (has(1)) {
    require(axes.size() == 1, "a masked reduction has one axis");
    check_valid(1, terms);
  }
  if (!fixed(0) || node_.op == Op::kReduceMean) return {result, std::nullopt};
  if (node_.op != Op::kReduceSum) {
    return {result, has(1) ? *type(0).format : cover(range(0), fraction(0))};
  }
  Interval sum = product(range(0), {1, 1}, terms);
  if (has(1)) sum = hull(sum, {0, 0});
  return {result, cover(sum, fraction(0))};
}

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

Type Inference::ordered() const {
  const auto axis = static_cast<size_t>(this->axis());
  Shape result = shape(0);
  if (node_.op == Op::kTopK) {
    const int64_t k = int_attribute(node_, "k");
    require(k > 0 && k <= shape(0)[axis], fmt::format("k = {} does not fit the axis", k));
    result[axis] = k;
  }
  return {result, type(0).format};
}

Type Inference::shift_left_op() const {
  require(fixed(0) && fixed(1), "operands must be fixed-point");
  require(!type(1).format->is_signed && fraction(1) == 0, "the amount must be an unsigned integer");
  const Interval amount = range(1);
  require(amount.high <= 63, "the amount may exceed 63", "clamp it");
  const Interval x = range(0);
  return {broadcast(shape(0), shape(1), where_),
          cover(hull(shift_left(x, static_cast<int>(amount.low)),
                     shift_left(x, static_cast<int>(amount.high))),
                fraction(0))};
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

Type Inference::run() {
  const OpTraits& traits = traits_of(node_.op);
  const auto count = static_cast<int>(node_.operands.size());
  require(count >= traits.fewest && (traits.most < 0 || count <= traits.most),
          fmt::format("'{}' takes {} to {} operands, not {}", traits.text, traits.fewest,
                      traits.most, count));
  switch (node_.op) {
    case Op::kInput:
      return input();
    case Op::kConstant:
    case Op::kParam:
      return source();
    case Op::kQuant:
      return quant();
    case Op::kThresholds:
      return thresholds();
    case Op::kTable:
      return table();
    case Op::kLinear:
      return linear();
    case Op::kConv:
      return conv();
    case Op::kMatMul:
      return matmul();
    case Op::kMul:
    case Op::kAdd:
    case Op::kSub:
      return elementwise();
    case Op::kRelu:
      if (!fixed(0)) return type(0);
      return {shape(0), cover({0, std::max<Int128>(range(0).high, 0)}, fraction(0))};
    case Op::kClamp:
      return clamp();
    case Op::kScale:
      return scale();
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReduceMean:
      return reduction();
    case Op::kReshape:
      return reshape();
    case Op::kTranspose:
      return transpose();
    case Op::kSlice:
      return slice();
    case Op::kConcat:
      return concat();
    case Op::kGather:
      return gather();
    case Op::kCompare:
      return compare();
    case Op::kSelect:
      return select();
    case Op::kArgMax:
    case Op::kArgMin:
      return arg_extreme();
    case Op::kTopK:
    case Op::kSort:
      return ordered();
    case Op::kLeadingOne:
      require(fixed(0) && !type(0).format->is_signed, "the operand must be unsigned fixed-point");
      return {shape(0), index_format(type(0).format->width_bits)};
    case Op::kShiftLeft:
      return shift_left_op();
    case Op::kTreeEnsemble:
      return tree_ensemble();
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
      return normalisation();
    case Op::kFunction:
      text_attribute(node_, "kind");
      return {shape(0), std::nullopt};
  }
  internal_error("unknown op");
}

}  // namespace

Type infer_type(const Graph& graph, const Node& node) { return Inference(graph, node).run(); }

}  // namespace trigstone
