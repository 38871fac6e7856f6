#include "engine/planner.h"

#include <algorithm>

#include "base/error.h"
#include "engine/scratch.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"

namespace trigstone::engine {

Planner::Planner(const Graph& graph, Isa isa)
    : graph_(graph),
      isa_(isa),
      values_(static_cast<size_t>(graph.size())),
      constant_(constant_values(graph)) {
  count_readers();
}

void Planner::count_readers() {
  const auto size = static_cast<size_t>(graph_.size());
  needed_.assign(size, false);
  uses_.assign(size, 0);
  reader_.assign(size, -1);
  for (const Output& output : graph_.outputs()) {
    needed_[static_cast<size_t>(output.value)] = true;
    uses_[static_cast<size_t>(output.value)] += 2;  // never alone
  }
  for (ValueId id = graph_.size() - 1; id >= 0; --id) {
    if (!needed_[static_cast<size_t>(id)] || is_constant(id)) continue;
    for (const ValueId operand : node(id).operands) {
      const auto at = static_cast<size_t>(operand);
      needed_[at] = true;
      ++uses_[at];
      reader_[at] = id;
    }
  }
}

const Tensor& Planner::constant(ValueId id) {
  Value& v = value(id);
  if (!v.constant) v.constant = evaluate_constant(graph_, id);
  return *v.constant;
}

Interval Planner::range(ValueId id) {
  if (!is_constant(id)) return graph_.type(id).format->range();
  const Tensor& data = constant(id);
  if (data.mantissas.empty()) return {0, 0};
  const auto [low, high] = std::minmax_element(data.mantissas.begin(), data.mantissas.end());
  return {*low, *high};
}

std::optional<ValueId> Planner::sole_reader(ValueId id) const {
  const auto at = static_cast<size_t>(id);
  if (uses_[at] != 1) return std::nullopt;
  return reader_[at];
}

std::vector<Row> Planner::new_rows(Lane lane, int64_t count) {
  const auto step = static_cast<int32_t>(plan_.steps.size());
  if (count >= INT32_MAX - next_row_) {
    throw Error("graph", "has more elements than the engine can address", "split it");
  }
  blocks_.push_back({next_row_, static_cast<int32_t>(count), lane, step, step, 0});
  std::vector<Row> rows(static_cast<size_t>(count));
  for (Row& row : rows) row = next_row_++;
  ++next_row_;  // a gap, so that rows of two blocks never look like neighbours
  return rows;
}

Row Planner::constant_row(Lane lane, int64_t number) {
  const auto [found, is_new] = constant_rows_.try_emplace({lane, number}, 0);
  if (is_new) {
    found->second = new_rows(lane, 1).front();
    blocks_.back().born = -1;  // filled once, so nothing else may ever use the place
    blocks_.back().dies = INT32_MAX;
    plan_.constants.push_back({found->second, lane, number});
  }
  return found->second;
}

const std::vector<Row>& Planner::rows(ValueId id) {
  Value& v = value(id);
  if (!v.placed) {
    ensure(is_constant(id), "the engine reads a value before it is placed");
    v.lane = lane_for(range(id));
    for (const int64_t m : constant(id).mantissas) v.rows.push_back(constant_row(v.lane, m));
    v.placed = true;
  }
  return v.rows;
}

void Planner::place(ValueId id, Lane lane, std::vector<Row> rows) {
  Value& v = value(id);
  v.lane = lane;
  v.rows = std::move(rows);
  v.placed = true;
}

void Planner::push(Step step) {
  const auto at = static_cast<int32_t>(plan_.steps.size());
  each_row_list(step, [&](std::vector<Row>& rows) { note_use(rows, at); });
  plan_.scratch_bytes = std::max(plan_.scratch_bytes, scratch_bytes(step));
  plan_.steps.push_back(std::move(step));
}

void Planner::input(ValueId id) {
  const Node& input = node(id);
  PortPlan port;
  port.name = input.name;
  port.shape = input.type.shape;
  port.format = format_attribute(input);
  port.lane = lane_for(port.format.range());
  port.read = needed_[static_cast<size_t>(id)];
  if (port.read) {
    port.rows = new_rows(port.lane, count(id));
    blocks_.back().born = -1;  // all inputs arrive before the first step
    place(id, port.lane, port.rows);
  }
  plan_.inputs.push_back(std::move(port));
}

void Planner::finish_outputs() {
  for (const Output& output : graph_.outputs()) {
    PortPlan port;
    port.name = output.name;
    port.shape = shape(output.value);
    port.format = *graph_.type(output.value).format;
    port.rows = rows(output.value);
    port.lane = lane(output.value);
    note_use(port.rows, INT32_MAX);
    plan_.outputs.push_back(std::move(port));
  }
}

void Planner::visit(ValueId id) {
  switch (node(id).op) {
    case Op::kInput:
      return input(id);
    case Op::kConstant:
    case Op::kParam:
      return;
    case Op::kQuant:
    case Op::kThresholds:
    case Op::kTable:
    case Op::kRelu:
    case Op::kClamp:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kLeadingOne:
    case Op::kShiftLeft:
      return elementwise(id);
    case Op::kLinear:
      return linear(id);
    case Op::kConv:
      return conv(id);
    case Op::kMatMul:
      return matmul(id);
    case Op::kScale:
    case Op::kReshape:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kGather:
      return move(id);
    case Op::kConcat:
      return concat(id);
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
      return reduce(id);
    case Op::kArgMax:
    case Op::kArgMin:
      return choose(id);
    case Op::kTopK:
    case Op::kSort:
      return sort(id);
    case Op::kTreeEnsemble:
      return trees(id);
    case Op::kReduceMean:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      break;
  }
  internal_error("a composite in a quantised graph");
}

Plan Planner::build() {
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const bool wanted = needed_[static_cast<size_t>(id)] || node(id).op == Op::kInput;
    if (!wanted || is_constant(id) || value(id).placed) continue;
    visit(id);
  }
  finish_outputs();
  pack_between_layers();
  lay_out();
  return std::move(plan_);
}

Plan make_plan(const Graph& graph, Isa isa) {
  verify_quantised(graph).throw_if_any();
  return Planner(graph, isa).build();
}

}  // namespace trigstone::engine
