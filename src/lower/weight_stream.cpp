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
  weights_.slots = (weights_.rows + reuse_ - 1) / reuse_;
  words_ = (weights_.rows + weights_.slots - 1) / weights_.slots;
  weights_.stride = power_of_two(words_);
  add(weights_);
  if (bias == nullptr) return;
  biases_ = next_block(context, *bias->format);
  biases_.is_bias = true;
  biases_.stride = reuse_ > 1 ? 2 : 1;
  add(biases_);
}

CellId WeightStream::weight(int64_t group, int64_t slot, int64_t column) const {
  const int64_t stride = weight_data_->shape.back();
  std::vector<int64_t> words;
  for (int64_t k = 0; k < words_; ++k) {
    const int64_t row = k * weights_.slots + slot;
    const int64_t at = row * stride + group * weights_.columns + column;
    words.push_back(row < weights_.rows ? weight_data_->mantissas[static_cast<size_t>(at)] : 0);
  }
  return source_.word(words, weights_.format, weights_.address(group, slot, column));
}

CellId WeightStream::bias(int64_t group, int64_t column) const {
  const auto at = static_cast<size_t>(group * biases_.columns + column);
  std::vector<int64_t> words = {bias_data_->mantissas[at]};
  if (reuse_ > 1) words.push_back(0);
  return source_.word(words, biases_.format, biases_.address(group, 0, column));
}

std::vector<CellId> WeightStream::products(ModuleBuilder& builder, const std::vector<CellId>& x,
                                           int64_t group) {
  ensure(static_cast<int64_t>(x.size()) == weights_.rows, "weight stream: a row of another length");
  const CellId zero = builder.constant(0, builder.cell(x[0]).fraction_bits);
  std::vector<CellId> now;  // the inputs of this clock, one a slot
  for (int64_t slot = 0; slot < weights_.slots; ++slot) {
    std::vector<CellId> choices;
    for (int64_t k = 0; k < words_; ++k) {
      const auto row = static_cast<size_t>(k * weights_.slots + slot);
      choices.push_back(row < x.size() ? x[row] : zero);
    }
    if (reuse_ > 1 && words_ < period_) choices.push_back(zero);  // idle until the next event
    now.push_back(choices.size() == 1 ? choices[0] : source_.by_beat(std::move(choices)));
  }
  std::vector<CellId> result;
  for (int64_t column = 0; column < weights_.columns; ++column) {
    std::vector<CellId> terms;
    for (int64_t slot = 0; slot < weights_.slots; ++slot) {
      terms.push_back(
          dsp_product(builder, now[static_cast<size_t>(slot)], weight(group, slot, column)));
    }
    const CellId sum = sum_of_dsp_products(builder, terms);
    result.push_back(bias_data_ == nullptr ? sum : builder.add(sum, bias(group, column)));
  }
  return result;
}

}  // namespace trigstone
