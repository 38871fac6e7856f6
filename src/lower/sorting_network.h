// Networks of exchanges that sort, or find the largest few, whatever the numbers.
//
// A full sort is Batcher's merge exchange, two sorted lists are merged by his odd-even merge
// (AFIPS 1968; Knuth, TAOCP 3, 5.3.4). The few largest of many come cheaper from sorted runs, which
// stand as rows of a table (`columns_network`): with the columns sorted, too, and the rows still
// being so, the number in row i and column j (from 1) has i * j - 1 others that are no smaller, so
// only those with i * j <= kept can be asked for. Their columns are merged.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace trigstone {

struct Exchange {
  int64_t first, second;  // wires; the first holds the larger number afterwards
};

struct SortingNetwork {
  std::vector<Exchange> exchanges;
  std::vector<int64_t> outputs;  // wires of the largest, the second largest, …
};

// In which order sorted lists are merged, two at a time.
enum class MergeOrder {
  kShortestFirst,  // fewest exchanges
  kNeighbours,     // lists beside each other, round by round: fewest levels
};

SortingNetwork full_sort(int64_t inputs, int64_t kept);
// Runs: wires 0 … runs[0] - 1 hold falling numbers, so do the next runs[1], and so on.
SortingNetwork merged_runs(const std::vector<int64_t>& runs, int64_t kept);

// Chooses networks and remembers them, since large ones are made of equal small ones.
class NetworkChooser {
 public:
  // The fewest cells, or fewer levels for at most 1/32 more cells.
  SortingNetwork cheapest(const std::vector<int64_t>& runs, int64_t kept);
  // Where nothing is known of the order.
  const SortingNetwork& cheapest(int64_t inputs, int64_t kept);
  SortingNetwork columns_network(const std::vector<int64_t>& runs, int64_t kept, MergeOrder order);

 private:
  std::map<std::pair<int64_t, int64_t>, SortingNetwork> unsorted_;  // by inputs and kept
};

// A comparison an exchange and a choice for each of its results that is read.
int64_t cell_count(const SortingNetwork& network);
// Exchanges on the longest way to an output.
int64_t depth_of(const SortingNetwork& network);
// Without the exchanges of which nothing is read.
SortingNetwork without_dead(SortingNetwork network);

}  // namespace trigstone
