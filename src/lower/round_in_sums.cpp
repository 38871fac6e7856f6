#include "lower/round_in_sums.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "fixed/quantize.h"
#include "graph/passes.h"

namespace trigstone {

namespace {

size_t at(ValueId id) { return static_cast<size_t>(id); }

// What a rounding adds before it drops bits, on the grid of `shift` bits more; nothing for modes
// that ask more than that of a number.
std::optional<int64_t> added_by(Rounding rounding, int shift, bool negative) {
  constexpr int kWidest = 62;
  if (shift <= 0) return 0;
  if (shift > kWidest) return std::nullopt;
  const int64_t half = int64_t{1} << (shift - 1);
  switch (rounding) {
    case Rounding::kTRN:
      return 0;
    case Rounding::kRND:
      return half;
    case Rounding::kRND_MIN_INF:
      return half - 1;
    case Rounding::kTRN_ZERO:
      if (!negative) return 0;
      return std::nullopt;
    case Rounding::kRND_INF:
      if (!negative) return half;
      return std::nullopt;
    case Rounding::kRND_ZERO:
      if (!negative) return half - 1;
      return std::nullopt;
    case Rounding::kRND_CONV:
      return std::nullopt;
  }
  return std::nullopt;
}

class RoundInSums {
 public:
  RoundInSums(const Graph& graph, const Strategies& strategies)
      : graph_(graph),
        strategies_(strategies),
        constant_(constant_values(graph)),
        readers_(at(graph.size()), 0),
        biases_(at(graph.size())),
        formats_(at(graph.size())) {
    for (const Node& node : graph.nodes()) {
      for (const ValueId id : node.operands) ++readers_[at(id)];
    }
    for (const Output& output : graph.outputs()) ++readers_[at(output.value)];
  }

  Graph run();

 private:
  bool is_sum(ValueId id) const;
  bool holds_numbers(ValueId id) const;
  void move(ValueId quant);
  std::optional<TensorPtr> bias_with(const Node& sum, const std::vector<int64_t>& added) const;
  std::string free_name(std::string name) const;

  const Graph& graph_;
  const Strategies& strategies_;
  const std::vector<bool> constant_;
  std::vector<int> readers_;
  std::vector<TensorPtr> biases_;                  // new ones, of sums
  std::vector<std::optional<FormatMap>> formats_;  // new ones, of quants
};

bool RoundInSums::holds_numbers(ValueId id) const {
  const Node& node = graph_.node(id);
  return node.data != nullptr && node.data->is_fixed();
}

bool RoundInSums::is_sum(ValueId id) const {
  const Node& node = graph_.node(id);
  if (node.op != Op::kLinear && node.op != Op::kConv) return false;
  return strategies_.of(node) == Strategy::kDa && !constant_[at(id)] &&
         std::all_of(node.operands.begin() + 1, node.operands.end(),
                     [&](ValueId operand) { return holds_numbers(operand); });
}

// The bias, if there is one, plus numbers on the result's grid.
std::optional<TensorPtr> RoundInSums::bias_with(const Node& sum,
                                                const std::vector<int64_t>& added) const {
  const int fraction = sum.type.format->fraction_bits();
  const Tensor* bias = sum.operands.size() > 2 ? graph_.node(sum.operands[2]).data.get() : nullptr;
  Interval range{0, 0};
  Tensor result{{static_cast<int64_t>(added.size())}, std::nullopt, {}, {}};
  for (size_t i = 0; i < added.size(); ++i) {
    Int128 total = added[i];
    if (bias) total += align(bias->mantissas[i], bias->format->fraction_bits(), fraction);
    range = hull(range, {total, total});
    result.mantissas.push_back(static_cast<int64_t>(total));
  }
  const int width = std::max(bits_for(range), 1);
  if (width > 62) return std::nullopt;
  result.format = Format{width, width - fraction, range.low < 0};
  return std::make_shared<const Tensor>(std::move(result));
}

std::string RoundInSums::free_name(std::string name) const {
  while (std::any_of(graph_.nodes().begin(), graph_.nodes().end(),
                     [&](const Node& node) { return node.name == name; })) {
    name += "_";
  }
  return name;
}

void RoundInSums::move(ValueId quant) {
  const Node& node = graph_.node(quant);
  FormatMap map = formats_attribute(node, "formats");
  const size_t channels = map.formats.size();
  if (channels > 1 && map.shape.back() != static_cast<int64_t>(channels)) return;
  std::vector<double> bounds;
  ValueId sum = node.operands[0];
  bool negative = true;
  for (; readers_[at(sum)] == 1 && !is_sum(sum); sum = graph_.node(sum).operands[0]) {
    const Node& between = graph_.node(sum);
    if (between.op == Op::kClamp) {
      bounds.push_back(real_attribute(between, "low"));
      bounds.push_back(real_attribute(between, "high"));
      negative = negative && real_attribute(between, "low") < 0;
    } else if (between.op == Op::kRelu) {
      negative = false;
    } else {
      return;
    }
  }
  constexpr int kWidest = 62;  // a result may grow by a bit
  if (readers_[at(sum)] != 1 || graph_.type(sum).format->width_bits > kWidest) return;
  const int64_t outputs = graph_.shape(sum).back();
  if (channels > 1 && static_cast<int64_t>(channels) != outputs) return;
  std::vector<int64_t> added;
  for (int64_t i = 0; i < outputs; ++i) {
    const Format& to = formats_attribute(node, "formats").formats[channels > 1 ? at(i) : 0];
    const int shift = graph_.type(sum).format->fraction_bits() - to.fraction_bits();
    const auto half = added_by(to.rounding, shift, negative);
    const bool on_grid = std::all_of(bounds.begin(), bounds.end(), [&](double bound) {
      const double steps = std::ldexp(bound, to.fraction_bits());
      return steps == std::floor(steps);
    });
    added.push_back(half && on_grid ? *half : 0);
    if (half && on_grid) map.formats[channels > 1 ? at(i) : 0].rounding = Rounding::kTRN;
  }
  if (std::all_of(added.begin(), added.end(), [](int64_t x) { return x == 0; })) return;
  const auto bias = bias_with(graph_.node(sum), added);
  if (!bias) return;
  biases_[at(sum)] = *bias;
  formats_[at(quant)] = std::move(map);
}

Graph RoundInSums::run() {
  for (ValueId id = 0; id < graph_.size(); ++id) {
    if (graph_.node(id).op == Op::kQuant && !constant_[at(id)]) move(id);
  }
  Rewriter rewriter(graph_);
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    Graph& to = rewriter.to();
    if (biases_[at(id)]) {
      const ValueId bias =
          to.add_data(Op::kConstant, biases_[at(id)], free_name(node.name + "_bias"));
      rewriter.map(
          id, to.add(node.op,
                     {rewriter.mapped(node.operands[0]), rewriter.mapped(node.operands[1]), bias},
                     node.attributes, node.name));
    } else if (formats_[at(id)]) {
      Attributes attributes = node.attributes;
      attributes["formats"] = *formats_[at(id)];
      rewriter.map(
          id, to.add(node.op, rewriter.mapped(node.operands), std::move(attributes), node.name));
    } else {
      rewriter.copy(id);
    }
  }
  return drop_dead(rewriter.finish());
}

}  // namespace

Graph round_in_sums(const Graph& graph, const Strategies& strategies) {
  return RoundInSums(graph, strategies).run();
}

}  // namespace trigstone
