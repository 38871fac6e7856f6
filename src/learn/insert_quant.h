// Where a real graph gets its number formats: the step between training and quantisation-aware
// training.
//
//   %2 = linear(%0, %1 param)          %2 = quant(%1 param) <5,1,RND_CONV,SAT_SYM> a channel
//   %3 = relu(%2)                 =>   %3 = linear(%0, %2)
//                                      %4 = quant(relu(%3)) u<7,2,RND_CONV,SAT>
//
// Formats are powers of two that cover the range seen in calibration, so that scales cost nothing
// in firmware. Batch norms must be folded before.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace trigstone {

// What calibration saw of one value; the tails beyond a quantile may be left out, they saturate.
struct ValueRange {
  double low = 0, high = 0;
};

struct QuantOptions {
  int input_bits = 9;
  int weight_bits = 5;  // a power-of-two scale for each output channel
  int bias_bits = 10;
  int activation_bits = 7;
  int score_bits = 8;     // operands of softmax and other composites
  int residual_bits = 9;  // sums of two variables: what flows past the layers
  int product_bits = 10;  // elementwise products of two variables: momenta
  int output_bits = 14;
};

// `ranges[id]` of every real value that depends on an input. Inputs that have a format keep it.
// Throws Error at a batch norm that is not folded and at options outside 1 to 24 bits.
Graph insert_quant(const Graph& graph, const std::vector<ValueRange>& ranges,
                   const QuantOptions& options);

// The narrowest power-of-two range that holds [low, high] in `bits`, rounding half to even and
// saturating; unsigned when low >= 0.
Format format_for(ValueRange range, int bits);

}  // namespace trigstone
