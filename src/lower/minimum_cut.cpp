#include "lower/minimum_cut.h"

#include <algorithm>

namespace trigstone {

namespace {

constexpr int64_t kUnlimited = INT64_MAX / 4;

}  // namespace

void ClosureProblem::add_arc(int from, int to, int64_t capacity) {
  arcs_.push_back({to, first_[static_cast<size_t>(from)], capacity});
  first_[static_cast<size_t>(from)] = static_cast<int>(arcs_.size()) - 1;
  arcs_.push_back({from, first_[static_cast<size_t>(to)], 0});
  first_[static_cast<size_t>(to)] = static_cast<int>(arcs_.size()) - 1;
}

void ClosureProblem::needs(int item, int other) { add_arc(item, other, kUnlimited); }
void ClosureProblem::forbid(int item) { add_arc(item, sink(), kUnlimited); }

// Distances from the source along arcs with room, until the sink has one (Dinitz, 1970).
bool ClosureProblem::rank_nodes() {
  rank_.assign(first_.size(), -1);
  std::vector<int> queue = {source()};
  rank_[static_cast<size_t>(source())] = 0;
  for (size_t i = 0; i < queue.size(); ++i) {
    const auto node = static_cast<size_t>(queue[i]);
    for (int a = first_[node]; a >= 0; a = arcs_[static_cast<size_t>(a)].next) {
      const Arc& arc = arcs_[static_cast<size_t>(a)];
      if (arc.capacity == 0 || rank_[static_cast<size_t>(arc.to)] >= 0) continue;
      rank_[static_cast<size_t>(arc.to)] = rank_[node] + 1;
      queue.push_back(arc.to);
    }
  }
  return rank_[static_cast<size_t>(sink())] >= 0;
}

int64_t ClosureProblem::push(int node, int64_t most) {
  if (node == sink()) return most;
  int64_t pushed = 0;
  for (int& a = current_[static_cast<size_t>(node)]; a >= 0;
       a = arcs_[static_cast<size_t>(a)].next) {
    const Arc arc = arcs_[static_cast<size_t>(a)];
    if (arc.capacity == 0 ||
        rank_[static_cast<size_t>(arc.to)] != rank_[static_cast<size_t>(node)] + 1) {
      continue;
    }
    const int64_t through = push(arc.to, std::min(most - pushed, arc.capacity));
    arcs_[static_cast<size_t>(a)].capacity -= through;
    arcs_[static_cast<size_t>(a ^ 1)].capacity += through;
    pushed += through;
    if (pushed == most) break;  // this arc may have room for more
  }
  return pushed;
}

std::vector<bool> ClosureProblem::best() {
  for (size_t i = 0; i < worth_.size(); ++i) {
    const auto item = static_cast<int>(i);
    if (worth_[i] > 0) add_arc(source(), item, worth_[i]);
    if (worth_[i] < 0) add_arc(item, sink(), -worth_[i]);
  }
  while (rank_nodes()) {
    current_ = first_;
    push(source(), kUnlimited);
  }
  std::vector<bool> chosen(worth_.size());
  for (size_t i = 0; i < chosen.size(); ++i) chosen[i] = rank_[i] >= 0;
  return chosen;
}

}  // namespace trigstone
