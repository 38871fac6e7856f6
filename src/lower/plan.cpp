#include "lower/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace trigstone {

namespace {

// As few multipliers as `most` outputs for each allow, and no more outputs for one than that takes.
int64_t outputs_a_multiplier(int64_t outputs, int64_t most) {
  const auto parts = [outputs](int64_t n) { return (outputs + n - 1) / n; };
  return parts(parts(std::min(most, outputs)));
}

class Planner {
 public:
  Planner(const Graph& graph, int64_t lanes) : graph_(graph) {
    plan_.lanes = lanes;
    plan_.nodes.resize(static_cast<size_t>(graph.size()));
    find_tokens();
  }

  Plan run(const Strategies& strategies, int64_t reuse) {
    const auto constant = constant_values(graph_);
    for (ValueId id = 0; id < graph_.size(); ++id) {
      NodePlan& node = plan_.nodes[static_cast<size_t>(id)];
      node.constant = constant[static_cast<size_t>(id)];
      node.operands.resize(graph_.node(id).operands.size());
      if (!node.constant) visit(graph_.node(id), node);
    }
    keep_in_memory(strategies, reuse);
    return std::move(plan_);
  }

 private:
  void find_tokens();
  void keep_in_memory(const Strategies& strategies, int64_t reuse);
  void visit(const Node& node, NodePlan& plan);
  void elementwise(const Node& node, NodePlan& plan);
  void same_axis(NodePlan& plan, Reading reading);
  void unless_on(int64_t axis, NodePlan& plan, const Node& node);
  void quant(const Node& node, NodePlan& plan);
  void matmul(const Node& node, NodePlan& plan);
  void reduction(const Node& node, NodePlan& plan);
  void arg_extreme(const Node& node, NodePlan& plan);
  void reshape(const Node& node, NodePlan& plan);
  void concat(const Node& node, NodePlan& plan);

  Reading reading_of(ValueId id) const { return plan_.of(id).result; }
  int64_t rank(ValueId id) const { return static_cast<int64_t>(graph_.shape(id).size()); }

  const Graph& graph_;
  bool streamed_ = false;  // an input has a token axis
  Plan plan_;
};

void Planner::keep_in_memory(const Strategies& strategies, int64_t reuse) {
  plan_.period = plan_.beats();
  if (reuse < 1)
    throw Error("--reuse", fmt::format("{} is no number of products", reuse), "1 or more");
  if (reuse > 1 && !strategies.use(Strategy::kStream)) {
    throw Error("--reuse", "no node keeps its weights in memories",
                "--strategy stream, or NODE=stream");
  }
  if (streamed_ && reuse > plan_.beats()) {
    throw Error(
        "--reuse",
        fmt::format("{} products a multiplier do not fit the {} clocks of an event's tokens", reuse,
                    plan_.beats()),
        fmt::format("at most {}, or fewer --lanes", plan_.beats()));
  }
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    NodePlan& plan = plan_.nodes[static_cast<size_t>(id)];
    const bool has_weights = node.op == Op::kLinear || node.op == Op::kConv;
    if (!has_weights || plan.constant || strategies.of(node) != Strategy::kStream) continue;
    const Shape& weights = graph_.shape(node.operands[1]);
    const int64_t inputs = element_count(weights) / weights.back();
    plan.reuse = plan.per_lane ? 1 : std::min(reuse, inputs);
    if (plan.reuse > 1 && plan.reuse == inputs) {
      plan.fold =
          outputs_a_multiplier(weights.back() / int_attribute(node, "groups", 1), reuse / inputs);
      plan.reuse *= plan.fold;
    }
    plan.accumulates = plan.reuse > 1;
    plan_.period = std::max(plan_.period, plan.reuse);
  }
}

void Planner::find_tokens() {
  ValueId first = -1;
  for (const ValueId id : graph_.inputs()) {
    const Node& node = graph_.node(id);
    const int64_t axis = int_attribute(node, "token_axis", -1);
    if (axis < 0) continue;
    streamed_ = true;
    const int64_t tokens = node.type.shape[static_cast<size_t>(axis)];
    if (first < 0) {
      first = id;
      plan_.tokens = tokens;
    } else if (tokens != plan_.tokens) {
      throw Error(where_of(node),
                  fmt::format("has {} token slots, input '{}' has {}", tokens,
                              graph_.node(first).name, plan_.tokens),
                  "give all streamed inputs the same number of slots, or drop token_axis");
    }
  }
  if (plan_.lanes < 1) throw Error("--lanes", "needs at least one lane", "give --lanes 1 or more");
  if (first < 0) plan_.lanes = 1;
  if (plan_.tokens % plan_.lanes != 0) {
    std::string divisors;
    for (int64_t p = 1; p <= plan_.tokens; ++p) {
      if (plan_.tokens % p == 0) divisors += fmt::format("{}{}", divisors.empty() ? "" : ", ", p);
    }
    throw Error(
        where_of(graph_.node(first)),
        fmt::format("{} token slots do not spread over {} lanes", plan_.tokens, plan_.lanes),
        fmt::format("--lanes may be {}", divisors));
  }
}

