// Elementwise operations: a chain of them, each read once, is one loop.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "emit/cpp_body.h"
#include "graph/elementwise.h"

namespace trigstone::cpp {

namespace {

const char* relation_text(const std::string& relation) {
  if (relation == "lt") return "<";
  if (relation == "le") return "<=";
  if (relation == "gt") return ">";
  if (relation == "ge") return ">=";
  return relation == "eq" ? "==" : "!=";
}

// The first mantissa on x's grid that passes a threshold, no further than just beyond x's range.
int64_t first_passing(const Tensor& steps, size_t i, int x_fraction, Interval x) {
  Int128 first = 0;
  if (steps.is_fixed()) {
    const int coarser = steps.format->fraction_bits() - x_fraction;
    const Int128 m = steps.mantissas[i], one = 1;
    if (coarser <= 0) {
      first = coarser < -62 ? (m > 0   ? x.high + 1
                               : m < 0 ? x.low
                                       : Int128{0})
                            : m * (one << -coarser);
    } else {
      first = coarser > 64 ? (m > 0 ? 1 : 0) : (m + (one << coarser) - 1) >> coarser;
    }
  } else {
    const double beyond = 0x1p64;
    first = static_cast<Int128>(
        std::clamp(std::ceil(std::ldexp(steps.reals[i], x_fraction)), -beyond, beyond));
  }
  return static_cast<int64_t>(std::clamp(first, x.low, x.high + 1));
}

}  // namespace

bool Body::joins_its_reader(ValueId id) const {
  const auto at = static_cast<size_t>(id);
  if (is_constant(id) || uses_[at] != 1 || !is_elementwise(node(id).op)) return false;
  const ValueId reader = reader_[at];
  // A scale that ends a chain is another name of its operand, so it computes nothing.
  if (node(reader).op == Op::kScale && !joins_its_reader(reader)) return false;
  return is_elementwise(node(reader).op) && shape(reader) == shape(id);
}

std::string Body::local(ValueId id, ValueId operand) const {
  // A node may read one value twice, and two nodes of a chain may see a value through other
  // strides.
  return joins_its_reader(operand) ? fmt::format("x{}", operand)
                                   : fmt::format("a{}_{}", operand, id);
}

std::string Body::aligned_operand(ValueId id, size_t i, int fraction_bits, Compute type) {
  const ValueId from = operand(id, i);
  return scaled(local(id, from), fraction_bits - fraction(from), type);
}

std::string Body::quant_statement(ValueId id, const std::string& place) {
  const FormatMap& map = formats_attribute(node(id), "formats");
  const ValueId x = operand(id, 0);
  std::vector<std::string> names;
  std::vector<int64_t> which;
  for (const Format& format : map.formats) {
    const std::string name = function(quantiser(range(x), fraction(x), format, fraction(id)));
    const auto found = std::find(names.begin(), names.end(), name);
    which.push_back(found - names.begin());
    if (found == names.end()) names.push_back(name);
  }
  const std::string argument = local(id, x);
  const char* type = name_of(compute_for(hull(range(id), {0, 0})));
  if (names.size() == 1) {
    return fmt::format("const {} x{} = ({}){}({});", type, id, type, names[0], argument);
  }
  std::string text =
      fmt::format("{} x{} = 0;\nswitch ({}[{}]) {{\n", type, id, constant_array(which), place);
  for (size_t n = 0; n < names.size(); ++n) {
    text += fmt::format("  case {}: x{} = ({}){}({}); break;\n", n, id, type, names[n], argument);
  }
  return text + "}";
}

std::string Body::thresholds_statement(ValueId id, const std::string& channel) {
  const ValueId x = operand(id, 0);
  const Tensor& steps = constant(operand(id, 1));
  const auto& base = ints_attribute(node(id), "base");
  const auto& direction = ints_attribute(node(id), "direction");
  const int64_t count = steps.shape[1];
  std::vector<int64_t> first;
  for (size_t i = 0; i < static_cast<size_t>(steps.size()); ++i) {
    first.push_back(first_passing(steps, i, fraction(x), range(x)));
  }
  const auto by_channel = [&](const std::vector<int64_t>& numbers) {
    if (numbers.size() == 1) return literal(numbers[0], Compute::k64);
    return fmt::format("{}[{}]", constant_array(numbers), channel);
  };
  const std::string row = steps.shape[0] == 1 ? "0" : fmt::format("({}) * {}", channel, count);
  const char* type = name_of(compute_for(hull(range(id), {0, 0})));
  std::string text = fmt::format("int n{} = 0;\n", id);
  if (count > 0) {
    text += fmt::format("for (int t = 0; t < {0}; ++t) n{1} += {2} >= {3}[{4} + t];\n", count, id,
                        local(id, x), constant_array(first), row);
  }
  return text + fmt::format("const {} x{} = ({})({} + {} * n{});", type, id, type, by_channel(base),
                            by_channel(direction), id);
}

// `places` numbers the array of each (node, operand) among those of the loops; the place of a
// node's own parameters comes behind its operands.
std::string Body::statement(ValueId id, const LoopNest& loops,
                            const std::map<std::pair<ValueId, size_t>, size_t>& places) {
  const Node& n = node(id);
  const std::string x = local(id, operand(id, 0));
  const auto parameters = [&] { return loops.index(places.at({id, n.operands.size()})); };
  const Interval result = range(id);
  const Compute type = compute_for(hull(result, {0, 0}));
  const auto define = [&](const std::string& expression) {
    return fmt::format("const {0} x{1} = ({0})({2});", name_of(type), id, expression);
  };
  const auto pair = [&](size_t first, const char* sign) {
    const ValueId a = operand(id, first), b = operand(id, first + 1);
    const int common = std::max(fraction(a), fraction(b));
    const Compute wide = compute_for(
        hull(hull(aligned_range(a, common), aligned_range(b, common)), hull(result, {0, 0})));
    return fmt::format("{} {} {}", aligned_operand(id, first, common, wide), sign,
                       aligned_operand(id, first + 1, common, wide));
  };
  switch (n.op) {
    case Op::kQuant:
      return quant_statement(id, parameters());
    case Op::kThresholds:
      return thresholds_statement(id, parameters());
    case Op::kTable:
      return define(
          fmt::format("{}[{} - {}]", constant_array(ints_attribute(n, "entries")), x,
                      literal(graph_.type(operand(id, 0)).format->min_mantissa(), Compute::k64)));
    case Op::kScale:
      return define(x);
    case Op::kRelu:
      return define(fmt::format("{0} > 0 ? {0} : 0", x));
    case Op::kClamp: {
      const int f = fraction(operand(id, 0));
      const Interval in = range(operand(id, 0));
      const auto low = static_cast<Int128>(std::ldexp(real_attribute(n, "low"), f));
      const auto high = static_cast<Int128>(std::ldexp(real_attribute(n, "high"), f));
      std::string text = x;
      if (in.high > high) text = fmt::format("{0} > {1} ? {1} : {2}", x, literal(high, type), text);
      if (in.low < low) text = fmt::format("{0} < {1} ? {1} : {2}", x, literal(low, type), text);
      return define(text);
    }
    case Op::kAdd:
      return define(pair(0, "+"));
    case Op::kSub:
      return define(pair(0, "-"));
    case Op::kMul: {
      const Compute wide = compute_for(range(operand(id, 0)) * range(operand(id, 1)));
      return define(fmt::format("({}){} * {}", name_of(wide), x, local(id, operand(id, 1))));
    }
    case Op::kCompare:
      return define(pair(0, relation_text(text_attribute(n, "relation"))));
    case Op::kSelect:
      return define(x + " ? " + pair(1, ":"));
    case Op::kLeadingOne:
      return define(fmt::format("{0} == 0 ? 0 : 63 - __builtin_clzll((std::uint64_t){0})", x));
    case Op::kShiftLeft:
      return define(
          fmt::format("(std::int64_t)((std::uint64_t){} << {})", x, local(id, operand(id, 1))));
    case Op::kInput:
    case Op::kConstant:
    case Op::kParam:
    case Op::kLinear:
    case Op::kConv:
    case Op::kMatMul:
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
  internal_error("no elementwise operation");
}

void Body::elementwise(ValueId id) {
  // The chain that ends here, operands first.
  std::vector<ValueId> chain = {id};
  for (size_t i = 0; i < chain.size(); ++i) {
    for (const ValueId read : node(chain[i]).operands) {
      const bool joins = joins_its_reader(read);
      if (joins && std::find(chain.begin(), chain.end(), read) == chain.end())
        chain.push_back(read);
    }
  }
  std::sort(chain.begin(), chain.end());
  const Shape& all = shape(id);
  std::vector<std::vector<int64_t>> strides = {broadcast_strides(all, all)};
  std::map<std::pair<ValueId, size_t>, size_t> places;
  std::vector<std::pair<ValueId, size_t>> leaves;
  for (const ValueId at : chain) {
    const Node& n = node(at);
    for (size_t i = 0; i < n.operands.size(); ++i) {
      if (joins_its_reader(n.operands[i])) continue;
      if (n.op == Op::kThresholds && i == 1) continue;  // its steps become an array of their own
      places[{at, i}] = strides.size();
      leaves.emplace_back(at, i);
      strides.push_back(broadcast_strides(shape(n.operands[i]), all));
    }
    const std::pair<ValueId, size_t> own = {at, n.operands.size()};
    if (n.op == Op::kQuant) {
      places[own] = strides.size();
      strides.push_back(broadcast_strides(formats_attribute(n, "formats").shape, all));
    } else if (n.op == Op::kThresholds) {
      places[own] = strides.size();
      strides.emplace_back(all.size(), 0);
      if (!all.empty()) strides.back()[static_cast<size_t>(axis_attribute(graph_, n))] = 1;
    }
  }
  const LoopNest loops(all, strides);
  const int depth = 1 + loops.depth();
  const Array to = new_array(id);
  code += loops.begin(1);
  std::map<std::string, bool> loaded;
  for (const auto& [at, i] : leaves) {
    const ValueId from = operand(at, i);
    if (loaded[local(at, from)]) continue;
    loaded[local(at, from)] = true;
    const Interval numbers = range(from);
    const bool one = is_constant(from) && numbers.low == numbers.high;
    line(depth, fmt::format("const {} {} = {};", name_of(compute_for(numbers)), local(at, from),
                            one ? literal(numbers.low, compute_for(numbers))
                                : fmt::format("{}[{}]", array(from).name,
                                              loops.index(places.at({at, i})))));
  }
  for (const ValueId at : chain) {
    std::string text = statement(at, loops, places);
    for (size_t from = 0; from <= text.size();) {
      const size_t end = std::min(text.find('\n', from), text.size());
      line(depth, text.substr(from, end - from));
      from = end + 1;
    }
  }
  line(depth, fmt::format("{}[{}] = ({})x{};", to.name, loops.index(0), name_of(to.storage), id));
  code += loops.end(1);
}

}  // namespace trigstone::cpp
