#include "learn/torch_ops.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "learn/torch_batch_norm.h"
#include "learn/torch_matmul.h"

namespace trigstone {

namespace {

using torch::Tensor;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Evaluation {
 public:
  Evaluation(const Graph& graph, const Node& node, const TorchNode& prepared,
             std::vector<TorchValue>& x)
      : graph_(graph), node_(node), prepared_(prepared), x_(x) {
    for (const TorchValue& value : x_) has_events_ |= value.has_events;
  }

  Tensor run();
  bool has_events() const { return has_events_; }

 private:
  size_t rank() const { return node_.type.shape.size(); }
  const Shape& shape(size_t i) const { return graph_.shape(node_.operands[i]); }
  int64_t events_axes() const { return has_events_ ? 1 : 0; }
  int64_t axis() const { return axis_attribute(graph_, node_) + events_axes(); }
  int64_t trailing_axis() const {  // counted from the end: the same with and without events
    return axis_attribute(graph_, node_) - static_cast<int64_t>(shape(0).size());
  }
  // Operand i with axes of extent 1 behind the events, so that it broadcasts as NumPy would.
  Tensor aligned(size_t i, size_t rank) const;
  // Gives every operand an event axis when one of them has it.
  void spread_events();
  // The valid mask, operand 1, along `trailing` of operand 0; bool.
  Tensor valid_mask(int64_t trailing) const;
  std::vector<int64_t> with_events(Shape shape) const {
    if (has_events_) shape.insert(shape.begin(), -1);
    return shape;
  }

  Tensor thresholds() const;
  Tensor linear() const;
  Tensor conv() const;
  Tensor take(const Tensor& indices) const;
  Tensor reduce_sum() const;
  Tensor reduce_mean() const;
  Tensor reduce_extreme() const;
  Tensor compare() const;
  Tensor arg_extreme() const;
  Tensor falling_runs() const;
  Tensor leading_one() const;
  Tensor shift_left() const;
  Tensor tree_ensemble() const;
  Tensor softmax() const;
  Tensor layer_norm() const;
  Tensor function() const;

  const Graph& graph_;
  const Node& node_;
  const TorchNode& prepared_;
  std::vector<TorchValue>& x_;
  bool has_events_ = false;
};

Tensor Evaluation::aligned(size_t i, size_t rank) const {
  const TorchValue& value = x_[i];
  const Shape& own = shape(i);
  if (!value.has_events || own.size() == rank) return value.tensor;
  Shape to(rank - own.size(), 1);
  to.insert(to.begin(), value.tensor.size(0));
  to.insert(to.end(), own.begin(), own.end());
  return value.tensor.reshape(to);
}

void Evaluation::spread_events() {
  if (!has_events_) return;
  int64_t events = 0;
  for (const TorchValue& value : x_) {
    if (value.has_events) events = value.tensor.size(0);
  }
  for (TorchValue& value : x_) {
    if (value.has_events) continue;
    Shape to = value.tensor.sizes().vec();
    to.insert(to.begin(), events);
    value = {value.tensor.unsqueeze(0).expand(to), true};
  }
}

Tensor Evaluation::valid_mask(int64_t trailing) const {
  const Tensor valid = x_[1].tensor != 0;
  Shape to(static_cast<size_t>(-trailing), 1);
  to[0] = shape(1)[0];
  if (x_[1].has_events) {
    to.insert(to.begin(), shape(0).size() - static_cast<size_t>(-trailing), 1);
    to.insert(to.begin(), valid.size(0));
  }
  return valid.reshape(to);
}

Tensor Evaluation::thresholds() const {
  const int64_t channel = trailing_axis();
  const Tensor x = x_[0].tensor.transpose(channel, -1);
  const Tensor y = count_thresholds(x, x_[1].tensor, prepared_.base, prepared_.direction,
                                    format_attribute(node_).step());
  return y.transpose(channel, -1);
}

Tensor Evaluation::linear() const {
  const bool constant_weights = !x_[1].has_events && (x_.size() < 3 || !x_[2].has_events);
  if (constant_weights) {
    return torch::linear(x_[0].tensor, x_[1].tensor.t(), x_.size() > 2 ? x_[2].tensor : Tensor());
  }
  const Tensor y = torch::matmul(aligned(0, std::max<size_t>(rank(), 2)),
                                 aligned(1, std::max<size_t>(rank(), 2)));
  return x_.size() > 2 ? y + aligned(2, rank()) : y;
}

// As a gather of the taps and one product: no algorithm that transforms the numbers (Winograd, FFT)
// may step in, and the sums stay the ones that torch_exact.h bounds.
Tensor Evaluation::conv() const {
  if (x_[1].has_events || (x_.size() > 2 && x_[2].has_events)) {
    throw Error(where_of(node_), "torch has no convolution with weights that depend on an input",
                "write it as gather and matmul");
  }
  const Tensor &x = x_[0].tensor, &w = x_[1].tensor;
  const int64_t channels = shape(0).back(), outputs = shape(1).back();
  const int64_t groups = int_attribute(node_, "groups", 1);
  const int64_t taps = element_count(shape(1)) / outputs / (channels / groups);
  const Tensor pixels = x.reshape(with_events({element_count(shape(0)) / channels, channels}));
  const Tensor padded = torch::constant_pad_nd(pixels, {0, 0, 0, 1});  // one row of zeros: last
  const Tensor positions =
      torch::where(prepared_.indices < 0, prepared_.indices + padded.size(-2), prepared_.indices);
  const int64_t places = positions.size(0) / taps;
  const Tensor read =
      padded.index_select(-2, positions).reshape(with_events({places, taps, channels}));
  std::vector<Tensor> parts;
  for (int64_t g = 0; g < groups; ++g) {
    const int64_t in = channels / groups, out = outputs / groups;
    const Tensor rows = read.narrow(-1, g * in, in).reshape(with_events({places, taps * in}));
    parts.push_back(torch::matmul(rows, w.reshape({taps * in, outputs}).narrow(1, g * out, out)));
  }
  Tensor y = groups == 1 ? parts[0] : torch::cat(parts, -1);
  if (x_.size() > 2) y = y + x_[2].tensor;
  return y.reshape(with_events(node_.type.shape));
}

Tensor Evaluation::take(const Tensor& indices) const {
  const Tensor& x = x_[0].tensor;
  const int64_t along = trailing_axis();
  if (indices.min().item<int64_t>() >= 0) return x.index_select(along, indices);
  Shape mask(static_cast<size_t>(-along), 1);
  mask[0] = indices.size(0);
  const Tensor taken = x.index_select(along, indices.clamp_min(0));
  return taken.masked_fill((indices < 0).reshape(mask), 0.0);
}

std::vector<int64_t> trailing_axes(const Graph& graph, const Node& node) {
  std::vector<int64_t> axes = reduced_axes(graph, node);
  for (int64_t& a : axes) a -= static_cast<int64_t>(graph.shape(node.operands[0]).size());
  return axes;
}

Tensor Evaluation::reduce_sum() const {
  const auto axes = trailing_axes(graph_, node_);
  const bool keep = int_attribute(node_, "keepdims", 0) != 0;
  const Tensor x = x_.size() > 1 ? torch::where(valid_mask(axes[0]), x_[0].tensor,
                                                torch::zeros({}, x_[0].tensor.options()))
                                 : x_[0].tensor;
  return x.sum(axes, keep);
}

Tensor Evaluation::reduce_mean() const {
  const auto axes = trailing_axes(graph_, node_);
  const bool keep = int_attribute(node_, "keepdims", 0) != 0;
  if (x_.size() < 2) return x_[0].tensor.mean(axes, keep);
  const Tensor mask = valid_mask(axes[0]);
  const Tensor& x = x_[0].tensor;
  const Tensor sum = torch::where(mask, x, torch::zeros({}, x.options())).sum(axes, keep);
  // The mask has one axis of slots among axes of extent 1: the same axes vanish.
  const Tensor count = mask.to(x.dtype()).sum(axes, keep);
  return sum / count.clamp_min(1.0);
}

Tensor Evaluation::reduce_extreme() const {
  const bool largest = node_.op == Op::kReduceMax;
  const auto axes = trailing_axes(graph_, node_);
  const bool keep = int_attribute(node_, "keepdims", 0) != 0;
  Tensor x = x_[0].tensor;
  if (x_.size() > 1) {
    const std::optional<Format>& format = graph_.type(node_.operands[0]).format;
    double empty = largest ? -kInfinity : kInfinity;
    if (format) {
      empty = format->to_real(largest ? format->min_mantissa() : format->max_mantissa());
    }
    x = torch::where(valid_mask(axes[0]), x, torch::full({}, empty, x.options()));
  }
  return largest ? x.amax(axes, keep) : x.amin(axes, keep);
}

Tensor Evaluation::compare() const {
  const Tensor a = aligned(0, rank()), b = aligned(1, rank());
  const std::string& relation = text_attribute(node_, "relation");
  Tensor result;
  if (relation == "lt") result = a < b;
  if (relation == "le") result = a <= b;
  if (relation == "gt") result = a > b;
  if (relation == "ge") result = a >= b;
  if (relation == "eq") result = a == b;
  if (relation == "ne") result = a != b;
  ensure(result.defined(), "compare: unknown relation");
  return result.to(a.dtype());
}

// torch promises no order among equals on every device, so the first one is sought by its index.
Tensor Evaluation::arg_extreme() const {
  const int64_t along = trailing_axis();
  const bool keep = int_attribute(node_, "keepdims", 0) != 0;
  Tensor x = node_.op == Op::kArgMax ? x_[0].tensor : -x_[0].tensor;
  if (x_.size() > 1) {
    x = torch::where(valid_mask(along), x, torch::full({}, -kInfinity, x.options()));
  }
  Shape ramp(static_cast<size_t>(-along), 1);
  const int64_t slots = x.size(along);
  ramp[0] = slots;
  const Tensor position = torch::arange(slots, torch::kFloat64).to(x.dtype()).reshape(ramp);
  const Tensor is_largest = x == x.amax(along, true);
  return torch::where(is_largest, position,
                      torch::full({}, static_cast<double>(slots), x.options()))
      .amin(along, keep);
}

// Operand 0, each number the smallest so far in its run.
Tensor Evaluation::falling_runs() const {
  const std::vector<int64_t> runs = run_lengths(graph_, node_);
  if (runs.empty()) return x_[0].tensor;
  std::vector<Tensor> parts = x_[0].tensor.split_with_sizes(runs, trailing_axis());
  for (Tensor& part : parts) part = std::get<0>(part.cummin(trailing_axis()));
  return torch::cat(parts, trailing_axis());
}

Tensor Evaluation::leading_one() const {
  const torch::NoGradGuard no_gradient;
  const int fraction = graph_.type(node_.operands[0]).format->fraction_bits();
  const Tensor m = x_[0].tensor * std::ldexp(1.0, fraction);
  const Tensor exponent = std::get<1>(torch::frexp(m));  // m = f * 2^exponent, 1/2 <= f < 1
  return (exponent - 1).clamp_min(0).to(m.dtype());
}

Tensor Evaluation::shift_left() const {
  const Tensor bits = aligned(1, rank()).to(torch::kLong);
  return aligned(0, rank()) * prepared_.powers.to(prepared_.type).take(bits.clamp(0, 63));
}

Tensor Evaluation::tree_ensemble() const {
  const torch::NoGradGuard no_gradient;
  const auto& t = prepared_.trees;
  const Tensor &roots = t[0], &feature = t[1], &left = t[2], &right = t[3], &target = t[4];
  const Tensor x = has_events_ ? x_[0].tensor : x_[0].tensor.unsqueeze(0);
  const Tensor threshold = t[5].to(x.dtype()), leaf = t[6].to(x.dtype());
  Tensor at = roots.unsqueeze(0).expand({x.size(0), roots.size(0)}).contiguous();
  for (int64_t level = 0; level < prepared_.depth; ++level) {
    const Tensor reads = feature.take(at);
    const Tensor below = x.gather(1, reads.clamp_min(0)) <= threshold.take(at);
    const Tensor next = torch::where(below, left.take(at), right.take(at));
    at = torch::where(reads < 0, at, next);
  }
  const Tensor start = t[7].to(x.dtype()).unsqueeze(0).expand({x.size(0), t[7].size(0)});
  const Tensor sum = start.clone().scatter_add_(1, target.take(at), leaf.take(at));
  return has_events_ ? sum : sum.squeeze(0);
}

Tensor Evaluation::softmax() const {
  const int64_t along = trailing_axis();
  if (x_.size() < 2) return torch::softmax(x_[0].tensor, along);
  const Tensor mask = valid_mask(along);
  // A finite floor keeps a line without any valid slot free of NaN; its weights become 0 behind.
  const Tensor scores =
      torch::where(mask, x_[0].tensor, torch::full({}, -1e30, x_[0].tensor.options()));
  return torch::softmax(scores, along) * mask.to(scores.dtype());
}

Tensor Evaluation::layer_norm() const {
  const Tensor& x = x_[0].tensor;
  const int64_t width = shape(0).back();
  return torch::layer_norm(x, {width}, x_.size() > 1 ? x_[1].tensor : Tensor(),
                           x_.size() > 2 ? x_[2].tensor : Tensor(),
                           real_attribute(node_, "epsilon"));
}

Tensor Evaluation::function() const {
  const std::string& kind = text_attribute(node_, "kind");
  const Tensor& x = x_[0].tensor;
  if (kind == "exp") return x.exp();
  if (kind == "log") return x.log();
  if (kind == "sigmoid") return x.sigmoid();
  if (kind == "tanh") return x.tanh();
  if (kind == "gelu") return torch::gelu(x);
  if (kind == "silu") return torch::silu(x);
  if (kind == "sqrt") return x.sqrt();
  if (kind == "rsqrt") return x.rsqrt();
  if (kind == "reciprocal") return x.reciprocal();
  if (kind == "abs") return x.abs();
  if (kind == "softplus") return torch::softplus(x);
  throw Error(where_of(node_), fmt::format("function '{}' does not exist", kind),
              "see the list at `function` in docs/ops.md");
}

Tensor channel_view(const Tensor& numbers, int64_t trailing) {
  Shape to(static_cast<size_t>(-trailing), 1);
  to[0] = numbers.size(0);
  return numbers.reshape(to);
}

Tensor Evaluation::run() {
  switch (node_.op) {
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
      internal_error("a source is not evaluated");
    case Op::kQuant:
      return quantize_straight_through(x_[0].tensor, prepared_.quant);
    case Op::kThresholds:
      return thresholds();
    case Op::kTable:
      return look_up(x_[0].tensor, prepared_.table);
    case Op::kLinear:
      return linear();
    case Op::kConv:
      return conv();
    case Op::kMatMul: {
      return batched_matmul(aligned(0, rank()), aligned(1, rank()));
    }
    case Op::kMul:
      return aligned(0, rank()) * aligned(1, rank());
    case Op::kAdd:
      return aligned(0, rank()) + aligned(1, rank());
    case Op::kSub:
      return aligned(0, rank()) - aligned(1, rank());
    case Op::kRelu:
      return torch::relu(x_[0].tensor);
    case Op::kClamp:
      return x_[0].tensor.clamp(real_attribute(node_, "low"), real_attribute(node_, "high"));
    case Op::kScale:
      return x_[0].tensor * std::ldexp(1.0, static_cast<int>(int_attribute(node_, "exponent")));
    case Op::kReduceSum:
      spread_events();
      return reduce_sum();
    case Op::kReduceMax:
    case Op::kReduceMin:
      spread_events();
      return reduce_extreme();
    case Op::kReduceMean:
      spread_events();
      return reduce_mean();
    case Op::kReshape:
      return x_[0].tensor.reshape(with_events(ints_attribute(node_, "shape")));
    case Op::kTranspose: {
      std::vector<int64_t> perm = ints_attribute(node_, "perm");
      for (int64_t& p : perm) p += events_axes();
      if (has_events_) perm.insert(perm.begin(), 0);
      return x_[0].tensor.permute(perm);
    }
    case Op::kSlice:
      return x_[0].tensor.slice(axis(), int_attribute(node_, "start"), int_attribute(node_, "stop"),
                                int_attribute(node_, "step", 1));
    case Op::kGather:
      return take(prepared_.indices);
    case Op::kConcat: {
      spread_events();
      std::vector<Tensor> parts;
      for (const TorchValue& value : x_) parts.push_back(value.tensor);
      return torch::cat(parts, trailing_axis());
    }
    case Op::kCompare:
      return compare();
    case Op::kSelect:
      return torch::where(aligned(0, rank()) != 0, aligned(1, rank()), aligned(2, rank()));
    case Op::kArgMax:
    case Op::kArgMin:
      spread_events();
      return arg_extreme();
    case Op::kTopK:
      return std::get<0>(falling_runs().sort(trailing_axis(), /*descending=*/true))
          .narrow(trailing_axis(), 0, int_attribute(node_, "k"));
    case Op::kSort:
      return std::get<0>(
          falling_runs().sort(trailing_axis(), int_attribute(node_, "descending", 0) != 0));
    case Op::kLeadingOne:
      return leading_one();
    case Op::kShiftLeft:
      return shift_left();
    case Op::kTreeEnsemble:
      return tree_ensemble();
    case Op::kBatchNorm: {
      const int64_t along = trailing_axis();
      const auto channel = [&](size_t i) { return channel_view(x_[i].tensor, along); };
      const Tensor scale = channel(1) * (channel(4) + real_attribute(node_, "epsilon")).rsqrt();
      return (x_[0].tensor - channel(3)) * scale + channel(2);
    }
    case Op::kLayerNorm:
      return layer_norm();
    case Op::kSoftmax:
      spread_events();
      return softmax();
    case Op::kFunction:
      return function();
  }
  internal_error("unknown op");
}

}  // namespace

TorchValue evaluate_node(const Graph& graph, ValueId id, const TorchNode& node,
                         std::vector<TorchValue> operands) {
  for (TorchValue& operand : operands) operand.tensor = operand.tensor.to(node.type);
  Evaluation evaluation(graph, graph.node(id), node, operands);
  torch::Tensor result = evaluation.run();
  return {std::move(result), evaluation.has_events()};
}

TorchValue normalise_batch(const Graph& graph, ValueId id, std::vector<TorchValue> operands,
                           double momentum) {
  const Node& node = graph.node(id);
  const int64_t along =
      axis_attribute(graph, node) - static_cast<int64_t>(graph.shape(node.operands[0]).size());
  const torch::Tensor last = operands[0].tensor.transpose(along, -1);
  torch::Tensor kept;
  if (operands.size() > 5 && (operands[5].tensor == 0).any().item<bool>()) {
    // Slots lie on the first axis behind the events; [events, slots, others..., channels].
    const torch::Tensor& valid = operands[5].tensor;
    Shape to(static_cast<size_t>(last.dim()) - 1, 1);
    to[0] = operands[5].has_events ? valid.size(0) : 1;
    to[1] = valid.size(-1);
    const Shape grid(last.sizes().begin(), last.sizes().end() - 1);
    kept = valid.to(last.dtype()).reshape(to).expand(grid).reshape({-1});
  }
  const torch::Tensor rows = batch_norm_of_kept(
      last.reshape({-1, last.size(-1)}), kept, operands[1].tensor, operands[2].tensor,
      real_attribute(node, "epsilon"), {operands[3].tensor, operands[4].tensor, momentum});
  return {rows.reshape(last.sizes()).transpose(along, -1), operands[0].has_events};
}

}  // namespace trigstone