// Operand 0 and the result have their tokens on the same axis, other operands are read whole.
void Planner::same_axis(NodePlan& plan, Reading reading) {
  plan.result = plan.operands[0] = reading;
  plan.per_lane = reading.per_token();
}

// Lines along `axis` are worked on whole: tokens on it are collected first.
void Planner::unless_on(int64_t axis, NodePlan& plan, const Node& node) {
  const Reading reading = reading_of(node.operands[0]);
  if (reading.axis != axis) same_axis(plan, reading);
}

// Shapes broadcast. The largest streamed operand says where the tokens are; another operand with
// tokens elsewhere is read whole, one without them at all is the same for every token.
void Planner::elementwise(const Node& node, NodePlan& plan) {
  const auto result_rank = static_cast<int64_t>(node.type.shape.size());
  int64_t axis = -1, most = 0;
  for (const ValueId id : node.operands) {
    const Reading reading = reading_of(id);
    const int64_t count = element_count(graph_.shape(id));
    if (!reading.per_token() || count <= most) continue;
    most = count;
    axis = reading.axis + result_rank - rank(id);
  }
  if (axis < 0) return;
  plan.per_lane = true;
  plan.result = {axis};
  for (size_t i = 0; i < node.operands.size(); ++i) {
    const ValueId id = node.operands[i];
    const int64_t own = axis - (result_rank - rank(id));
    const bool varies = own >= 0 && graph_.shape(id)[static_cast<size_t>(own)] > 1;
    if (varies || (own >= 0 && reading_of(id).axis == own)) plan.operands[i] = {own};
  }
}

// Formats that differ from token to token cannot share one module.
void Planner::quant(const Node& node, NodePlan& plan) {
  const Reading reading = reading_of(node.operands[0]);
  if (!reading.per_token()) return;
  const FormatMap& map = formats_attribute(node, "formats");
  const auto own = reading.axis - static_cast<int64_t>(node.type.shape.size() - map.shape.size());
  if (own >= 0 && map.shape[static_cast<size_t>(own)] > 1) {
    const auto at = static_cast<size_t>(own);
    const auto strides = broadcast_strides(map.shape, map.shape);
    for (size_t i = 0; i < map.formats.size(); ++i) {
      const auto token = static_cast<int64_t>(i) / strides[at] % map.shape[at];
      const size_t of_first = i - static_cast<size_t>(token * strides[at]);
      if (map.formats[i] != map.formats[of_first]) return;
    }
  }
  same_axis(plan, reading);
}

void Planner::matmul(const Node& node, NodePlan& plan) {
  const ValueId a = node.operands[0], b = node.operands[1];
  const int64_t of_a = reading_of(a).axis, of_b = reading_of(b).axis;
  const auto result_rank = static_cast<int64_t>(node.type.shape.size());
  if (of_a < 0 && of_b < 0) return;
  if (of_a == rank(a) - 1 && of_b == rank(b) - 2) {  // contracted over the tokens
    plan.per_lane = plan.accumulates = true;
    plan.operands = {{of_a}, {of_b}};
    return;
  }
  if (of_a == rank(a) - 2) {  // rows of a: attention's queries
    plan.per_lane = true;
    plan.operands[0] = {of_a};
    plan.result = {result_rank - 2};
    return;
  }
  if (of_b == rank(b) - 1) {  // columns of b
    plan.per_lane = true;
    plan.operands[1] = {of_b};
    plan.result = {result_rank - 1};
    return;
  }
  int64_t axis = -1;
  if (of_a >= 0 && of_a < rank(a) - 2) axis = of_a + result_rank - rank(a);
  if (of_b >= 0 && of_b < rank(b) - 2) axis = std::max(axis, of_b + result_rank - rank(b));
  if (axis < 0) return;
  plan.per_lane = true;
  plan.result = {axis};
  for (size_t i = 0; i < 2; ++i) {
    const ValueId id = node.operands[i];
    const int64_t own = axis - (result_rank - rank(id));
    const bool varies = own >= 0 && graph_.shape(id)[static_cast<size_t>(own)] > 1;
    if (varies || (own >= 0 && reading_of(id).axis == own)) plan.operands[i] = {own};
  }
}

