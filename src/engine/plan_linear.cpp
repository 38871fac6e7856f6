// Sums of products: linear, conv and matmul, with the clamps and the quant that follow them.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "engine/elementwise_builder.h"
#include "engine/pack_weights.h"
#include "engine/requantise.h"
#include "interpret/tensor_view.h"

namespace trigstone::engine {

namespace {

// Modulo 2^64, which every result fits.
int64_t shifted_left(int64_t mantissa, int bits) {
  return bits > 63 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(mantissa) << bits);
}

double magnitude(Interval range) { return static_cast<double>(std::max(range.high, -range.low)); }

bool is_wide(Interval sum) { return width_for(sum) > Width::k32; }

}  // namespace

ValueId Planner::fuse_epilogue(ValueId id, Epilogue* epilogue) {
  const bool wide = is_wide(graph_.type(id).format->range());
  ValueId last = id;
  for (auto next = sole_reader(id); next; next = sole_reader(last)) {
    const Node& reader = node(*next);
    if (reader.op == Op::kRelu || reader.op == Op::kClamp) {
      const Interval bounds = clamp_bounds(reader, fraction(last));
      const auto cut = [&](int64_t x) {
        return static_cast<int64_t>(std::clamp<Int128>(x, bounds.low, bounds.high));
      };
      epilogue->low = cut(epilogue->low);
      epilogue->high = cut(epilogue->high);
      last = *next;
      continue;
    }
    if (reader.op == Op::kScale) {  // the mantissas stay
      last = *next;
      continue;
    }
    if (reader.op != Op::kQuant) break;
    const FormatMap& map = formats_attribute(reader, "formats");
    // One format an output, or one for all.
    if (element_count(map.shape) > 1 && map.shape.back() != element_count(map.shape)) break;
    Epilogue taken = *epilogue;
    bool narrow = true;
    for (const Format& format : map.formats) {
      const RequantisePlan plan = plan_requantise(graph_.type(last).format->range(), fraction(last),
                                                  format, fraction(*next));
      narrow &= !plan.requantise.by_reference && (wide || width_for(plan.need) <= Width::k32);
      taken.requantise.push_back(plan.requantise);
    }
    if (!narrow) break;
    for (int64_t o = 0; o < shape(id).back(); ++o) {
      taken.of_output.push_back(map.uniform() ? 0 : static_cast<int32_t>(o));
    }
    *epilogue = std::move(taken);
    return *next;
  }
  return last;
}

void Planner::linear(ValueId id) { dot(id, {rows(node(id).operands[0])}); }

// The patch under each output position is a list of rows, so that a convolution is a linear layer.
// One of a single spatial axis is read as one of height 1.
void Planner::conv(ValueId id) {
  const Node& n = node(id);
  const ValueId x = n.operands[0];
  const bool flat = shape(x).size() == 2;
  const auto widen = [&](Shape s) {
    if (flat) s.insert(s.begin(), 1);
    return s;
  };
  const Shape in = widen(shape(x)), out = widen(shape(id)), kernel = widen(shape(n.operands[1]));
  auto strides = ints_attribute(n, "strides"), pads = ints_attribute(n, "pads");
  if (flat) {
    strides.insert(strides.begin(), 1);
    pads = {0, pads[0], 0, pads[1]};
  }
  const auto groups = static_cast<size_t>(int_attribute(n, "groups", 1));
  const std::vector<Row> from = rows(x);
  const Row zero = constant_row(value(x).lane, 0);
  std::vector<std::vector<Row>> patches(groups);
  detail::each_index({out[0], out[1], kernel[0], kernel[1]}, [&](size_t, const auto& at) {
    const int64_t y = at[0] * strides[0] + at[2] - pads[0];
    const int64_t z = at[1] * strides[1] + at[3] - pads[1];
    const bool inside = y >= 0 && y < in[0] && z >= 0 && z < in[1];
    for (int64_t c = 0; c < in[2]; ++c) {
      patches[static_cast<size_t>(c / kernel[2])].push_back(
          inside ? from[static_cast<size_t>((y * in[1] + z) * in[2] + c)] : zero);
    }
  });
  dot(id, patches);
}

