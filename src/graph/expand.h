// What the expansions of expand_for_hardware share: a place to add nodes, and tables.
#pragma once

#include <functional>
#include <string>

#include "graph/graph.h"
#include "graph/passes.h"

namespace trigstone::detail {

using RealFunction = std::function<long double(long double)>;

// Adds the nodes that stand for one composite, named after it.
struct Expansion {
  Graph& graph;
  const ExpandOptions& options;
  std::string name;

  const Format& format(ValueId id) const { return *graph.type(id).format; }
  ValueId add(const char* suffix, Op op, std::vector<ValueId> operands, Attributes attributes = {});
  // One number: mantissa of `format`.
  ValueId constant(const char* suffix, const Format& format, int64_t mantissa);
  ValueId quant(const char* suffix, ValueId x, const Format& to);
  ValueId scale(const char* suffix, ValueId x, int exponent);
  // f(x) rounded into `to` by its modes for every x; `text` says what f is.
  ValueId table(const char* suffix, ValueId x, const Format& to, const std::string& text,
                const RealFunction& f);
};

// x rounded into `format` by its modes; not-a-number gives 0.
int64_t quantize(long double x, const Format& format);

// A positive number as 2^(most - shift) * (1 + rest): what reciprocal and square root share.
struct Normalised {
  ValueId shift;  // unsigned integer: places that x was moved up so that its top bit is `most`
  ValueId rest;   // u<bits,0,TRN,SAT>: what follows the leading one; 0 for x = 0
  int most;       // x's mantissa = 2^(most - shift) * (1 + rest)
};
Normalised normalise(Expansion& expansion, ValueId x, int bits);
// 1 / x for unsigned x, relative error below 2^-reciprocal_index_bits + 2^-reciprocal_value_bits;
// some positive number for x = 0.
ValueId reciprocal(Expansion& expansion, ValueId x);

ValueId expand_softmax(Expansion& expansion, const Node& node, const std::vector<ValueId>& operands,
                       int64_t axis);
// `result` is the format that the mean is rounded to next.
ValueId expand_mean(Expansion& expansion, const Node& node, const std::vector<ValueId>& operands,
                    const std::vector<int64_t>& axes, const Format& result);
ValueId expand_layer_norm(Expansion& expansion, const Node& node,
                          const std::vector<ValueId>& operands, const Format& result);
// The table of an elementwise function, rounded into `result`.
ValueId expand_function(Expansion& expansion, const Node& node, ValueId x, const Format& result);
ValueId expand_conv(Expansion& expansion, const Node& node, const std::vector<ValueId>& operands);

}  // namespace trigstone::detail
