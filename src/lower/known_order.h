// Which numbers of a value are in order for every event, as the graph itself shows:
//
//   concat(topk(a), topk(b))  =>  two falling runs, whatever a and b are
//
// Sorting makes order, moving elements keeps it, and so does what is monotone: rounding that
// clips, relu, tables that rise. What cannot be shown counts as unknown.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "graph/graph.h"

namespace trigstone {

class KnownOrder {
 public:
  explicit KnownOrder(const Graph& graph) : graph_(graph) {}

  // True when element p of the value (row-major) is at least element q in every event.
  bool at_least(ValueId value, int64_t p, int64_t q);

  // Falling runs that hold the places 0 … n - 1 once each, longest first. Place i stands for the
  // elements line[i] of several lines, and a run is one in all of them.
  std::vector<std::vector<int64_t>> falling_runs(ValueId value,
                                                 const std::vector<std::vector<int64_t>>& lines);

 private:
  bool holds(ValueId value, int64_t p, int64_t q);
  bool behind(const Node& node, int64_t p, int64_t q);
  bool behind_operand(const Node& node, size_t operand, int64_t p, int64_t q);
  bool quant(const Node& node, int64_t p, int64_t q);
  bool thresholds(const Node& node, int64_t p, int64_t q);
  bool table(const Node& node, int64_t p, int64_t q);
  bool product(const Node& node, int64_t p, int64_t q);
  bool has_sorted_source(ValueId value) const;
  bool sorted(const Node& node, int64_t p, int64_t q) const;

  enum class Slope : uint8_t { kNone, kRising, kFalling };

  const Graph& graph_;
  std::map<const Node*, Slope> tables_;
  int left_ = 0;  // nodes that the question may still visit
};

}  // namespace trigstone
