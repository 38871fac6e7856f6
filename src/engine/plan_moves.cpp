// Movement of elements: new names for rows that exist.
#include <algorithm>

#include "base/error.h"
#include "engine/planner.h"
#include "interpret/tensor_view.h"

namespace trigstone::engine {

namespace {

using trigstone::detail::AxisView;

std::vector<Row> transposed(const Node& node, const Shape& from, const std::vector<Row>& rows) {
  const auto& perm = ints_attribute(node, "perm");
  const auto original = broadcast_strides(from, from);
  std::vector<int64_t> strides;
  for (const int64_t axis : perm) strides.push_back(original[static_cast<size_t>(axis)]);
  std::vector<Row> result(rows.size());
  detail::each_index(node.type.shape, [&](size_t flat, const std::vector<int64_t>& index) {
    // An axis of extent 1 has stride 0 or 1; its index is 0, so either is right.
    result[flat] = rows[detail::offset(index, strides)];
  });
  return result;
}

}  // namespace

// reshape, scale, transpose, slice, gather.
void Planner::move(ValueId id) {
  const Node& moved = node(id);
  const ValueId x = moved.operands[0];
  const std::vector<Row>& from = rows(x);
  const Lane lane = value(x).lane;
  if (moved.op == Op::kReshape || moved.op == Op::kScale) return place(id, lane, from);
  if (moved.op == Op::kTranspose) return place(id, lane, transposed(moved, shape(x), from));

  const int64_t axis = axis_attribute(graph_, moved);
  std::vector<int64_t> indices;
  if (moved.op == Op::kGather) {
    indices = ints_attribute(moved, "indices");
  } else {
    const int64_t step = int_attribute(moved, "step", 1), stop = int_attribute(moved, "stop");
    for (int64_t i = int_attribute(moved, "start"); i < stop; i += step) indices.push_back(i);
  }
  const AxisView in(shape(x), axis), out(moved.type.shape, axis);
  std::vector<Row> result(static_cast<size_t>(count(id)));
  in.each_line([&](int64_t outer, int64_t inner) {
    for (size_t i = 0; i < indices.size(); ++i) {
      result[out.at(outer, static_cast<int64_t>(i), inner)] =
          indices[i] < 0 ? constant_row(lane, 0) : from[in.at(outer, indices[i], inner)];
    }
  });
  place(id, lane, std::move(result));
}

// Operands of another lane type or grid are copied into the result's first.
void Planner::concat(ValueId id) {
  const Node& joined = node(id);
  const Lane own = lane_for(graph_.type(id).format->range());
  Lane common = lane(joined.operands[0]);
  for (const ValueId x : joined.operands) {
    if (lane(x) != common || fraction(x) != fraction(id)) common = own;
  }
  const int64_t axis = axis_attribute(graph_, joined);
  const AxisView out(joined.type.shape, axis);
  std::vector<Row> result(static_cast<size_t>(count(id)));
  int64_t begin = 0;
  for (const ValueId x : joined.operands) {
    std::vector<Row> from = rows(x);
    const int shift = fraction(id) - fraction(x);
    if (value(x).lane != common || shift != 0) from = aligned_copy(x, shift, common);
    const AxisView in(shape(x), axis);
    in.each_line([&](int64_t outer, int64_t inner) {
      for (int64_t i = 0; i < in.extent; ++i) {
        result[out.at(outer, begin + i, inner)] = from[in.at(outer, i, inner)];
      }
    });
    begin += in.extent;
  }
  place(id, common, std::move(result));
}

}  // namespace trigstone::engine
