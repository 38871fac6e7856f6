// The set that is worth most among those closed under `needs` (project selection, as a cut of least
// capacity: Picard, Maximal closure of a graph, 1976).
//
//   a is worth 5 and needs b, b costs 3, c is worth 1 and needs d, d costs 4   =>   {a, b}
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace trigstone {

class ClosureProblem {
 public:
  explicit ClosureProblem(size_t items) : worth_(items), first_(items + 2, -1) {}

  void add_worth(int item, int64_t worth) { worth_[static_cast<size_t>(item)] += worth; }
  void needs(int item, int other);
  void forbid(int item);  // and all that need it

  // True for the items of the smallest best set; the empty set is worth 0.
  std::vector<bool> best();

 private:
  struct Arc {
    int to, next;
    int64_t capacity;
  };
  void add_arc(int from, int to, int64_t capacity);
  bool rank_nodes();
  int64_t push(int node, int64_t most);

  int source() const { return static_cast<int>(worth_.size()); }
  int sink() const { return source() + 1; }

  std::vector<int64_t> worth_;
  std::vector<Arc> arcs_;  // an arc and its reverse are neighbours
  std::vector<int> first_, current_, rank_;
};

}  // namespace trigstone
