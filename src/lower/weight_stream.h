// Linear maps whose weights stand in memories: a few multipliers, each busy for `reuse` clocks.
//
//   y_j = sum_i w_ij x_i, 8 inputs, reuse 4: two slots
//   =>  clock k: w[2k][j] * x[2k] + w[2k + 1][j] * x[2k + 1], added up over k = 0..3
//
// Slot s of output j has a memory of its own, word k at clock k; the inputs are chosen by the clock
// for all outputs together. What is written here is one clock's part of the sums: accumulators in
// the top add the parts up. The bias is one more word that is there at clock 0 only.
//
// When there are more clocks than inputs, a multiplier takes all inputs of one output after the
// other (`fold` outputs), the words of those outputs stand behind each other in its memory, and the
// bias of the next output is there at its first clock.
//
//   3 inputs, 4 outputs, reuse 6: fold 2
//   =>  clocks 0..2: w[0..2][0] * x[0..2], clocks 3..5: w[0..2][1] * x[0..2]; beside it outputs 2,
//   3
#pragma once

#include <functional>
#include <vector>

#include "lower/node_cells.h"
#include "netlist/firmware.h"

namespace trigstone {

class WeightStream {
 public:
  // What the module around the node offers.
  struct Source {
    // Word k at beat k, the last one afterwards, replaced through the load port from `address` on.
    std::function<CellId(const std::vector<int64_t>& words, const Format& format, int64_t address)>
        word;
    // Choice order[k] at beat k, the last one afterwards.
    std::function<CellId(std::vector<CellId> choices, const std::vector<int64_t>& order)> by_beat;
  };

  // The addresses behind those of `loaded` are the next to be given out.
  WeightStream(Source source, const NodePlan& plan, int64_t period, int dsp_chain,
               std::vector<LoadedWeights>& loaded)
      : source_(std::move(source)),
        reuse_(plan.reuse),
        fold_(plan.fold),
        period_(period),
        dsp_chain_(dsp_chain),
        loaded_(loaded) {}

  // Finds addresses for the weights, whose last axis is the output, and the bias (may be null).
  void place(const NodeContext& context, const Tensor& weights, const Tensor* bias, int64_t groups);
  // One clock's part of the products of a row of x with the columns of a group: of all of them, or
  // of `fold` in turn.
  std::vector<CellId> products(ModuleBuilder& builder, const std::vector<CellId>& x, int64_t group);

 private:
  LoadedWeights next_block(const NodeContext& context, const Format& format) const;
  CellId weight(int64_t group, int64_t slot, int64_t block) const;
  std::vector<CellId> inputs_now(const std::vector<CellId>& x, CellId zero) const;
  CellId bias(ModuleBuilder& builder, int64_t group, int64_t block) const;

  const Source source_;
  const int64_t reuse_, fold_, period_;
  const int dsp_chain_;
  std::vector<LoadedWeights>& loaded_;
  const Tensor* weight_data_ = nullptr;
  const Tensor* bias_data_ = nullptr;
  LoadedWeights weights_, biases_;
};

}  // namespace trigstone
