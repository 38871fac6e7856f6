// Networks of exchanges that sort, or find the largest few, whatever the numbers.
//
// A full sort is Batcher's merge exchange. The k largest of many come cheaper from sorted blocks of
// k that are merged in pairs, every merge keeping k: the larger of a_i and b_(k-1-i), then a
// bitonic merge of those (Batcher, AFIPS 1968; for k largest: Knuth, TAOCP 3, 5.3.4).
#pragma once

#include <cstdint>
#include <vector>

namespace trigstone {

struct Exchange {
  int64_t first, second;  // wires; the first holds the larger number afterwards
};

struct SortingNetwork {
  std::vector<Exchange> exchanges;
  std::vector<int64_t> outputs;  // wires of the largest, the second largest, …
};

SortingNetwork full_sort(int64_t inputs, int64_t kept);
SortingNetwork merged_largest(int64_t inputs, int64_t kept);
// The one of both with fewer cells.
SortingNetwork cheapest_network(int64_t inputs, int64_t kept);

// A comparison an exchange and a choice for each of its results that is read.
int64_t cell_count(const SortingNetwork& network);
// Exchanges on the longest way to an output.
int64_t depth_of(const SortingNetwork& network);

}  // namespace trigstone