void Planner::dot(ValueId id, const std::vector<std::vector<Row>>& x_rows) {
  const Node& n = node(id);
  const ValueId x = n.operands[0];
  const Tensor& weights = constant(n.operands[1]);
  const int64_t outputs = weights.shape.back(), terms = weights.size() / outputs;
  const auto groups = static_cast<int64_t>(x_rows.size()), each = outputs / groups;
  // A bias on a finer grid than the products makes the products finer.
  const int finer = fraction(id) - fraction(x) - fraction(n.operands[1]);

  Epilogue epilogue;
  const ValueId last = fuse_epilogue(id, &epilogue);
  const Interval sum = graph_.type(id).format->range();
  const Lane result_lane = lane_for(graph_.type(last).format->range());
  const std::vector<Row> results = new_rows(result_lane, count(id));
  for (int64_t g = 0; g < groups; ++g) {
    LinearStep step;
    step.x_lane = value(x).lane;
    step.lane = result_lane;
    step.wide = is_wide(sum);
    step.terms = terms;
    step.outputs = each;
    step.x_rows = x_rows[static_cast<size_t>(g)];
    step.positions = count(id) / outputs;
    std::vector<int64_t> matrix(static_cast<size_t>(terms * each));  // [output][term]
    for (int64_t o = 0; o < each; ++o) {
      for (int64_t k = 0; k < terms; ++k) {
        matrix[static_cast<size_t>(o * terms + k)] =
            shifted_left(weights.mantissas[static_cast<size_t>(k * outputs + g * each + o)], finer);
      }
    }
    step.bias.assign(static_cast<size_t>(each), 0);
    if (n.operands.size() > 2) {
      const Tensor& bias = constant(n.operands[2]);
      const int shift = fraction(id) - bias.format->fraction_bits();
      for (int64_t o = 0; o < each; ++o) {
        step.bias[static_cast<size_t>(o)] =
            shifted_left(bias.mantissas[static_cast<size_t>(g * each + o)], shift);
      }
    }
    step.epilogue.low = epilogue.low;
    step.epilogue.high = epilogue.high;
    step.epilogue.requantise = epilogue.requantise;
    if (!epilogue.of_output.empty()) {
      const auto begin = epilogue.of_output.begin() + g * each;
      step.epilogue.of_output.assign(begin, begin + each);
    }
    for (int64_t position = 0; position < step.positions; ++position) {
      const auto begin = results.begin() + position * outputs + g * each;
      step.results.insert(step.results.end(), begin, begin + each);
    }
    pack_weights(step, matrix, range(x), sum, isa_);
    push(std::move(step));
  }
  place(last, result_lane, results);
  for (ValueId done = id; done != last; done = *sole_reader(done)) value(done).placed = true;
}

void Planner::matmul(ValueId id) {
  const Node& n = node(id);
  const ValueId a = n.operands[0], b = n.operands[1];
  const Shape &sa = shape(a), &sb = shape(b), &out = shape(id);
  MatMulStep step;
  step.rows = out[out.size() - 2];
  step.columns = out.back();
  step.terms = sa.back();
  const Shape batch(out.begin(), out.end() - 2);
  step.batches = element_count(batch);
  const auto of_a = broadcast_strides(Shape(sa.begin(), sa.end() - 2), batch);
  const auto of_b = broadcast_strides(Shape(sb.begin(), sb.end() - 2), batch);
  const std::vector<Row>& rows_a = rows(a);
  const std::vector<Row>& rows_b = rows(b);
  detail::each_index(batch, [&](size_t, const std::vector<int64_t>& index) {
    const auto first_a = detail::offset(index, of_a) * static_cast<size_t>(step.rows * step.terms);
    const auto first_b =
        detail::offset(index, of_b) * static_cast<size_t>(step.terms * step.columns);
    for (int64_t i = 0; i < step.rows * step.terms; ++i) {
      step.a_rows.push_back(rows_a[first_a + static_cast<size_t>(i)]);
    }
    for (int64_t c = 0; c < step.columns; ++c) {
      for (int64_t k = 0; k < step.terms; ++k) {
        step.b_rows.push_back(rows_b[first_b + static_cast<size_t>(k * step.columns + c)]);
      }
    }
  });
  step.a_lane = value(a).lane;
  step.b_lane = value(b).lane;
  const Interval sum = graph_.type(id).format->range();
  step.wide = is_wide(sum);
  const ValueId last = fuse_epilogue(id, &step.epilogue);
  step.lane = lane_for(graph_.type(last).format->range());
  const double bound = magnitude(range(a)) * magnitude(range(b)) * static_cast<double>(step.terms);
  choose_matmul_path(step, range(a), range(b), bound, isa_);
  for (int64_t o = 0; o < step.columns; ++o) {
    step.fast.push_back(fast_epilogue(step.epilogue, static_cast<size_t>(o), sum, step.lane));
  }
  step.fast_kind = fast_kind(step.fast);
  step.results = new_rows(step.lane, count(id));
  place(last, step.lane, step.results);
  push(std::move(step));
  for (ValueId done = id; done != last; done = *sole_reader(done)) value(done).placed = true;
}

}  // namespace trigstone::engine
