#include "fabric/estimate_flow.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "cost/device.h"
#include "lower/elements.h"
#include "lower/plan.h"

namespace trigstone {

namespace {

// LUTs for a bit of weight times a bit of operand, after sharing: fitted to the compiled models of
// docs/fabric.md, which take 0.4 to 0.7. Placed and routed JEDI-linear designs (VU13P), whose
// weights have few bits left to share, take 0.66 to 0.91.
constexpr double kLutPerBitOperation = 0.55;
// Flip-flops for a LUT: 0.27 to 0.38 in the same models, 0.53 in the JEDI-linear reports.
constexpr double kFlipFlopPerLut = 0.35;
// Modules end in registers, so the last clock of a layer is rarely full.
constexpr int kClocksBetweenModules = 1;
// Rounding, and the comparison and choice that saturate.
constexpr double kLevelsOfQuant = 3;
// A product of two variables: a LUT for each pair of partial products' bits (cost/area.cpp).
constexpr double kLutPerProductBit = 1.0;

struct NodeCost {
  double lut = 0;  // of one lane
  double levels = 0;
  double width_bits = 8;  // of the widest adder, for its carry chain
};

// Bits between the highest and the lowest one of a weight.
int significant_bits(int64_t weight) {
  if (weight == 0) return 0;
  const auto size = static_cast<uint64_t>(weight < 0 ? -weight : weight);
  return std::bit_width(size) - std::countr_zero(size);
}

double levels_of(double terms) { return terms > 1 ? std::ceil(std::log2(terms)) : 0; }

class Estimator {
 public:
  Estimator(const Graph& graph, int lanes, const Fabric& fabric)
      : graph_(graph), device_(device_named(fabric.device)), plan_(make_plan(graph, lanes)) {
    budget_ns_ = fabric.clock_ns() - device_.delay.register_ns;
    times_.resize(static_cast<size_t>(graph.size()));
    item_of_.assign(static_cast<size_t>(graph.size()), -1);
  }

  Flow run() {
    for (ValueId id = 0; id < graph_.size(); ++id) {
      if (has_logic(id)) time_node(id);
    }
    add_items();
    add_values();
    flow_.ii = static_cast<int>(plan_.beats());
    return std::move(flow_);
  }

 private:
  struct Time {
    int start = 0;   // clock at which the node's logic begins
    double ns = 0;   // of logic behind the clock at which the result appears
    int result = 0;  // clock of the result's first beat
  };

  bool has_logic(ValueId id) const {
    return !plan_.of(id).constant && !plan_.of(id).view && graph_.node(id).op != Op::kInput;
  }
  bool streams(ValueId id) const { return plan_.of(id).result.per_token(); }
  int width(ValueId id) const {
    const Type& type = graph_.type(id);
    if (type.is_fixed()) return type.format->width_bits;
    throw Error(where_of(graph_.node(id)), "has no number format",
                "quantise the model first (`trigstone compress`)");
  }
  int64_t local_elements(ValueId id) const {
    return element_count(local_shape(graph_.shape(id), plan_.of(id).result));
  }

  template <class Visit>
  void each_root(ValueId id, Visit visit) const {
    const Node& node = graph_.node(id);
    for (size_t i = 0; i < node.operands.size(); ++i) {
      if (plan_.of(node.operands[i]).constant) continue;
      for (const Root& root : roots_of(graph_, plan_, node.operands[i], plan_.of(id).operands[i])) {
        if (root.value >= 0) visit(root);
      }
    }
  }

