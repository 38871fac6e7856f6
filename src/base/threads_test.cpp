#include "base/threads.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
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

int64_t sum_by(ThreadPool& pool, int64_t count, int64_t block) {
  std::atomic<int64_t> sum{0};
  pool.run(count, block, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sum += i;
  });
  return sum;
}

TEST(ThreadPool, EveryLoopOfManyIsWhole) {
  for (const int threads : {-1, 1, 2, 5}) {
    ThreadPool pool(threads);
    for (const int64_t count : {0, 1, 2, 10, 1000}) {
      for (int round = 0; round < 50; ++round) {
        ASSERT_EQ(sum_by(pool, count, 3), count * (count - 1) / 2) << threads << " threads";
      }
    }
  }
}

// Two blocks that wait for each other need two threads, and the same two in every loop.
TEST(ThreadPool, ThreadsStay) {
  ThreadPool pool(2);
  std::set<std::thread::id> ids;
  std::mutex mutex;
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> met{0};
    pool.run(2, 1, [&](int64_t, int64_t) {
      ++met;
      while (met < 2) std::this_thread::yield();
      const std::lock_guard lock(mutex);
      ids.insert(std::this_thread::get_id());
    });
  }
  EXPECT_EQ(ids.size(), 2U);
  EXPECT_TRUE(ids.contains(std::this_thread::get_id()));
}

TEST(ThreadPool, RethrowsTheErrorAndGoesOn) {
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(message_of([&] {
                pool.run(1000, 1, [](int64_t begin, int64_t) {
                  if (begin >= 10) throw Error("event 10", "is bad", "mend it");
                });
              }),
              "event 10: error: is bad — mend it");
    EXPECT_EQ(sum_by(pool, 100, 1), 4950);
  }
}

TEST(ThreadPool, ServesSeveralCallersAndLoopsInsideLoops) {
  ThreadPool pool(2);
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        pool.run(8, 1, [&](int64_t, int64_t) { sum += sum_by(pool, 10, 1); });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 50 * 8 * 45);
}

#if !defined(__SANITIZE_THREAD__)  // which starts no threads in a child of many
TEST(ThreadPool, WorksInTheChildOfAFork) {
  ThreadPool pool(3);
  ASSERT_EQ(sum_by(pool, 1000, 1), 499'500);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(20);  // a hang is a failure
    ThreadPool unused(2);
    bool good = true;
    for (int round = 0; round < 10; ++round) good &= sum_by(pool, 1000, 1) == 499'500;
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(sum_by(pool, 1000, 1), 499'500);
}
#endif

TEST(Threads, AreAtLeastOne) { EXPECT_GE(hardware_threads(), 1); }

}  // namespace
}  // namespace trigstone
