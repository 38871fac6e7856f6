#include "base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "base/testing.h"

namespace trigstone {
namespace {

using Blocks = std::set<std::pair<int64_t, int64_t>>;

Blocks blocks_of(int64_t count, int64_t block, int threads) {
  Blocks blocks;
  std::mutex mutex;
  parallel_blocks(count, block, threads, [&](int64_t begin, int64_t end) {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(blocks.emplace(begin, end).second) << "a block came twice";
  });
  return blocks;
}

TEST(ParallelBlocks, CoverEverythingOnceWithBordersOfTheirOwn) {
  const Blocks expected = {{0, 4}, {4, 8}, {8, 10}};
  for (const int threads : {-1, 0, 1, 2, 3, 16}) EXPECT_EQ(blocks_of(10, 4, threads), expected);
  EXPECT_EQ(blocks_of(0, 4, 2), Blocks{});
  EXPECT_EQ(blocks_of(3, 100, 2), (Blocks{{0, 3}}));
  EXPECT_EQ(blocks_of(2, 0, 2), (Blocks{{0, 1}, {1, 2}}));
}

TEST(ParallelBlocks, UseEveryItemOfALongLoop) {
  std::vector<int> touched(100'000, 0);
  parallel_blocks(100'000, 7, 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ++touched[static_cast<size_t>(i)];
  });
  EXPECT_EQ(touched, std::vector<int>(100'000, 1));
}

TEST(ParallelBlocks, RethrowTheErrorAndStop) {
  for (const int threads : {1, 4}) {
    std::atomic<int64_t> calls{0};
    EXPECT_EQ(message_of([&] {
                parallel_blocks(100'000, 1, threads, [&](int64_t begin, int64_t) {
                  ++calls;
                  if (begin >= 10) throw Error("event 10", "is bad");
                });
              }),
              "event 10: error: is bad");
    EXPECT_LT(calls, 100'000);
  }
}

TEST(Threads, AreAtLeastOne) { EXPECT_GE(hardware_threads(), 1); }

}  // namespace
}  // namespace trigstone