void Planner::reduction(const Node& node, NodePlan& plan) {
  const Reading reading = reading_of(node.operands[0]);
  if (!reading.per_token()) return;
  const auto axes = reduced_axes(graph_, node);
  plan.per_lane = true;
  plan.operands[0] = reading;
  if (std::count(axes.begin(), axes.end(), reading.axis) != 0) {
    plan.accumulates = true;
    if (node.operands.size() > 1) plan.operands[1] = {0};
    return;
  }
  const bool keeps = int_attribute(node, "keepdims", 0) != 0;
  const auto below =
      std::count_if(axes.begin(), axes.end(), [&](int64_t axis) { return axis < reading.axis; });
  plan.result = {reading.axis - (keeps ? 0 : below)};
}

void Planner::arg_extreme(const Node& node, NodePlan& plan) {
  const Reading reading = reading_of(node.operands[0]);
  const int64_t axis = axis_attribute(graph_, node);
  if (!reading.per_token() || reading.axis == axis) return;
  plan.per_lane = true;
  plan.operands[0] = reading;
  const bool drops = int_attribute(node, "keepdims", 0) == 0 && axis < reading.axis;
  plan.result = {reading.axis - (drops ? 1 : 0)};
}

// The token axis survives when the extents before it multiply to the same number.
void Planner::reshape(const Node& node, NodePlan& plan) {
  const Reading reading = reading_of(node.operands[0]);
  if (!reading.per_token()) return;
  const Shape& from = graph_.shape(node.operands[0]);
  const int64_t before =
      element_count(Shape(from.begin(), from.begin() + static_cast<ptrdiff_t>(reading.axis)));
  int64_t product = 1;
  for (size_t axis = 0; axis < node.type.shape.size(); ++axis) {
    if (product == before && node.type.shape[axis] == plan_.tokens) {
      same_axis(plan, {static_cast<int64_t>(axis)});
      plan.operands[0] = reading;
      return;
    }
    product *= node.type.shape[axis];
  }
}

void Planner::concat(const Node& node, NodePlan& plan) {
  const int64_t joined = axis_attribute(graph_, node);
  for (const ValueId id : node.operands) {
    const Reading reading = reading_of(id);
    if (reading.per_token() && reading.axis != joined) plan.result = reading;
  }
  for (Reading& operand : plan.operands) operand = plan.result;
  plan.per_lane = plan.result.per_token();
}

void Planner::visit(const Node& node, NodePlan& plan) {
  plan.view = is_view(node.op);
  switch (node.op) {
    case Op::kInput:
      plan.result = {int_attribute(node, "token_axis", -1)};
      return;
    case Op::kConstant:
    case Op::kParam:
      return;
    case Op::kQuant:
      return quant(node, plan);
    case Op::kThresholds: {
      const bool one_row = graph_.shape(node.operands[1])[0] == 1;
      return unless_on(one_row ? -2 : axis_attribute(graph_, node), plan, node);
    }
    case Op::kTable:
    case Op::kRelu:
    case Op::kClamp:
    case Op::kScale:
    case Op::kLeadingOne:
      return same_axis(plan, reading_of(node.operands[0]));
    case Op::kLinear:
      return unless_on(rank(node.operands[0]) - 1, plan, node);
    case Op::kMatMul:
      return matmul(node, plan);
    case Op::kMul:
    case Op::kAdd:
    case Op::kSub:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kShiftLeft:
      return elementwise(node, plan);
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
      return reduction(node, plan);
    case Op::kReshape:
      return reshape(node, plan);
    case Op::kTranspose: {
      const Reading reading = reading_of(node.operands[0]);
      if (!reading.per_token()) return;
      const auto& perm = ints_attribute(node, "perm");
      same_axis(plan, {std::find(perm.begin(), perm.end(), reading.axis) - perm.begin()});
      plan.operands[0] = reading;
      return;
    }
    case Op::kSlice:
    case Op::kGather:
    case Op::kTopK:
    case Op::kSort:
      return unless_on(axis_attribute(graph_, node), plan, node);
    case Op::kConcat:
      return concat(node, plan);
    case Op::kArgMax:
    case Op::kArgMin:
      return arg_extreme(node, plan);
    case Op::kConv:          // neighbours are other tokens
    case Op::kTreeEnsemble:  // features may be of any token
      return;
    case Op::kReduceMean:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      break;
  }
  throw Error(where_of(node), fmt::format("'{}' has no hardware form", traits_of(node.op).text),
              "quantise it and run expand_for_hardware");
}

}  // namespace

Plan make_plan(const Graph& graph, int64_t lanes, const Strategies& strategies, int64_t reuse) {
  return Planner(graph, lanes).run(strategies, reuse);
}

bool is_view(Op op) {
  return op == Op::kReshape || op == Op::kTranspose || op == Op::kSlice || op == Op::kConcat ||
         op == Op::kGather || op == Op::kScale;
}

Shape local_shape(const Shape& shape, Reading reading) {
  Shape local = shape;
  if (reading.per_token()) local[static_cast<size_t>(reading.axis)] = 1;
  return local;
}

}  // namespace trigstone
