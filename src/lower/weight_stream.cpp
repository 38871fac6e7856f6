#include "lower/weight_stream.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "lower/dsp_products.h"

namespace trigstone {

LoadedWeights WeightStream::next_block(const NodeContext& context, const Format& format) const {
  LoadedWeights block;
  block.node = context.node.name;
  block.base = loaded_.empty() ? 0 : loaded_.back().end();
  block.format = format;
  block.result = *context.node.type.format;
  return block;
}

void WeightStream::place(const NodeContext& context, const Tensor& weights, const Tensor* bias,
                         int64_t groups) {
  const auto power_of_two = [](int64_t n) {
    return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(n)));
  };
  // Blocks begin at multiples of their stride, so that high bits of the address tell a memory.
  const auto add = [&](LoadedWeights& block) {
    block.groups = groups;
    block.columns = weights.shape.back() / groups;
    block.base = (block.base + block.stride - 1) / block.stride * block.stride;
    loaded_.push_back(block);
  };
  weight_data_ = &weights;
  bias_data_ = bias;
  weights_ = next_block(context, *weights.format);
  weights_.rows = weights.size() / weights.shape.back();
  weights_.fold = fold_;
  weights_.slots = fold_ > 1 ? 1 : (weights_.rows + reuse_ - 1) / reuse_;
  weights_.stride = power_of_two(weights_.depth() * fold_);
  add(weights_);
  if (bias == nullptr) return;
  biases_ = next_block(context, *bias->format);
  biases_.is_bias = true;
  biases_.stride = reuse_ > 1 && fold_ == 1 ? 2 : 1;
  add(biases_);
}

CellId WeightStream::weight(int64_t group, int64_t slot, int64_t block) const {
  const int64_t stride = weight_data_->shape.back(), first = block * fold_;
  std::vector<int64_t> words;
  for (int64_t column = first; column < std::min(first + fold_, weights_.columns); ++column) {
    for (int64_t k = 0; k < weights_.depth(); ++k) {
      const int64_t row = k * weights_.slots + slot;
      const int64_t at = row * stride + group * weights_.columns + column;
      words.push_back(row < weights_.rows ? weight_data_->mantissas[static_cast<size_t>(at)] : 0);
    }
  }
  return source_.word(words, weights_.format, weights_.address(group, slot, first));
}

// Of several outputs in turn: each bias is a word that is there all the time, chosen by the clock.
CellId WeightStream::bias(ModuleBuilder& builder, int64_t group, int64_t block) const {
  const auto word_at = [&](int64_t column, bool then_zero) {
    const auto at = static_cast<size_t>(group * biases_.columns + column);
    std::vector<int64_t> words = {bias_data_->mantissas[at]};
    if (then_zero) words.push_back(0);
    return source_.word(words, biases_.format, biases_.address(group, 0, column));
  };
  const int64_t first = block * fold_;
  if (fold_ == 1) return word_at(first, reuse_ > 1);
  const int64_t last = std::min(first + fold_, biases_.columns), depth = weights_.depth();
  std::vector<CellId> choices;
  for (int64_t column = first; column < last; ++column) choices.push_back(word_at(column, false));
  choices.push_back(builder.constant(0, biases_.format.fraction_bits()));
  std::vector<int64_t> order(static_cast<size_t>((last - first) * depth), last - first);
  for (int64_t i = 0; i < last - first; ++i) order[static_cast<size_t>(i * depth)] = i;
  order.push_back(last - first);  // stays when the other multipliers have more to do
  if (static_cast<int64_t>(order.size()) > period_) order.pop_back();
  return source_.by_beat(std::move(choices), order);
}

// The inputs of this clock, one a slot.
std::vector<CellId> WeightStream::inputs_now(const std::vector<CellId>& x, CellId zero) const {
  const int64_t depth = weights_.depth();
  std::vector<CellId> now;
  for (int64_t slot = 0; slot < weights_.slots; ++slot) {
    std::vector<CellId> choices;
    std::vector<int64_t> order;
    for (int64_t k = 0; k < depth; ++k) {
      const auto row = static_cast<size_t>(k * weights_.slots + slot);
      choices.push_back(row < x.size() ? x[row] : zero);
    }
    for (int64_t k = 0; k < depth * fold_; ++k) order.push_back(k % depth);
    if (fold_ == 1 && reuse_ > 1 && depth < period_) {  // idle until the next event
      choices.push_back(zero);
      order.push_back(depth);
    }
    now.push_back(choices.size() == 1 ? choices[0] : source_.by_beat(std::move(choices), order));
  }
  return now;
}

std::vector<CellId> WeightStream::products(ModuleBuilder& builder, const std::vector<CellId>& x,
                                           int64_t group) {
  ensure(static_cast<int64_t>(x.size()) == weights_.rows, "weight stream: a row of another length");
  const CellId zero = builder.constant(0, builder.cell(x[0]).fraction_bits);
  const std::vector<CellId> now = inputs_now(x, zero);
  std::vector<CellId> result;
  for (int64_t block = 0; block < weights_.blocks(); ++block) {
    std::vector<CellId> terms;
    for (int64_t slot = 0; slot < weights_.slots; ++slot) {
      terms.push_back(
          dsp_product(builder, now[static_cast<size_t>(slot)], weight(group, slot, block)));
    }
    const CellId sum = sum_of_dsp_products(builder, terms, dsp_chain_);
    result.push_back(bias_data_ == nullptr ? sum : builder.add(sum, bias(builder, group, block)));
  }
  return result;
}

}  // namespace trigstone
