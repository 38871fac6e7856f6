// Parallel loops over independent items.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace trigstone {

// Number of hardware threads, at least 1.
int hardware_threads();

// Calls body(begin, end) on consecutive blocks of [0, count) from up to `threads` threads.
// Block borders do not depend on the number of threads. The first exception is rethrown.
void parallel_blocks(int64_t count, int64_t block, int threads,
                     const std::function<void(int64_t begin, int64_t end)>& body);

// The same from threads that stay: between loops they sleep, so that a loop starts no thread and
// allocates nothing. They start with the first loop and end with the pool.
class ThreadPool {
 public:
  // `threads` counts the caller. Where the system gives fewer, loops run on those there are.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // As parallel_blocks. Any thread may call it at any time: one caller has the pool's threads, the
  // loops of others, and loops inside a loop, run on their caller alone. In the child of a fork()
  // the pool starts threads anew.
  void run(int64_t count, int64_t block,
           const std::function<void(int64_t begin, int64_t end)>& body);

 private:
  class Crew;
  Crew* crew_of_this_process();

  int threads_;
  std::unique_ptr<Crew> crew_;
  std::atomic_flag taken_;  // by the caller that has the crew
};

}  // namespace trigstone
