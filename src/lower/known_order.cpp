#include "lower/known_order.h"

#include <algorithm>

#include "base/error.h"
#include "fixed/quantize.h"
#include "lower/elements.h"

namespace trigstone {

namespace {

// Enough for long chains; sums of sums of sums would else be asked exponentially often.
constexpr int kMostVisits = 64;

bool is_inside(const Format& x, const Format& to) {
  const int common = std::max(x.fraction_bits(), to.fraction_bits());
  return align(x.min_mantissa(), x.fraction_bits(), common) >=
             align(to.min_mantissa(), to.fraction_bits(), common) &&
         align(x.max_mantissa(), x.fraction_bits(), common) <=
             align(to.max_mantissa(), to.fraction_bits(), common);
}

// Asks for the neighbours first that sorted lists make: in a row, or one row under the other.
template <class Fits>
size_t first_fitting(size_t count, size_t last, Fits fits) {
  for (size_t step = 0; step < count; ++step) {
    const size_t run = (last + step) % count;
    if (fits(run)) return run;
  }
  return count;
}

}  // namespace

bool KnownOrder::at_least(ValueId value, int64_t p, int64_t q) {
  left_ = kMostVisits;
  return holds(value, p, q);
}

bool KnownOrder::behind_operand(const Node& node, size_t operand, int64_t p, int64_t q) {
  const ValueId x = node.operands[operand];
  const Shape& from = graph_.shape(x);
  return holds(x, broadcast_source(from, node.type.shape, p),
               broadcast_source(from, node.type.shape, q));
}

bool KnownOrder::behind(const Node& node, int64_t p, int64_t q) {
  const Element a = behind_view(graph_, node, p), b = behind_view(graph_, node, q);
  if (a.root != b.root) return false;
  return a.root < 0 || holds(a.root, a.index, b.index);  // no root: both are the 0 of a gather
}

// Every rounding is monotone; clipping is, wrapping is not.
bool KnownOrder::quant(const Node& node, int64_t p, int64_t q) {
  const FormatMap& map = formats_attribute(node, "formats");
  const Format& format =
      map.formats[static_cast<size_t>(broadcast_source(map.shape, node.type.shape, p))];
  if (format != map.formats[static_cast<size_t>(broadcast_source(map.shape, node.type.shape, q))]) {
    return false;
  }
  const bool clips = format.overflow == Overflow::kSAT || format.overflow == Overflow::kSAT_SYM;
  const auto& x = graph_.type(node.operands[0]).format;
  return (clips || (x && is_inside(*x, format))) && holds(node.operands[0], p, q);
}

bool KnownOrder::thresholds(const Node& node, int64_t p, int64_t q) {
  const auto &base = ints_attribute(node, "base"), &direction = ints_attribute(node, "direction");
  const bool one =
      graph_.shape(node.operands[1])[0] == 1 && base.size() == 1 && direction.size() == 1;
  const TokenAxis channel(node.type.shape, {axis_attribute(graph_, node)});
  if (!one && channel.token(p) != channel.token(q)) return false;
  const auto at = direction.size() == 1 ? 0 : static_cast<size_t>(channel.token(p));
  return direction[at] > 0 ? holds(node.operands[0], p, q) : holds(node.operands[0], q, p);
}

bool KnownOrder::table(const Node& node, int64_t p, int64_t q) {
  const auto [known, fresh] = tables_.try_emplace(&node, Slope::kNone);
  if (fresh) {
    const auto& entries = ints_attribute(node, "entries");
    if (std::is_sorted(entries.begin(), entries.end())) {
      known->second = Slope::kRising;
    } else if (std::is_sorted(entries.rbegin(), entries.rend())) {
      known->second = Slope::kFalling;
    }
  }
  switch (known->second) {
    case Slope::kNone:
      return false;
    case Slope::kRising:
      return holds(node.operands[0], p, q);
    case Slope::kFalling:
      return holds(node.operands[0], q, p);
  }
  internal_error("unknown slope");
}

// Of numbers that are not negative; a mask is one.
bool KnownOrder::product(const Node& node, int64_t p, int64_t q) {
  for (const ValueId x : node.operands) {
    const auto& format = graph_.type(x).format;
    if (!format || format->is_signed) return false;
  }
  return behind_operand(node, 0, p, q) && behind_operand(node, 1, p, q);
}

bool KnownOrder::sorted(const Node& node, int64_t p, int64_t q) const {
  const TokenAxis line(node.type.shape, {axis_attribute(graph_, node)});
  if (line.local(p) != line.local(q)) return false;
  const bool falling = node.op == Op::kTopK || int_attribute(node, "descending", 0) != 0;
  return falling ? line.token(p) <= line.token(q) : line.token(q) <= line.token(p);
}

bool KnownOrder::holds(ValueId value, int64_t p, int64_t q) {
  if (p == q) return true;
  if (left_-- <= 0) return false;
  const Node& node = graph_.node(value);
  switch (node.op) {
    case Op::kConstant:
    case Op::kParam: {
      const auto a = static_cast<size_t>(p), b = static_cast<size_t>(q);
      return node.data->is_fixed() ? node.data->mantissas[a] >= node.data->mantissas[b]
                                   : node.data->reals[a] >= node.data->reals[b];
    }
    case Op::kTopK:
    case Op::kSort:
      return sorted(node, p, q);
    case Op::kReshape:
    case Op::kTranspose:
    case Op::kSlice:
    case Op::kConcat:
    case Op::kGather:
    case Op::kScale:
      return behind(node, p, q);
    case Op::kRelu:
    case Op::kClamp:
    case Op::kLeadingOne:
      return holds(node.operands[0], p, q);
    case Op::kQuant:
      return quant(node, p, q);
    case Op::kThresholds:
      return thresholds(node, p, q);
    case Op::kTable:
      return table(node, p, q);
    case Op::kAdd:
      return behind_operand(node, 0, p, q) && behind_operand(node, 1, p, q);
    case Op::kSub:
      return behind_operand(node, 0, p, q) && behind_operand(node, 1, q, p);
    case Op::kMul:
      return product(node, p, q);
    case Op::kInput:
    case Op::kLinear:
    case Op::kConv:
    case Op::kMatMul:
    case Op::kReduceSum:
    case Op::kReduceMax:
    case Op::kReduceMin:
    case Op::kReduceMean:
    case Op::kCompare:
    case Op::kSelect:
    case Op::kArgMax:
    case Op::kArgMin:
    case Op::kShiftLeft:
    case Op::kTreeEnsemble:
    case Op::kBatchNorm:
    case Op::kLayerNorm:
    case Op::kSoftmax:
    case Op::kFunction:
      return false;
  }
  internal_error("unknown op");
}

bool KnownOrder::has_sorted_source(ValueId value) const {
  std::vector<bool> seen(static_cast<size_t>(value) + 1, false);
  seen.back() = true;
  for (ValueId id = value; id >= 0; --id) {  // operands come before their readers
    if (!seen[static_cast<size_t>(id)]) continue;
    const Node& node = graph_.node(id);
    if (node.op == Op::kTopK || node.op == Op::kSort) return true;
    for (const ValueId operand : node.operands) seen[static_cast<size_t>(operand)] = true;
  }
  return false;
}

std::vector<std::vector<int64_t>> KnownOrder::falling_runs(
    ValueId value, const std::vector<std::vector<int64_t>>& lines) {
  const auto above = [&](int64_t i, int64_t j) {
    return std::all_of(lines.begin(), lines.end(), [&](const std::vector<int64_t>& line) {
      return at_least(value, line[static_cast<size_t>(i)], line[static_cast<size_t>(j)]);
    });
  };
  const bool hopeful = has_sorted_source(value);  // spares asking about all pairs
  std::vector<std::vector<int64_t>> runs;
  size_t last = 0;  // the run that grew last
  for (int64_t i = 0; i < static_cast<int64_t>(lines[0].size()); ++i) {
    last = first_fitting(runs.size(), last, [&](size_t run) {
      return hopeful && (above(runs[run].back(), i) || above(i, runs[run].front()));
    });
    if (last == runs.size()) {
      runs.push_back({i});
    } else if (above(runs[last].back(), i)) {
      runs[last].push_back(i);
    } else {
      runs[last].insert(runs[last].begin(), i);
    }
  }
  std::stable_sort(runs.begin(), runs.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return runs;
}

}  // namespace trigstone
