// Which elements of a graph's values are read, in the end by an output: what pruned weights leave
// unread is not built.
//
//   %1 = linear(%0) [8]; %2 = relu(%1); %3 = linear(%2, w), row 5 of w is 0   =>   columns 0-4, 6,
//   7 of %1 are read
#pragma once

#include <vector>

#include "graph/graph.h"
#include "lower/plan.h"
#include "lower/strategy.h"

namespace trigstone {

class ReadElements {
 public:
  // Weights of strategy kStream may be loaded anew, so that every row of theirs reads.
  ReadElements(const Graph& graph, const Strategies& strategies);

  bool any(ValueId id) const;
  // Of the elements one lane sees (plan.h): those read of any token.
  std::vector<bool> of(ValueId id, Reading reading) const;
  // Of the last axis: those read anywhere.
  std::vector<bool> columns(ValueId id) const;

 private:
  void read_all(ValueId id);
  void read_by(ValueId id, const Strategies& strategies);
  void read_by_elementwise(ValueId id);
  void read_by_products(ValueId id, Strategy strategy);
  std::vector<bool>& read(ValueId id) { return read_[static_cast<size_t>(id)]; }

  const Graph& graph_;
  std::vector<std::vector<bool>> read_;  // by value; empty: nothing of it
};

}  // namespace trigstone
