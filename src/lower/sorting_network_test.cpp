// Sorting networks: right for all inputs of zeros and ones, hence for all numbers (Knuth, TAOCP 3,
// 5.3.4, theorem Z), and what the 128 best of 1,692 candidates take.
#include "lower/sorting_network.h"

#include <gtest/gtest.h>

#include <bit>

namespace trigstone {
namespace {

void expect_largest_first(const SortingNetwork& network, int64_t inputs, int64_t kept) {
  ASSERT_EQ(static_cast<int64_t>(network.outputs.size()), kept);
  for (uint64_t bits = 0; bits < uint64_t{1} << inputs; ++bits) {
    uint64_t wires = bits;
    for (const Exchange& e : network.exchanges) {
      const uint64_t first = wires >> e.first & 1, second = wires >> e.second & 1;
      if (first < second) wires ^= uint64_t{1} << e.first | uint64_t{1} << e.second;
    }
    for (int64_t i = 0; i < kept; ++i) {
      const auto at = static_cast<size_t>(i);
      const uint64_t expected = i < std::popcount(bits) ? 1 : 0;
      ASSERT_EQ(wires >> network.outputs[at] & 1, expected) << inputs << " " << kept << " " << bits;
    }
  }
}

TEST(SortingNetwork, FindsTheLargestOfAnyCount) {
  for (int64_t inputs = 1; inputs <= 11; ++inputs) {
    for (int64_t kept = 1; kept <= inputs; ++kept) {
      expect_largest_first(full_sort(inputs, kept), inputs, kept);
      expect_largest_first(merged_largest(inputs, kept), inputs, kept);
    }
  }
}

TEST(SortingNetwork, TakesTheCheaperOfBoth) {
  for (const auto& [inputs, kept] : {std::pair{6, 3}, std::pair{64, 4}, std::pair{40, 30}}) {
    EXPECT_EQ(
        cell_count(cheapest_network(inputs, kept)),
        std::min(cell_count(full_sort(inputs, kept)), cell_count(merged_largest(inputs, kept))));
  }
  EXPECT_EQ(cell_count(full_sort(2, 2)), 3);  // a comparison and two choices
  EXPECT_EQ(cell_count(full_sort(2, 1)), 2);
}

// The candidates of all regions of the correlator's first layer, and those the second one takes.
TEST(SortingNetwork, BestCandidatesComeFromMerges) {
  const SortingNetwork sorted = full_sort(1692, 128), merged = merged_largest(1692, 128);
  EXPECT_EQ(cell_count(sorted), 107732);
  EXPECT_EQ(cell_count(merged), 78452);
  EXPECT_EQ(depth_of(sorted), 66);
  EXPECT_EQ(depth_of(merged), 60);
}

}  // namespace
}  // namespace trigstone
