#include "verify/mutate_graph.h"

#include <algorithm>

#include "base/error.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "verify/random_graph.h"

namespace trigstone {

namespace {

// What one mutant does at one node: the wrong value of it in the new graph, or -1 when the slip
// would not matter there. `operands` are the node's in the new graph.
struct Site {
  const Graph& graph;
  const Node& node;
  Graph& to;
  std::vector<ValueId> operands;
  const Shape& shape(size_t i) const { return graph.shape(node.operands[i]); }
  ValueId with(const Attributes& attributes) const { return to.add(node.op, operands, attributes); }
  ValueId with(const std::string& key, Attribute value) const {
    Attributes attributes = node.attributes;
    attributes[key] = std::move(value);
    return with(attributes);
  }
  ValueId as(Op op) const { return to.add(op, operands, node.attributes); }
};
using Slip = std::function<ValueId(const Site&)>;

// A value that reads as the old one did: same format, so that what is downstream still fits.
ValueId in_format(Graph& to, ValueId value, const Type& type) {
  if (!type.is_fixed() || to.type(value).format == type.format) return value;
  return to.add(Op::kQuant, {value}, {{"formats", FormatMap(*type.format)}});
}

ValueId copy_data(Graph& to, const Node& node, TensorPtr data) {
  return to.add_data(node.op, std::move(data), node.name, int_attribute(node, "trainable", 0) != 0);
}

Graph rewrite(const Graph& graph, Op op, const Slip& slip) {
  Rewriter rewriter(graph);
  for (ValueId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    ValueId value = -1;
    if (node.op == op) {
      value = slip({graph, node, rewriter.to(), rewriter.mapped(node.operands)});
      if (value >= 0) {
        ensure(rewriter.to().shape(value) == node.type.shape, "a mutant changes a shape");
      }
    }
    if (value < 0) value = rewriter.copy(id);
    rewriter.map(id, in_format(rewriter.to(), value, node.type));
  }
  return rewriter.finish();
}

// One step more, around the format's range.
TensorPtr next_numbers(const Tensor& data) {
  auto next = std::make_shared<Tensor>(data);
  for (double& real : next->reals) real += 1.0;
  for (int64_t& m : next->mantissas) m = std::min(m + 1, data.format->max_mantissa());
  return next;
}

ValueId off_by_one(const Site& site) {
  const Node& node = site.node;
  if (node.data != nullptr) return copy_data(site.to, node, next_numbers(*node.data));
  if (!node.type.is_fixed()) return -1;
  const ValueId right = node.op == Op::kInput
                            ? site.to.add(Op::kInput, {}, node.attributes, node.name)
                            : site.to.add(node.op, site.operands, node.attributes, node.name);
  auto step = std::make_shared<Tensor>();
  step->format = Format{1, 1 - node.type.format->fraction_bits(), false};
  step->mantissas = {1};
  const ValueId one = site.to.add_data(Op::kConstant, step);
  return site.to.add(Op::kAdd, {right, one});
}

ValueId without_mask(const Site& site) {
  if (site.operands.size() < 2) return -1;
  return site.to.add(site.node.op, {site.operands[0]}, site.node.attributes);
}

Slip instead(Op other) {
  return [other](const Site& site) { return site.as(other); };
}

ValueId swapped(const Site& site) {
  std::vector<ValueId> operands = site.operands;
  std::swap(operands[operands.size() - 1], operands[operands.size() - 2]);
  return site.to.add(site.node.op, operands, site.node.attributes);
}

// Reductions of nothing: 0 where the specification says smallest or largest.
ValueId nothing_is_zero(const Site& site) {
  if (site.operands.size() < 2) return -1;
  const ValueId right = site.to.add(site.node.op, site.operands, site.node.attributes);
  const ValueId any = site.to.add(Op::kReduceMax, {site.operands[1]},
                                  {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{0}}});
  auto zero = std::make_shared<Tensor>();
  zero->format = Format{1, 1, false};
  zero->mantissas = {0};
  return site.to.add(Op::kSelect, {any, right, site.to.add_data(Op::kConstant, zero)});
}

Slip another_rounding(Rounding from) {
  return [from](const Site& site) {
    FormatMap map = formats_attribute(site.node, "formats");
    bool changed = false;
    for (Format& format : map.formats) {
      if (format.rounding != from) continue;
      format.rounding = static_cast<Rounding>((static_cast<int>(from) + 1) % kRoundingCount);
      changed = true;
    }
    return changed ? site.with("formats", map) : -1;
  };
}

Slip another_overflow(Overflow from) {
  return [from](const Site& site) {
    FormatMap map = formats_attribute(site.node, "formats");
    bool changed = false;
    for (Format& format : map.formats) {
      if (format.overflow != from) continue;
      format.overflow = static_cast<Overflow>((static_cast<int>(from) + 1) % kOverflowCount);
      changed = true;
    }
    return changed ? site.with("formats", map) : -1;
  };
}

ValueId first_format_for_all(const Site& site) {
  const FormatMap& map = formats_attribute(site.node, "formats");
  return map.uniform() ? -1 : site.with("formats", FormatMap(map.formats.front()));
}

// x > t instead of x >= t: the thresholds are one step of their own grid higher. Only right on the
// grid of x, elsewhere another slip of the same kind.
ValueId above_thresholds(const Site& site) {
  const Tensor& data = *site.graph.node(site.node.operands[1]).data;
  const ValueId higher = site.to.add_data(Op::kConstant, next_numbers(data));
  return site.to.add(Op::kThresholds, {site.operands[0], higher}, site.node.attributes);
}

ValueId one_wrong_entry(const Site& site) {
  std::vector<int64_t> entries = ints_attribute(site.node, "entries");
  const Format& format = format_attribute(site.node);
  int64_t& entry = entries[entries.size() / 2];
  entry = entry == format.max_mantissa() ? format.min_mantissa() : entry + 1;
  return site.with("entries", entries);
}

// A table indexed from 0 instead of from the smallest mantissa: its halves change places.
ValueId unsigned_index(const Site& site) {
  if (!site.graph.type(site.node.operands[0]).format->is_signed) return -1;
  std::vector<int64_t> entries = ints_attribute(site.node, "entries");
  std::rotate(entries.begin(), entries.begin() + static_cast<int64_t>(entries.size() / 2),
              entries.end());
  return site.with("entries", entries);
}

ValueId without_bias(const Site& site) {
  if (site.operands.size() < 3) return -1;
  return site.to.add(site.node.op, {site.operands[0], site.operands[1]}, site.node.attributes);
}

ValueId swapped_pads(const Site& site) {
  std::vector<int64_t> pads = ints_attribute(site.node, "pads");
  std::rotate(pads.begin(), pads.begin() + static_cast<int64_t>(pads.size() / 2), pads.end());
  return site.with("pads", pads);
}

Slip moved_bound(const char* key, int steps) {
  return [key, steps](const Site& site) {
    const double step = site.graph.type(site.node.operands[0]).format->step();
    const double low = real_attribute(site.node, "low"), high = real_attribute(site.node, "high");
    const double bound = real_attribute(site.node, key) + steps * step;
    return low + step > high ? -1 : site.with(key, bound);
  };
}

ValueId column_major(const Site& site) {
  std::vector<int64_t> perm;
  for (size_t i = site.shape(0).size(); i > 0; --i) perm.push_back(static_cast<int64_t>(i) - 1);
  if (perm.empty()) return -1;
  const ValueId turned = site.to.add(Op::kTranspose, {site.operands[0]}, {{"perm", perm}});
  return site.to.add(Op::kReshape, {turned}, site.node.attributes);
}

// The shape of a transpose without moving the data.
ValueId only_reshaped(const Site& site) {
  return site.to.add(Op::kReshape, {site.operands[0]},
                     {{"shape", std::vector<int64_t>(site.node.type.shape)}});
}

ValueId later_slice(const Site& site) {
  const int64_t axis = axis_attribute(site.graph, site.node);
  const int64_t stop = int_attribute(site.node, "stop") + 1;
  if (stop > site.shape(0)[static_cast<size_t>(axis)]) return -1;
  Attributes attributes = site.node.attributes;
  attributes["start"] = int_attribute(site.node, "start") + 1;
  attributes["stop"] = stop;
  return site.with(attributes);
}

ValueId reversed_parts(const Site& site) {
  std::vector<ValueId> operands(site.operands.rbegin(), site.operands.rend());
  return site.to.add(Op::kConcat, operands, site.node.attributes);
}

ValueId first_for_absent(const Site& site) {
  std::vector<int64_t> indices = ints_attribute(site.node, "indices");
  for (int64_t& index : indices) index = std::max<int64_t>(index, 0);
  return site.with("indices", indices);
}

// lt <-> le, gt <-> ge, eq <-> ne.
ValueId neighbouring_relation(const Site& site) {
  static const std::vector<std::pair<std::string, std::string>> kPairs = {
      {"lt", "le"}, {"gt", "ge"}, {"eq", "ne"}};
  const std::string& relation = text_attribute(site.node, "relation");
  for (const auto& [a, b] : kPairs) {
    if (relation == a) return site.with("relation", b);
    if (relation == b) return site.with("relation", a);
  }
  return -1;
}

// argmax of the reversed axis, counted from the other end: differs among equals only.
ValueId last_of_equals(const Site& site) {
  if (site.operands.size() > 1) return -1;
  const int64_t axis = axis_attribute(site.graph, site.node);
  const int64_t size = site.shape(0)[static_cast<size_t>(axis)];
  std::vector<int64_t> backwards;
  for (int64_t i = size; i > 0; --i) backwards.push_back(i - 1);
  const ValueId turned =
      site.to.add(Op::kGather, {site.operands[0]}, {{"axis", axis}, {"indices", backwards}});
  const ValueId index = site.to.add(site.node.op, {turned}, site.node.attributes);
  auto last = std::make_shared<Tensor>();
  last->format = Format{16, 16, false};
  last->mantissas = {size - 1};
  return site.to.add(Op::kSub, {site.to.add_data(Op::kConstant, last), index});
}

ValueId smallest_first(const Site& site) {
  const int64_t axis = axis_attribute(site.graph, site.node);
  const ValueId sorted =
      site.to.add(Op::kSort, {site.operands[0]}, {{"axis", axis}, {"descending", int64_t{0}}});
  return site.to.add(Op::kSlice, {sorted},
                     {{"axis", axis},
                      {"start", int64_t{0}},
                      {"stop", int_attribute(site.node, "k")},
                      {"step", int64_t{1}}});
}

ValueId without_runs(const Site& site) {
  Attributes attributes = site.node.attributes;
  return attributes.erase("runs") > 0 ? site.with(attributes) : -1;
}

// One run, as if all stood in falling order.
ValueId single_run(const Site& site) {
  if (!site.node.attributes.contains("runs")) return -1;
  const auto axis = static_cast<size_t>(axis_attribute(site.graph, site.node));
  return site.with("runs", std::vector<int64_t>{site.shape(0)[axis]});
}

ValueId other_direction(const Site& site) {
  return site.with("descending", int64_t{int_attribute(site.node, "descending", 0) == 0});
}

// x < threshold instead of x <= threshold.
ValueId strict_trees(const Site& site) {
  std::vector<int64_t> thresholds = ints_attribute(site.node, "threshold");
  for (int64_t& threshold : thresholds) --threshold;
  return site.with("threshold", thresholds);
}

ValueId without_base(const Site& site) {
  std::vector<int64_t> base = ints_attribute(site.node, "base");
  std::fill(base.begin(), base.end(), 0);
  return site.with("base", base);
}

ValueId left_for_right(const Site& site) {
  Attributes attributes = site.node.attributes;
  attributes["left"] = ints_attribute(site.node, "right");
  attributes["right"] = ints_attribute(site.node, "left");
  return site.with(attributes);
}

std::vector<GraphMutant> make_mutants() {
  std::vector<GraphMutant> list;
  const auto add = [&](Op op, const std::string& what, const Slip& slip) {
    list.push_back({fmt::format("{}: {}", traits_of(op).text, what), op,
                    [op, slip](const Graph& graph) { return rewrite(graph, op, slip); }});
  };
  for (const Op op : compiled_ops()) add(op, "off by one", off_by_one);
  for (int r = 0; r < kRoundingCount; ++r) {
    const auto rounding = static_cast<Rounding>(r);
    add(Op::kQuant, fmt::format("{} rounds as its neighbour", name_of(rounding)),
        another_rounding(rounding));
  }
  for (int o = 0; o < kOverflowCount; ++o) {
    const auto overflow = static_cast<Overflow>(o);
    add(Op::kQuant, fmt::format("{} overflows as its neighbour", name_of(overflow)),
        another_overflow(overflow));
  }
  add(Op::kQuant, "first format for all elements", first_format_for_all);
  add(Op::kThresholds, "strictly above", above_thresholds);
  add(Op::kTable, "one wrong entry", one_wrong_entry);
  add(Op::kTable, "indexed from zero", unsigned_index);
  add(Op::kLinear, "no bias", without_bias);
  add(Op::kConv, "no bias", without_bias);
  add(Op::kConv, "pads swapped", swapped_pads);
  add(Op::kAdd, "subtracts", instead(Op::kSub));
  add(Op::kSub, "adds", instead(Op::kAdd));
  add(Op::kSub, "operands swapped", swapped);
  add(Op::kRelu, "keeps the low bits of negative numbers",
      [](const Site& site) { return site.operands[0]; });
  add(Op::kClamp, "low bound one step off", moved_bound("low", 1));
  add(Op::kClamp, "high bound one step off", moved_bound("high", -1));
  add(Op::kReduceSum, "mask ignored", without_mask);
  for (const Op op : {Op::kReduceMax, Op::kReduceMin}) {
    add(op, "mask ignored", without_mask);
    add(op, "zero when none is valid", nothing_is_zero);
  }
  add(Op::kReduceMax, "takes the smallest", instead(Op::kReduceMin));
  add(Op::kReduceMin, "takes the largest", instead(Op::kReduceMax));
  add(Op::kReshape, "column-major", column_major);
  add(Op::kTranspose, "data not moved", only_reshaped);
  add(Op::kSlice, "one later", later_slice);
  add(Op::kConcat, "parts reversed", reversed_parts);
  add(Op::kGather, "element 0 for index -1", first_for_absent);
  add(Op::kCompare, "neighbouring relation", neighbouring_relation);
  add(Op::kSelect, "branches swapped", swapped);
  for (const Op op : {Op::kArgMax, Op::kArgMin}) {
    add(op, "mask ignored", without_mask);
    add(op, "last of equals", last_of_equals);
  }
  add(Op::kArgMax, "takes the smallest", instead(Op::kArgMin));
  add(Op::kArgMin, "takes the largest", instead(Op::kArgMax));
  add(Op::kTopK, "smallest first", smallest_first);
  add(Op::kSort, "other direction", other_direction);
  for (const Op op : {Op::kTopK, Op::kSort}) {
    add(op, "runs ignored", without_runs);
    add(op, "runs joined", single_run);
  }
  add(Op::kTreeEnsemble, "strictly below", strict_trees);
  add(Op::kTreeEnsemble, "no base", without_base);
  add(Op::kTreeEnsemble, "left for right", left_for_right);
  return list;
}

}  // namespace

const std::vector<GraphMutant>& graph_mutants() {
  static const std::vector<GraphMutant> mutants = make_mutants();
  return mutants;
}

}  // namespace trigstone
