#include "learn/insert_quant.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "graph/passes.h"

namespace trigstone {

namespace {

constexpr int kSmallestIntegerBits = -24;  // of a value that calibration saw only as zero

class Inserter {
 public:
  Inserter(const Graph& graph, const std::vector<ValueRange>& ranges, const QuantOptions& options)
      : graph_(graph),
        ranges_(ranges),
        options_(options),
        rewrite_(graph),
        constant_(constant_values(graph)),
        readers_(static_cast<size_t>(graph.size())),
        is_output_(static_cast<size_t>(graph.size())),
        wide_(static_cast<size_t>(graph.size())) {
    for (ValueId id = 0; id < graph.size(); ++id) {
      for (const ValueId operand : graph.node(id).operands) {
        readers_[static_cast<size_t>(operand)].push_back(id);
      }
    }
    for (const Output& output : graph.outputs())
      is_output_[static_cast<size_t>(output.value)] = true;
  }

  Graph run();

 private:
  static bool passes_on(Op op) { return op == Op::kRelu || op == Op::kClamp || op == Op::kScale; }
  // A sum takes its terms as they are: rounding each of them costs more than a few bits more once.
  static bool takes_wide(Op op) { return passes_on(op) || op == Op::kReduceSum; }
  bool makes_wide(const Node& node) const;
  bool all_readers_take_wide(ValueId id) const;
  int bits_of(ValueId id) const;
  void quantise_input(ValueId id);
  void quantise_result(ValueId id);
  ValueId quantised_constant(ValueId id, const Node& reader, size_t operand);

