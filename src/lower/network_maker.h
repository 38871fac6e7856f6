// Appends exchanges on named wires: whole sorts, merges of sorted lists, other networks.
#pragma once

#include <vector>

#include "lower/sorting_network.h"

namespace trigstone {

using Wires = std::vector<int64_t>;

class NetworkMaker {
 public:
  // Falling order, for any count.
  void sort(const Wires& wires);
  // Two falling lists become one. `above`: a_i is known to be no smaller than b_i, wherever both
  // are there, and a is not shorter; these are the pairs that the recursion starts with.
  Wires merge(const Wires& a, const Wires& b, bool above = false);
  // The network with its wires 0, 1, … put on these.
  Wires append(const SortingNetwork& network, const Wires& wires);

  std::vector<Exchange> exchanges;

 private:
  void exchange(int64_t a, int64_t b) { exchanges.push_back({a, b}); }
};

// The first `kept` of the wires.
Wires first_of(Wires wires, int64_t kept);

}  // namespace trigstone
