// Grows a random quantised graph operation by operation; used by random_graph.cpp alone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/random.h"
#include "graph/graph.h"
#include "verify/random_graph.h"

namespace trigstone {

class GraphMaker {
 public:
  GraphMaker(uint64_t seed, const RandomGraphOptions& options);

  // Adds one operation of the given kind, with operands from the pool or made for it.
  void emit(Op op);
  // Adds a composite and the quant behind it, which expand_for_hardware rewrites together.
  void emit_composite();
  // Makes outputs of every value nobody reads, and returns the graph.
  Graph finish();

  // Shared with the token graphs.
  Graph graph;
  Random random;
  ValueId input(const Shape& shape, const Format& format, Attributes attributes = {},
                const std::string& name = "");
  TensorPtr numbers(const Shape& shape, const Format& format);  // sparse, powers of two, extremes
  ValueId constant(const Shape& shape, const Format& format);   // constant or param
  ValueId quant(ValueId x, int max_bits);                       // into a random format near x's
  ValueId narrow(ValueId x, int max_bits);                      // x itself when it is narrow enough
  ValueId linear(ValueId x, int64_t outputs);                   // rounded afterwards when wide
  ValueId table(ValueId x);
  ValueId thresholds(ValueId x, int64_t axis);
  ValueId settle(ValueId x);  // rounded when wider than the options say
  std::string odd_name();
  // Lengths of runs that fill an axis, as `topk` and `sort` take them; from random numbers of their
  // own, so that seeds keep what else is in their graphs.
  std::vector<int64_t> some_runs(int64_t size) const;

 private:
  ValueId pick(const std::function<bool(ValueId)>& accept = {});
  ValueId ranked(size_t rank);      // a value of this rank, reshaped when needed
  ValueId partner_of(ValueId x);    // something that broadcasts with x
  ValueId mask_of(int64_t length);  // u<1,1>[length]
  ValueId unsigned_of(ValueId x, int max_bits);
  int64_t some_axis(ValueId x);
  void keep(ValueId x);  // settles x and puts it into the pool

  ValueId reduce(Op op);
  ValueId extreme_index(Op op);
  ValueId conv();
  ValueId matmul();
  ValueId reshape();
  ValueId slice();
  ValueId concat();
  ValueId gather();
  ValueId tree_ensemble();

  RandomGraphOptions options_;
  std::vector<ValueId> pool_;
};

}  // namespace trigstone
