#include "base/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace trigstone {

int hardware_threads() { return std::max(1U, std::thread::hardware_concurrency()); }

void parallel_blocks(int64_t count, int64_t block, int threads,
                     const std::function<void(int64_t begin, int64_t end)>& body) {
  block = std::max<int64_t>(block, 1);
  const int64_t blocks = (count + block - 1) / block;
  std::atomic<int64_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    for (int64_t i = next++; i < blocks; i = next++) {
      try {
        body(i * block, std::min(count, (i + 1) * block));
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        next = blocks;
      }
    }
  };
  std::vector<std::thread> pool;
  const auto workers = std::min<int64_t>(std::max(threads, 1), blocks);
  for (int64_t i = 1; i < workers; ++i) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace trigstone