  const Graph& graph_;
  const std::vector<ValueRange>& ranges_;
  const QuantOptions& options_;
  Rewriter rewrite_;
  const std::vector<bool> constant_;
  std::vector<std::vector<ValueId>> readers_;
  std::vector<bool> is_output_;
  std::vector<bool> wide_;  // holds more bits than it should, no quant behind it yet
};

// Results that grow, and real results of composites.
bool Inserter::makes_wide(const Node& node) const {
  const Op op = node.op;
  const bool grows = op == Op::kLinear || op == Op::kConv || op == Op::kMatMul || op == Op::kMul ||
                     op == Op::kAdd || op == Op::kSub || op == Op::kReduceSum;
  if (grows || traits_of(op).kind == OpClass::kComposite) return true;
  return passes_on(op) && wide_[static_cast<size_t>(node.operands[0])];
}

bool Inserter::all_readers_take_wide(ValueId id) const {
  const auto& readers = readers_[static_cast<size_t>(id)];
  return !is_output_[static_cast<size_t>(id)] && !readers.empty() &&
         std::all_of(readers.begin(), readers.end(),
                     [&](ValueId reader) { return takes_wide(graph_.node(reader).op); });
}

int Inserter::bits_of(ValueId id) const {
  if (is_output_[static_cast<size_t>(id)]) return options_.output_bits;
  for (const ValueId reader : readers_[static_cast<size_t>(id)]) {
    if (traits_of(graph_.node(reader).op).kind == OpClass::kComposite) return options_.score_bits;
  }
  const Op op = graph_.node(id).op;
  if (op == Op::kMul) return options_.product_bits;
  return op == Op::kAdd || op == Op::kSub ? options_.residual_bits : options_.activation_bits;
}

void Inserter::quantise_input(ValueId id) {
  const Node& node = graph_.node(id);
  Attributes attributes = node.attributes;
  attributes["format"] =
      FormatMap(format_for(ranges_[static_cast<size_t>(id)], options_.input_bits));
  rewrite_.map(id, rewrite_.to().add(Op::kInput, {}, attributes, node.name));
}

// Weights get a format a channel; biases and other constants one for all.
ValueId Inserter::quantised_constant(ValueId id, const Node& reader, size_t operand) {
  const ValueId source = rewrite_.mapped(id);
  const Tensor value = [&] {
    const Node& node = graph_.node(id);
    if (node.data != nullptr) return *node.data;
    throw Error(where_of(reader), "reads constants that are computed",
                "run fold_constants before quantising");
  }();
  if (value.is_fixed()) return source;
  const bool weights = operand == 1 && (reader.op == Op::kLinear || reader.op == Op::kConv);
  const int bits = weights                                              ? options_.weight_bits
                   : reader.op == Op::kLinear || reader.op == Op::kConv ? options_.bias_bits
                                                                        : options_.activation_bits;
  const auto channels = static_cast<size_t>(weights ? value.shape.back() : 1);
  FormatMap map;
  if (weights) map.shape = {value.shape.back()};
  for (size_t c = 0; c < channels; ++c) {
    double largest = 0;
    for (size_t i = c; i < value.reals.size(); i += channels) {
      largest = std::max(largest, std::abs(value.reals[i]));
    }
    Format format = format_for({-largest, largest}, bits);
    format.overflow = Overflow::kSAT_SYM;
    map.formats.push_back(format);
  }
  return rewrite_.to().add(Op::kQuant, {source}, {{"formats", map}}, graph_.node(id).name + ".q");
}

void Inserter::quantise_result(ValueId id) {
  const Node& node = graph_.node(id);
  std::vector<ValueId> operands;
  for (size_t i = 0; i < node.operands.size(); ++i) {
    const ValueId operand = node.operands[i];
    operands.push_back(constant_[static_cast<size_t>(operand)]
                           ? quantised_constant(operand, node, i)
                           : rewrite_.mapped(operand));
  }
  const ValueId exact = rewrite_.to().add(node.op, operands, node.attributes, node.name);
  rewrite_.map(id, exact);
  wide_[static_cast<size_t>(id)] = makes_wide(node);
  if (!wide_[static_cast<size_t>(id)] || all_readers_take_wide(id)) return;
  const Format format = format_for(ranges_[static_cast<size_t>(id)], bits_of(id));
  rewrite_.map(id, rewrite_.to().add(Op::kQuant, {exact}, {{"formats", FormatMap(format)}},
                                     node.name + ".q"));
  wide_[static_cast<size_t>(id)] = false;
}

Graph Inserter::run() {
  for (ValueId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    if (node.op == Op::kBatchNorm) {
      throw Error(where_of(node), "a batch norm cannot be quantised", "run fold_batch_norm before");
    }
    if (node.op == Op::kInput && !node.type.is_fixed()) {
      quantise_input(id);
    } else if (traits_of(node.op).kind == OpClass::kSource || constant_[static_cast<size_t>(id)]) {
      rewrite_.copy(id);
    } else {
      quantise_result(id);
    }
  }
  return rewrite_.finish();
}

}  // namespace

Format format_for(ValueRange range, int bits) {
  const bool is_signed = range.low < 0;
  const double reach = std::max(std::abs(range.low), std::abs(range.high));
  // A largest mantissa just below 2^I saturates by at most half a step: that is accepted.
  const int integer_bits =
      reach > 0 ? std::max(static_cast<int>(std::ceil(std::log2(reach))), kSmallestIntegerBits)
                : kSmallestIntegerBits;
  return {bits, integer_bits + (is_signed ? 1 : 0), is_signed, Rounding::kRND_CONV, Overflow::kSAT};
}

Graph insert_quant(const Graph& graph, const std::vector<ValueRange>& ranges,
                   const QuantOptions& options) {
  ensure(ranges.size() == static_cast<size_t>(graph.size()), "insert_quant: one range a value");
  for (const int bits :
       {options.input_bits, options.weight_bits, options.bias_bits, options.activation_bits,
        options.score_bits, options.residual_bits, options.product_bits, options.output_bits}) {
    if (bits < 1 || bits > 24) {
      throw Error("quantisation", fmt::format("{} bits are asked for", bits), "choose 1 to 24");
    }
  }
  return Inserter(graph, ranges, options).run();
}

}  // namespace trigstone