  void time_node(ValueId id) {
    Time& time = times_[static_cast<size_t>(id)];
    double ns = 0;
    each_root(id, [&](const Root& root) {
      const Time& from = times_[static_cast<size_t>(root.value)];
      // A stream that is read whole must have come to its end.
      const int wait = streams(root.value) && !root.direct ? static_cast<int>(plan_.beats()) : 0;
      const int clock = from.result + wait;
      const double late = wait > 0 ? 0 : from.ns;
      if (clock > time.start) ns = 0;
      if (clock >= time.start) ns = std::max(ns, late);
      time.start = std::max(time.start, clock);
    });
    const NodeCost cost = cost_of(id);
    const double level_ns =
        device_.delay.lut_level_ns + device_.delay.carry8_ns * std::ceil(cost.width_bits / 8);
    const double total = ns + cost.levels * level_ns;
    const int clocks = static_cast<int>(total / budget_ns_);
    time.ns = total - clocks * budget_ns_;
    time.result = time.start + clocks;
    const Op op = graph_.node(id).op;
    if (op == Op::kLinear || op == Op::kConv || op == Op::kMatMul) {
      time.result += kClocksBetweenModules;
      time.ns = 0;
    }
    if (plan_.of(id).accumulates) {
      time.result += static_cast<int>(plan_.beats());
      time.ns = 0;
    }
  }

  NodeCost linear(const Node& node, ValueId id) const {
    const Tensor& weights = *graph_.node(node.operands[1]).data;
    double bits = 0, terms = 0;
    for (const int64_t w : weights.mantissas) {
      bits += significant_bits(w);
      terms += w != 0 ? 1 + std::max(0, significant_bits(w) - 1) / 3.0 : 0;  // signed digits
    }
    const double outputs = static_cast<double>(weights.shape.back());
    const double rows = static_cast<double>(local_elements(id)) / outputs;
    return {kLutPerBitOperation * bits * rows * width(node.operands[0]),
            levels_of(terms / outputs) + (node.operands.size() > 2 ? 1 : 0),
            static_cast<double>(width(id))};
  }

  NodeCost cost_of(ValueId id) const {
    const Node& node = graph_.node(id);
    const auto elements = static_cast<double>(local_elements(id));
    const double bits = width(id);
    const auto operand_elements = [&](size_t i) {
      const ValueId operand = node.operands[i];
      return static_cast<double>(
          element_count(local_shape(graph_.shape(operand), plan_.of(id).operands[i])));
    };
    switch (node.op) {
      case Op::kInput:
      case Op::kConstant:
      case Op::kParam:
      case Op::kReshape:
      case Op::kTranspose:
      case Op::kSlice:
      case Op::kConcat:
      case Op::kGather:
      case Op::kScale:
        return {};
      case Op::kLinear:
      case Op::kConv:
        return linear(node, id);
      case Op::kMatMul: {
        const auto inner = static_cast<double>(graph_.shape(node.operands[0]).back());
        const double depth = plan_.of(id).accumulates ? 1 : inner;
        const double product =
            kLutPerProductBit * width(node.operands[0]) * width(node.operands[1]);
        return {elements * depth * product + elements * (depth - 1) * bits,
                levels_of(width(node.operands[1])) + levels_of(depth), bits};
      }
      case Op::kMul:
        return {elements * kLutPerProductBit * width(node.operands[0]) * width(node.operands[1]),
                levels_of(width(node.operands[1])), bits};
      case Op::kAdd:
      case Op::kSub:
      case Op::kCompare:
        return {elements * width(node.operands[0]), 1,
                static_cast<double>(width(node.operands[0]))};
      case Op::kQuant:
        return {elements * bits, kLevelsOfQuant, bits};
      case Op::kRelu:
      case Op::kClamp:
      case Op::kSelect:
        return {elements * bits, 1, bits};
      case Op::kShiftLeft:
      case Op::kLeadingOne:
        return {elements * bits * 2, 2, bits};
      case Op::kTable: {
        const double luts = std::max(1.0, std::ldexp(1.0, width(node.operands[0]) - 6));
        return {elements * bits * luts, 1 + std::max(0.0, (width(node.operands[0]) - 6) / 2.0),
                bits};
      }
      case Op::kThresholds: {
        const double count = static_cast<double>(graph_.shape(node.operands[1]).back());
        return {elements * count * width(node.operands[0]) / 2, 1 + levels_of(count), bits};
      }
      case Op::kReduceSum:
      case Op::kReduceMax:
      case Op::kReduceMin:
      case Op::kArgMax:
      case Op::kArgMin: {
        const double terms = operand_elements(0);
        return {terms * bits * (node.op == Op::kReduceSum ? 1 : 2),
                std::max(1.0, levels_of(terms / std::max(1.0, elements))), bits};
      }
      case Op::kTopK:
      case Op::kSort: {
        const double n = operand_elements(0), stages = levels_of(n) * (levels_of(n) + 1) / 2;
        return {n / 2 * stages * bits * 3, stages, bits};
      }
      case Op::kTreeEnsemble:
        return {operand_elements(0) * bits * 8, 4, bits};
      case Op::kReduceMean:
      case Op::kBatchNorm:
      case Op::kLayerNorm:
      case Op::kSoftmax:
      case Op::kFunction:
        break;
    }
    throw Error(where_of(node), "is real arithmetic, which hardware does not have",
                "put a quant behind it, so that it can be expanded");
  }

