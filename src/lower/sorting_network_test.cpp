// Sorting networks: right for all inputs of zeros and ones, hence for all numbers (Knuth, TAOCP 3,
// 5.3.4, theorem Z), also where runs are sorted; and what the 128 best of 1,692 candidates take.
#include "lower/sorting_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/random.h"

namespace trigstone {
namespace {

using Runs = std::vector<int64_t>;

template <class Number>
std::vector<Number> outputs_of(const SortingNetwork& network, std::vector<Number> wires) {
  for (const Exchange& e : network.exchanges) {
    auto &first = wires[static_cast<size_t>(e.first)],
         &second = wires[static_cast<size_t>(e.second)];
    if (first < second) std::swap(first, second);
  }
  std::vector<Number> outputs;
  for (const int64_t wire : network.outputs) outputs.push_back(wires[static_cast<size_t>(wire)]);
  return outputs;
}

// Every count of ones in every run.
void expect_largest_first(const SortingNetwork& network, const Runs& runs, int64_t kept) {
  ASSERT_EQ(static_cast<int64_t>(network.outputs.size()), kept);
  Runs ones(runs.size(), 0);
  while (true) {
    std::vector<char> wires;
    for (size_t r = 0; r < runs.size(); ++r) {
      for (int64_t i = 0; i < runs[r]; ++i) wires.push_back(i < ones[r] ? 1 : 0);
    }
    const int64_t all = std::accumulate(ones.begin(), ones.end(), int64_t{0});
    const std::vector<char> outputs = outputs_of(network, wires);
    for (int64_t i = 0; i < kept; ++i) {
      ASSERT_EQ(outputs[static_cast<size_t>(i)], i < all ? 1 : 0)
          << testing::PrintToString(ones) << " of " << testing::PrintToString(runs) << ", " << kept;
    }
    size_t r = 0;
    while (r < runs.size() && ones[r] == runs[r]) ones[r++] = 0;
    if (r == runs.size()) return;
    ++ones[r];
  }
}

void expect_largest_first(const Runs& runs, int64_t kept) {
  NetworkChooser chooser;
  expect_largest_first(merged_runs(runs, kept), runs, kept);
  for (const MergeOrder order : {MergeOrder::kShortestFirst, MergeOrder::kNeighbours}) {
    expect_largest_first(chooser.columns_network(runs, kept, order), runs, kept);
  }
  expect_largest_first(chooser.cheapest(runs, kept), runs, kept);
}

TEST(SortingNetwork, FindsTheLargestOfAnyCount) {
  for (int64_t inputs = 1; inputs <= 11; ++inputs) {
    const Runs singles(static_cast<size_t>(inputs), 1);
    for (int64_t kept = 1; kept <= inputs; ++kept) {
      NetworkChooser chooser;
      expect_largest_first(full_sort(inputs, kept), singles, kept);
      expect_largest_first(chooser.cheapest(inputs, kept), singles, kept);
    }
  }
}

TEST(SortingNetwork, FindsTheLargestOfSortedRuns) {
  for (const Runs& runs : {Runs{7}, Runs{5, 8}, Runs{3, 3, 3, 3}, Runs{1, 6, 2, 4},
                           Runs{4, 4, 4, 4, 4}, Runs{2, 2, 2, 2, 2, 2, 2, 2},
                           Runs{9, 1, 1, 1, 5, 3}, Runs{6, 6, 6, 6}, Runs{3, 3, 3, 3, 3, 3, 2}}) {
    const int64_t inputs = std::accumulate(runs.begin(), runs.end(), int64_t{0});
    for (int64_t kept = 1; kept <= inputs; ++kept) expect_largest_first(runs, kept);
  }
}

// Shapes too large for every count of ones, against the library's sort.
TEST(SortingNetwork, FindsTheLargestOfManyRuns) {
  Random random(5);
  NetworkChooser chooser;
  for (int trial = 0; trial < 60; ++trial) {
    Runs runs(static_cast<size_t>(random.integer(1, 40)));
    for (int64_t& length : runs) length = random.integer(1, trial % 3 == 0 ? 1 : 12);
    const int64_t inputs = std::accumulate(runs.begin(), runs.end(), int64_t{0});
    const int64_t kept = random.integer(1, std::min<int64_t>(inputs, 64));
    const SortingNetwork network = chooser.cheapest(runs, kept);
    for (int event = 0; event < 20; ++event) {
      std::vector<int64_t> wires, sorted;
      for (const int64_t length : runs) {
        const auto begin = static_cast<std::ptrdiff_t>(wires.size());
        for (int64_t i = 0; i < length; ++i) wires.push_back(random.integer(0, 4 << event));
        std::sort(wires.begin() + begin, wires.end(), std::greater<>());
      }
      sorted = wires;
      std::stable_sort(sorted.begin(), sorted.end(), std::greater<>());
      sorted.resize(static_cast<size_t>(kept));
      ASSERT_EQ(outputs_of(network, wires), sorted) << testing::PrintToString(runs) << " " << kept;
    }
  }
}

TEST(SortingNetwork, TakesTheFewestCellsAndThenTheFewestLevels) {
  for (const auto& [runs, kept] : {std::pair{Runs(64, 1), 4}, std::pair{Runs(40, 1), 30},
                                   std::pair{Runs(8, 8), 16}, std::pair{Runs{32, 32}, 64}}) {
    NetworkChooser chooser;
    const int64_t inputs = std::accumulate(runs.begin(), runs.end(), int64_t{0});
    int64_t least =
        std::min(cell_count(full_sort(inputs, kept)), cell_count(merged_runs(runs, kept)));
    for (const MergeOrder order : {MergeOrder::kShortestFirst, MergeOrder::kNeighbours}) {
      least = std::min(least, cell_count(chooser.columns_network(runs, kept, order)));
    }
    EXPECT_LE(cell_count(chooser.cheapest(runs, kept)), least + least / 32);
  }
  EXPECT_EQ(cell_count(full_sort(2, 2)), 3);  // a comparison and two choices
  EXPECT_EQ(cell_count(full_sort(2, 1)), 2);
}

void expect_cost(const SortingNetwork& network, size_t exchanges, int64_t cells, int64_t depth) {
  EXPECT_EQ(without_dead(network).exchanges.size(), exchanges);
  EXPECT_EQ(cell_count(network), cells);
  EXPECT_EQ(depth_of(network), depth);
}

// The candidates of all regions of the correlator's first layer, and those the second one takes:
// 72 regions send 18, 18 send 12 and 18 send 10, each the best first.
TEST(SortingNetwork, BestCandidatesComeFromRegions) {
  Runs regions(72, 18);
  regions.insert(regions.end(), 18, 12);
  regions.insert(regions.end(), 18, 10);
  NetworkChooser chooser;
  expect_cost(full_sort(1692, 128), 36432, 107732, 66);
  expect_cost(chooser.cheapest(1692, 128), 19670, 57446, 60);
  expect_cost(merged_runs(regions, 128), 19848, 57980, 53);
  expect_cost(chooser.cheapest(regions, 128), 13065, 37631, 62);
}

}  // namespace
}  // namespace trigstone
