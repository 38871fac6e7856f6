// Elementwise operations: chains with one reader each become one program of micro-operations.
//   %2 = sub(%0, %1); %3 = quant(%2); %4 = table(%3)   =>   load, load, sub, requantise, table,
//   store
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "engine/elementwise_builder.h"
#include "engine/requantise.h"
#include "engine/scratch.h"
#include "graph/elementwise.h"
#include "interpret/tensor_view.h"

namespace trigstone::engine {

namespace {

// A table of at most 256 entries of one byte, padded; empty when the entries need more.
ByteTable byte_table(const std::vector<int32_t>& entries) {
  constexpr size_t kMost = 256;
  ByteTable bytes;
  if (entries.empty() || entries.size() > kMost) return bytes;
  const auto [low, high] = std::minmax_element(entries.begin(), entries.end());
  bytes.is_signed = *low < 0;
  if (bytes.is_signed ? *low < INT8_MIN || *high > INT8_MAX : *high > UINT8_MAX) return bytes;
  for (const int32_t entry : entries) bytes.entries.push_back(static_cast<uint8_t>(entry));
  bytes.entries.resize(kMost);
  return bytes;
}

constexpr int kDeepestProgram = 24;

// The smallest mantissa of `format` whose real number is at least (beyond: greater than) `bound`;
// one past the largest when there is none. The interpreter compares a fixed with a real number as
// doubles; mantissa → double is monotone, so this states the same comparison on integers.
Int128 first_mantissa(const Format& format, double bound, bool beyond) {
  Int128 low = format.min_mantissa(), high = static_cast<Int128>(format.max_mantissa()) + 1;
  while (low < high) {
    const Int128 middle = low + (high - low) / 2;
    const double real = format.to_real(static_cast<int64_t>(middle));
    const bool passed = beyond ? real > bound : real >= bound;
    (passed ? high : low) = passed ? middle : middle + 1;
  }
  return low;
}

Interval shifted(Interval range, int shift, const Node& node) {
  if (bits_for(range) + shift > 120) {
    throw Error(where_of(node), "its operands lie on grids too far apart for the fast engine",
                "quantise one of them closer to the other");
  }
  return shift_left(range, shift);
}

}  // namespace

// Grid on which the operands from `first` on meet.
int ElementwiseBuilder::common_fraction(ValueId id, size_t first) const {
  const auto& operands = planner_.node(id).operands;
  int common = planner_.fraction(operands[first]);
  for (size_t i = first; i < operands.size(); ++i) {
    common = std::max(common, planner_.fraction(operands[i]));
  }
  return common;
}

// Every number that node `id` itself meets: operands on the common grid, what its arithmetic forms
// on the way, the result.
Interval Planner::need(ValueId id) {
  const Node& n = node(id);
  Interval all = hull(graph_.type(id).format->range(), {0, 0});
  for (const ValueId x : n.operands) {
    if (graph_.type(x).is_fixed()) all = hull(all, range(x));
  }
  const auto align = [&](size_t first) {
    const int common = ElementwiseBuilder(*this, {}).common_fraction(id, first);
    for (size_t i = first; i < n.operands.size(); ++i) {
      all = hull(all, shifted(range(n.operands[i]), common - fraction(n.operands[i]), n));
    }
  };
  const bool real_operand = !std::all_of(n.operands.begin(), n.operands.end(),
                                         [&](ValueId x) { return graph_.type(x).is_fixed(); });
  if (real_operand) {  // a bound one beyond the range may be compared with
    return hull(all, {all.low, all.high + 1});
  }
  if (n.op == Op::kAdd || n.op == Op::kSub || n.op == Op::kCompare || n.op == Op::kThresholds) {
    align(0);
  } else if (n.op == Op::kSelect) {
    align(1);
  } else if (n.op == Op::kQuant) {
    for (const Format& format : formats_attribute(n, "formats").formats) {
      const Interval x = range(n.operands[0]);
      all = hull(all, plan_requantise(x, fraction(n.operands[0]), format, fraction(id)).need);
    }
  } else if (n.op == Op::kShiftLeft) {
    const auto bits = static_cast<int>(range(n.operands[1]).high);  // the type must be wider
    const Int128 half = static_cast<Int128>(1) << bits;
    all = hull(all, {-half, half - 1});
  }
  return all;
}

uint8_t ElementwiseBuilder::new_register() {
  uint8_t free = 0;
  while (std::find(used_.begin(), used_.end(), free) != used_.end()) ++free;
  used_.push_back(free);
  step_.registers = std::max(step_.registers, free + 1);
  return free;
}

void ElementwiseBuilder::release(uint8_t reg) { std::erase(used_, reg); }

Instruction& ElementwiseBuilder::append(MicroOp op, uint8_t to, uint8_t a, uint8_t b, uint8_t c) {
  Instruction instruction;
  instruction.op = op;
  instruction.to = to;
  instruction.a = a;
  instruction.b = b;
  instruction.c = c;
  step_.program.push_back(instruction);
  return step_.program.back();
}

// A value that exists already, read as if it had the program's shape.
uint8_t ElementwiseBuilder::leaf(ValueId id) {
  const auto strides = broadcast_strides(planner_.shape(id), shape_);
  const uint8_t to = new_register();
  if (planner_.is_constant(id)) {
    const Tensor& data = planner_.constant(id);
    std::vector<Int128> numbers(static_cast<size_t>(step_.count));
    detail::each_index(shape_, [&](size_t flat, const std::vector<int64_t>& index) {
      numbers[flat] = data.mantissas[detail::offset(index, strides)];
    });
    return broadcast(std::move(numbers), to);
  }
  const std::vector<Row>& from = planner_.rows(id);
  std::vector<Row> rows(static_cast<size_t>(step_.count));
  detail::each_index(shape_, [&](size_t flat, const std::vector<int64_t>& index) {
    rows[flat] = from[detail::offset(index, strides)];
  });
  Instruction& load = append(MicroOp::kLoad, to);
  load.lane = planner_.value(id).lane;
  load.slot = static_cast<int32_t>(step_.loads.size());
  step_.loads.push_back(std::move(rows));
  return to;
}

uint8_t ElementwiseBuilder::broadcast(std::vector<Int128> numbers, uint8_t to) {
  append(MicroOp::kBroadcast, to).slot = static_cast<int32_t>(step_.constants.size());
  step_.constants.push_back(std::move(numbers));
  return to;
}

// An operand of a node in this program: computed here, when nobody else reads it.
uint8_t ElementwiseBuilder::operand(ValueId id) {
  if (!planner_.is_constant(id) && !planner_.value(id).placed) return compute(id);
  return leaf(id);
}

uint8_t ElementwiseBuilder::aligned(ValueId id, int to_fraction) {
  const uint8_t reg = operand(id);
  const int shift = to_fraction - planner_.fraction(id);
  if (shift > 0) append(MicroOp::kShiftLeftConstant, reg, reg).shift = shift;
  return reg;
}

// Index of each element's entry in a list of distinct parameters, after `base` earlier ones.
void ElementwiseBuilder::parameters(Instruction& instruction, int32_t base,
                                    std::vector<int32_t> of_element) {
  instruction.slot = static_cast<int32_t>(step_.parameter_of.size());
  const bool uniform = std::all_of(of_element.begin(), of_element.end(),
                                   [&](int32_t i) { return i == of_element[0]; });
  step_.parameter_base.push_back(base + (uniform ? of_element[0] : 0));
  if (uniform) of_element.clear();
  for (int32_t& i : of_element) i += base;
  step_.parameter_of.push_back(std::move(of_element));
}

uint8_t ElementwiseBuilder::quant(ValueId id) {
  const Node& node = planner_.node(id);
  const ValueId x = node.operands[0];
  const uint8_t reg = operand(x);
  const FormatMap& map = formats_attribute(node, "formats");
  const auto base = static_cast<int32_t>(step_.requantise.size());
  std::vector<int32_t> of_format;
  for (const Format& format : map.formats) {
    const Requantise q =
        plan_requantise(planner_.range(x), planner_.fraction(x), format, planner_.fraction(id))
            .requantise;
    const auto begin = step_.requantise.begin() + base;
    const auto found = std::find(begin, step_.requantise.end(), q);
    of_format.push_back(static_cast<int32_t>(found - begin));
    if (found == step_.requantise.end()) step_.requantise.push_back(q);
  }
  std::vector<int32_t> of_element(static_cast<size_t>(step_.count));
  const auto strides = broadcast_strides(map.shape, shape_);
  detail::each_index(shape_, [&](size_t flat, const std::vector<int64_t>& index) {
    of_element[flat] = of_format[detail::offset(index, strides)];
  });
  parameters(append(MicroOp::kRequantise, reg, reg), base, std::move(of_element));
  return reg;
}

uint8_t ElementwiseBuilder::thresholds(ValueId id) {
  const Node& node = planner_.node(id);
  const ValueId x = node.operands[0];
  const Tensor& steps = planner_.constant(node.operands[1]);
  const int64_t channels = steps.shape[0], each = steps.shape[1];
  const auto& base = ints_attribute(node, "base");
  const auto& direction = ints_attribute(node, "direction");
  const int common = steps.is_fixed() ? common_fraction(id, 0) : planner_.fraction(x);
  const uint8_t reg = aligned(x, common);
  const auto first = static_cast<int32_t>(step_.thresholds.size());
  for (int64_t c = 0; c < channels; ++c) {
    const auto row = static_cast<size_t>(c);
    Thresholds t;
    t.base = base[base.size() == 1 ? 0 : row];
    t.direction = direction[direction.size() == 1 ? 0 : row];
    for (auto i = static_cast<size_t>(c * each); i < static_cast<size_t>((c + 1) * each); ++i) {
      const Format& format = *planner_.graph_.type(x).format;
      t.steps.push_back(steps.is_fixed()
                            ? align(steps.mantissas[i], steps.format->fraction_bits(), common)
                            : first_mantissa(format, steps.reals[i], false));
    }
    step_.thresholds.push_back(std::move(t));
  }
  const detail::AxisView view(shape_, axis_attribute(planner_.graph_, node));
  std::vector<int32_t> of_element(static_cast<size_t>(step_.count), 0);
  view.each_line([&](int64_t outer, int64_t inner) {
    for (int64_t c = 0; c < view.extent; ++c) {
      of_element[view.at(outer, c, inner)] = channels == 1 ? 0 : static_cast<int32_t>(c);
    }
  });
  parameters(append(MicroOp::kThresholds, reg, reg), first, std::move(of_element));
  return reg;
}

uint8_t ElementwiseBuilder::table(ValueId id) {
  const Node& node = planner_.node(id);
  const uint8_t reg = operand(node.operands[0]);
  Instruction& lookup = append(MicroOp::kTable, reg, reg);
  lookup.slot = static_cast<int32_t>(step_.tables.size());
  lookup.low = planner_.graph_.type(node.operands[0]).format->min_mantissa();
  step_.tables.push_back(ints_attribute(node, "entries"));
  return reg;
}

// relu and clamp.
uint8_t ElementwiseBuilder::bounded(ValueId id) {
  const Node& node = planner_.node(id);
  const ValueId x = node.operands[0];
  const Interval clamps = clamp_bounds(node, planner_.fraction(x));
  const Interval range = planner_.range(x);
  const uint8_t reg = operand(x);
  Instruction& clamp = append(MicroOp::kClamp, reg, reg);
  // Bounds beyond the range of x never act; cut there, they fit the program's type.
  clamp.low = static_cast<int64_t>(std::max(clamps.low, range.low));
  clamp.high = static_cast<int64_t>(std::min(clamps.high, std::max<Int128>(range.high, clamp.low)));
  return reg;
}

uint8_t ElementwiseBuilder::arithmetic(ValueId id, MicroOp op) {
  const Node& node = planner_.node(id);
  const int common = common_fraction(id, 0);
  const bool align = op != MicroOp::kMul && op != MicroOp::kShiftLeft;
  const auto read = [&](size_t i) {
    const ValueId x = node.operands[i];
    return align ? aligned(x, common) : operand(x);
  };
  const uint8_t a = read(0), b = read(1);
  append(op, a, a, b);
  release(b);
  return a;
}

uint8_t ElementwiseBuilder::compare(ValueId id) {
  const Node& node = planner_.node(id);
  std::string relation = text_attribute(node, "relation");
  ValueId a = node.operands[0], b = node.operands[1];
  if (relation == "gt" || relation == "ge") {
    std::swap(a, b);
    relation = relation == "gt" ? "lt" : "le";
  }
  const auto is_real = [&](ValueId x) { return !planner_.graph_.type(x).is_fixed(); };
  if (is_real(a) || is_real(b)) return compare_with_real(a, b, relation);
  const int common = std::max(planner_.fraction(a), planner_.fraction(b));
  const uint8_t left = aligned(a, common), right = aligned(b, common);
  const MicroOp op = relation == "lt"   ? MicroOp::kLess
                     : relation == "le" ? MicroOp::kLessEqual
                     : relation == "eq" ? MicroOp::kEqual
                                        : MicroOp::kNotEqual;
  append(op, left, left, right);
  release(right);
  return left;
}

// One side is a constant of reals: the other's mantissas are compared with integer bounds,
// `at_least` the first mantissa that reaches the real number and `beyond` the first above it.
//   x < r  <=>  x < at_least     x <= r  <=>  x < beyond     x == r  <=>  at_least <= x < beyond
uint8_t ElementwiseBuilder::compare_with_real(ValueId a, ValueId b, const std::string& relation) {
  const bool real_left = !planner_.graph_.type(a).is_fixed();
  const ValueId x = real_left ? b : a, bound = real_left ? a : b;
  const Format& format = *planner_.graph_.type(x).format;
  const Tensor& data = planner_.constant(bound);
  const auto strides = broadcast_strides(data.shape, shape_);
  const auto bounds = [&](bool beyond) {
    std::vector<Int128> numbers(static_cast<size_t>(step_.count));
    detail::each_index(shape_, [&](size_t flat, const std::vector<int64_t>& index) {
      numbers[flat] = first_mantissa(format, data.reals[detail::offset(index, strides)], beyond);
    });
    return numbers;
  };
  const uint8_t reg = operand(x);
  const auto less_than = [&](bool beyond, uint8_t value) {
    const uint8_t limit = broadcast(bounds(beyond), new_register());
    append(MicroOp::kLess, limit, value, limit);
    return limit;  // value < limit
  };
  uint8_t result = 0;
  if (relation == "lt" || relation == "le") {
    // r < x  <=>  not (x < beyond); r <= x  <=>  not (x < at_least)
    result = less_than(real_left ? relation == "lt" : relation == "le", reg);
    if (real_left) append(MicroOp::kEqual, result, result, zero());
  } else {
    const uint8_t below = less_than(false, reg), reached = less_than(true, reg);
    append(relation == "eq" ? MicroOp::kNotEqual : MicroOp::kEqual, below, below, reached);
    release(reached);
    result = below;
  }
  release(reg);
  return result;
}

// A register of zeros that stays for the whole program.
uint8_t ElementwiseBuilder::zero() {
  if (!zero_) {
    zero_ = broadcast(std::vector<Int128>(static_cast<size_t>(step_.count), 0), new_register());
  }
  return *zero_;
}

uint8_t ElementwiseBuilder::select(ValueId id) {
  const Node& node = planner_.node(id);
  const int common = common_fraction(id, 1);
  const uint8_t condition = operand(node.operands[0]);
  const uint8_t yes = aligned(node.operands[1], common), no = aligned(node.operands[2], common);
  append(MicroOp::kSelect, condition, condition, yes, no);
  release(yes);
  release(no);
  return condition;
}

uint8_t ElementwiseBuilder::compute(ValueId id) {
  need_ = hull(need_, planner_.need(id));
  switch (planner_.node(id).op) {
    case Op::kQuant:
      return quant(id);
    case Op::kThresholds:
      return thresholds(id);
    case Op::kTable:
      return table(id);
    case Op::kRelu:
    case Op::kClamp:
      return bounded(id);
    case Op::kAdd:
      return arithmetic(id, MicroOp::kAdd);
    case Op::kSub:
      return arithmetic(id, MicroOp::kSub);
    case Op::kMul:
      return arithmetic(id, MicroOp::kMul);
    case Op::kShiftLeft:
      return arithmetic(id, MicroOp::kShiftLeft);
    case Op::kCompare:
      return compare(id);
    case Op::kSelect:
      return select(id);
    case Op::kLeadingOne: {
      const uint8_t reg = operand(planner_.node(id).operands[0]);
      append(MicroOp::kLeadingOne, reg, reg);
      return reg;
    }
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kLinear:
    case Op::kConv:
    case Op::kMatMul:
    case Op::kScale:
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReduceMean:
    case Op::kReshape:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kTopK:
    case Op::kSort:
    case Op::kTreeEnsemble:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      break;
  }
  internal_error("not an elementwise operation");
}

uint8_t ElementwiseBuilder::shifted_leaf(ValueId id, int shift) {
  need_ = hull(need_, hull(planner_.range(id), shift_left(planner_.range(id), shift)));
  const uint8_t reg = leaf(id);
  if (shift > 0) append(MicroOp::kShiftLeftConstant, reg, reg).shift = shift;
  return reg;
}

std::vector<Row> ElementwiseBuilder::finish(uint8_t result, Lane lane) {
  step_.width = width_for(need_);
  step_.result = result;
  step_.lane = lane;
  step_.results = planner_.new_rows(lane, step_.count);
  if (step_.width != Width::k128 && step_.width != Width::k64) {
    for (const auto& table : step_.tables) step_.tables32.emplace_back(table.begin(), table.end());
    step_.tables.clear();
  }
  for (const auto& table : step_.tables32) step_.byte_tables.push_back(byte_table(table));
  find_chunks();
  std::vector<Row> rows = step_.results;
  planner_.push(std::move(step_));
  return rows;
}

// Inside a chunk each load walks from row to row or stays at one row for all elements.
void ElementwiseBuilder::find_chunks() {
  std::vector<Row> strides(step_.loads.size());  // of the chunk, once it has two elements
  const auto follows = [&](size_t e, bool second) {
    for (size_t slot = 0; slot < step_.loads.size(); ++slot) {
      const Row stride = step_.loads[slot][e] - step_.loads[slot][e - 1];
      if (second ? stride != 0 && stride != 1 : stride != strides[slot]) return false;
      strides[slot] = stride;
    }
    for (const auto& numbers : step_.constants) {
      if (numbers[e] != numbers[e - 1]) return false;
    }
    return std::all_of(step_.parameter_of.begin(), step_.parameter_of.end(),
                       [&](const auto& of) { return of.empty() || of[e] == of[e - 1]; });
  };
  const int32_t most = lanes_per_register(step_.width) / kLanes;
  for (int32_t e = 0; e < static_cast<int32_t>(step_.count); ++e) {
    const int32_t count = e == 0 ? most : step_.chunks.back().count;
    if (count < most && follows(static_cast<size_t>(e), count == 1)) {
      ++step_.chunks.back().count;
    } else {
      step_.chunks.push_back({e, 1});
    }
  }
}

Interval clamp_bounds(const Node& node, int fraction) {
  if (node.op == Op::kRelu) return {0, INT64_MAX};
  return {static_cast<Int128>(std::ldexp(real_attribute(node, "low"), fraction)),
          static_cast<Int128>(std::ldexp(real_attribute(node, "high"), fraction))};
}

bool Planner::fuses_into_reader(ValueId id) {
  const std::optional<ValueId> reader = sole_reader(id);
  if (!reader || shape(*reader) != shape(id)) return false;
  // A scale is another name of its operand here: it has no program to join.
  const Op op = node(*reader).op;
  if (!is_elementwise(op) || op == Op::kScale) return false;
  // One wide operation would make a whole program of narrow ones wide.
  if (width_for(need(id)) != width_for(need(*reader))) return false;
  int depth = 1;  // bounds registers and recursion
  for (const ValueId x : node(id).operands) depth = std::max(depth, 1 + fused_depth_[x]);
  if (depth > kDeepestProgram) return false;
  fused_depth_[id] = depth;
  return true;
}

void Planner::elementwise(ValueId id) {
  if (fuses_into_reader(id)) return;  // the reader computes it
  ElementwiseBuilder builder(*this, shape(id));
  const uint8_t result = builder.compute(id);
  const Lane lane = lane_for(graph_.type(id).format->range());
  place(id, lane, builder.finish(result, lane));
}

std::vector<Row> Planner::aligned_copy(ValueId id, int shift, Lane lane) {
  ElementwiseBuilder builder(*this, shape(id));
  return builder.finish(builder.shifted_leaf(id, shift), lane);
}

}  // namespace trigstone::engine