  void add_items() {
    std::vector<ValueId> order;
    for (ValueId id = 0; id < graph_.size(); ++id) {
      if (has_logic(id)) order.push_back(id);
    }
    std::stable_sort(order.begin(), order.end(), [&](ValueId a, ValueId b) {
      return times_[static_cast<size_t>(a)].start < times_[static_cast<size_t>(b)].start;
    });
    for (const ValueId id : order) {
      const double lanes = plan_.of(id).per_lane ? static_cast<double>(plan_.lanes) : 1;
      FlowItem item{graph_.node(id).name, {}};
      item.resources.lut = cost_of(id).lut * lanes;
      item.resources.ff = item.resources.lut * kFlipFlopPerLut;
      item_of_[static_cast<size_t>(id)] = flow_.end();
      flow_.items.push_back(std::move(item));
    }
    if (flow_.items.empty()) flow_.items.push_back({"wires", {}});
  }

  FlowValue value_of(ValueId id, const std::string& name) const {
    width(id);
    FlowValue value;
    value.name = name;
    value.format = *graph_.type(id).format;
    value.elements = local_elements(id) * (streams(id) ? plan_.lanes : 1);
    value.cycle = times_[static_cast<size_t>(id)].result;
    value.beats = streams(id) ? static_cast<int>(plan_.beats()) : 1;
    value.made = item_of_[static_cast<size_t>(id)];
    return value;
  }

  void add_values() {
    std::vector<int> last_read(static_cast<size_t>(graph_.size()), -1);
    const auto read = [&](ValueId value, int item) {
      int& last = last_read[static_cast<size_t>(value)];
      last = std::max(last, item);
    };
    for (ValueId id = 0; id < graph_.size(); ++id) {
      if (!has_logic(id)) continue;
      each_root(id, [&](const Root& root) { read(root.value, item_of_[static_cast<size_t>(id)]); });
    }
    for (const Output& output : graph_.outputs()) {
      const Reading reading = plan_.of(output.value).result;
      Time& time = times_[static_cast<size_t>(output.value)];
      for (const Root& root : roots_of(graph_, plan_, output.value, reading)) {
        if (root.value < 0) continue;
        read(root.value, flow_.end() - 1);
        const Time& from = times_[static_cast<size_t>(root.value)];
        time.result = std::max(time.result, from.result + (from.ns > 0 ? 1 : 0));
      }
      FlowValue value = value_of(output.value, output.name);
      flow_.latency_cycles = std::max(flow_.latency_cycles, value.cycle + value.beats - 1);
      flow_.outputs.push_back(std::move(value));
    }
    for (ValueId id = 0; id < graph_.size(); ++id) {
      const bool input = graph_.node(id).op == Op::kInput;
      if (!input && !has_logic(id)) continue;
      FlowValue value = value_of(id, graph_.node(id).name);
      value.last_read = last_read[static_cast<size_t>(id)];
      if (input) flow_.inputs.push_back(value);
      flow_.values.push_back(std::move(value));
    }
  }

  const Graph& graph_;
  const Device& device_;
  const Plan plan_;
  double budget_ns_ = 1;
  std::vector<Time> times_;
  std::vector<int> item_of_;
  Flow flow_;
};

}  // namespace

Flow estimate_flow(const Graph& graph, int lanes, const Fabric& fabric) {
  return Estimator(graph, lanes, fabric).run();
}

}  // namespace trigstone
