// Reductions, places of extremes, sorting and decision trees.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "engine/planner.h"
#include "interpret/tensor_view.h"

namespace trigstone::engine {

namespace {

using trigstone::detail::AxisView;

// Merge exchange, Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M: a network that
// sorts any number of keys.
std::vector<std::pair<int32_t, int32_t>> sorting_network(int32_t keys) {
  std::vector<std::pair<int32_t, int32_t>> exchanges;
  int32_t top = 1;
  while (2 * top < keys) top *= 2;
  for (int32_t p = keys > 1 ? top : 0; p > 0; p /= 2) {
    int32_t q = top, r = 0, d = p;
    while (true) {
      for (int32_t i = 0; i < keys - d; ++i) {
        if ((i & p) == r) exchanges.emplace_back(i, i + d);
      }
      if (q == p) break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
  return exchanges;
}

// Integers in the order of the reals, equal for equal ones.
std::vector<int64_t> ranks(const std::vector<double>& reals) {
  const std::set<double> distinct(reals.begin(), reals.end());
  std::vector<int64_t> result;
  for (const double x : reals) {
    result.push_back(std::distance(distinct.begin(), distinct.find(x)));
  }
  return result;
}

}  // namespace

void Planner::reduce(ValueId id) {
  const Node& n = node(id);
  const ValueId x = n.operands[0];
  ReduceStep step;
  step.kind = n.op == Op::kReduceSum   ? ReduceStep::Kind::kSum
              : n.op == Op::kReduceMax ? ReduceStep::Kind::kMax
                                       : ReduceStep::Kind::kMin;
  const Format& format = *graph_.type(x).format;
  const bool masked = n.operands.size() > 1;
  const auto axes = reduced_axes(graph_, n);
  Shape kept = shape(x);
  for (const int64_t axis : axes) kept[static_cast<size_t>(axis)] = 1;
  step.outputs = count(id);
  step.terms = count(x) / step.outputs;
  std::vector<std::vector<Row>> terms(static_cast<size_t>(step.outputs));
  const std::vector<Row>& from = rows(x);
  const auto strides = broadcast_strides(kept, shape(x));
  detail::each_index(shape(x), [&](size_t flat, const std::vector<int64_t>& index) {
    terms[detail::offset(index, strides)].push_back(from[flat]);
  });
  for (const auto& list : terms) step.x_rows.insert(step.x_rows.end(), list.begin(), list.end());
  step.x_lane = value(x).lane;
  if (masked) {
    step.mask_rows = rows(n.operands[1]);
    step.mask_lane = value(n.operands[1]).lane;
  }
  Interval need = hull(hull(range(x), graph_.type(id).format->range()), {0, 0});
  if (step.kind != ReduceStep::Kind::kSum) {
    // Unmasked, the first term replaces it; it must only not win against any.
    const bool largest = step.kind == ReduceStep::Kind::kMax;
    step.empty = masked ? (largest ? format.min_mantissa() : format.max_mantissa())
                        : static_cast<int64_t>(largest ? range(x).low : range(x).high);
    need = hull(need, {step.empty, step.empty});
  }
  step.width = width_for(need);
  step.lane = lane_for(graph_.type(id).format->range());
  step.results = new_rows(step.lane, step.outputs);
  place(id, step.lane, step.results);
  push(std::move(step));
}

// argmax and argmin.
void Planner::choose(ValueId id) {
  const Node& n = node(id);
  const ValueId x = n.operands[0];
  ReduceStep step;
  step.kind = n.op == Op::kArgMax ? ReduceStep::Kind::kArgMax : ReduceStep::Kind::kArgMin;
  const AxisView view(shape(x), axis_attribute(graph_, n));
  Interval need{0, view.extent};
  std::vector<Row> from;
  if (graph_.type(x).is_fixed()) {
    from = rows(x);
    step.x_lane = value(x).lane;
    need = hull(need, range(x));
  } else {  // constant reals under a variable mask: only their order matters
    const std::vector<int64_t> order = ranks(constant(x).reals);
    need = hull(need, {0, static_cast<int64_t>(order.size())});
    step.x_lane = lane_for(need);
    for (const int64_t rank : order) from.push_back(constant_row(step.x_lane, rank));
  }
  if (n.operands.size() > 1) {
    step.mask_rows = rows(n.operands[1]);
    step.mask_lane = value(n.operands[1]).lane;
  }
  view.each_line([&](int64_t outer, int64_t inner) {
    for (int64_t i = 0; i < view.extent; ++i) step.x_rows.push_back(from[view.at(outer, i, inner)]);
  });
  step.outputs = count(id);
  step.terms = view.extent;
  step.width = width_for(need);
  step.lane = lane_for(graph_.type(id).format->range());
  step.results = new_rows(step.lane, step.outputs);
  place(id, step.lane, step.results);
  push(std::move(step));
}

// topk and sort.
void Planner::sort(ValueId id) {
  const Node& n = node(id);
  const ValueId x = n.operands[0];
  const int64_t axis = axis_attribute(graph_, n);
  const AxisView in(shape(x), axis), out(shape(id), axis);
  SortStep step;
  step.descending = n.op == Op::kTopK || int_attribute(n, "descending", 0) != 0;
  step.lane = lane(x);
  step.width = width_for(range(x));
  step.lines = in.outer_count * in.inner_count;
  step.terms = in.extent;
  step.kept = out.extent;
  int32_t key = 0;
  for (const int64_t length : run_lengths(graph_, n)) {
    for (int64_t i = 0; i < length; ++i, ++key) {
      if (i > 0) step.lowered.push_back(key);
    }
  }
  step.exchanges = sorting_network(static_cast<int32_t>(in.extent));
  const std::vector<Row>& from = rows(x);
  const std::vector<Row> results = new_rows(step.lane, count(id));
  in.each_line([&](int64_t outer, int64_t inner) {
    for (int64_t i = 0; i < in.extent; ++i) step.x_rows.push_back(from[in.at(outer, i, inner)]);
    for (int64_t i = 0; i < out.extent; ++i) {
      step.results.push_back(results[out.at(outer, i, inner)]);
    }
  });
  place(id, step.lane, results);
  push(std::move(step));
}

void Planner::trees(ValueId id) {
  const Node& n = node(id);
  const ValueId x = n.operands[0];
  TreeStep step;
  step.x_rows = rows(x);
  step.x_lane = value(x).lane;
  step.outputs = count(id);
  step.base = ints_attribute(n, "base");
  const auto &feature = ints_attribute(n, "feature"), &threshold = ints_attribute(n, "threshold"),
             &left = ints_attribute(n, "left"), &right = ints_attribute(n, "right");
  const Interval range = this->range(x);
  // Thresholds beyond the range of x decide nothing; 64-bit ones are inside anyway.
  const Interval bounds{std::max<Int128>(range.low - 1, INT64_MIN), range.high};
  step.width = std::max(width_for(hull(bounds, {0, 0})), Width::k32);
  for (size_t i = 0; i < feature.size(); ++i) {
    const bool leaf = feature[i] < 0;
    const auto self = static_cast<int32_t>(i);
    const Int128 limit = std::clamp<Int128>(threshold[i], bounds.low, bounds.high);
    step.feature.push_back(leaf ? 0 : static_cast<int32_t>(feature[i]));
    step.threshold.push_back(leaf ? 0 : static_cast<int64_t>(limit));
    step.left.push_back(leaf ? self : static_cast<int32_t>(left[i]));
    step.right.push_back(leaf ? self : static_cast<int32_t>(right[i]));
    step.target.push_back(leaf ? static_cast<int32_t>(ints_attribute(n, "target")[i]) : 0);
    step.leaf.push_back(leaf ? ints_attribute(n, "leaf")[i] : 0);
  }
  // Children come after their parents, so a walk from the back knows the depth below each node.
  std::vector<int32_t> depth(feature.size(), 0);
  for (size_t i = feature.size(); i-- > 0;) {
    if (feature[i] < 0) continue;
    depth[i] =
        1 + std::max(depth[static_cast<size_t>(left[i])], depth[static_cast<size_t>(right[i])]);
  }
  for (const int64_t root : ints_attribute(n, "roots")) {
    step.roots.push_back(static_cast<int32_t>(root));
    step.depths.push_back(depth[static_cast<size_t>(root)]);
  }
  step.lane = lane_for(graph_.type(id).format->range());
  step.results = new_rows(step.lane, step.outputs);
  place(id, step.lane, step.results);
  push(std::move(step));
}

}  // namespace trigstone::engine
