#include "base/threads.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace trigstone {

namespace {

using Body = std::function<void(int64_t begin, int64_t end)>;

// One loop, shared by the threads that work on it.
class Loop {
 public:
  Loop(int64_t count, int64_t block, const Body& body)
      : count_(count),
        block_(std::max<int64_t>(block, 1)),
        blocks_((count + block_ - 1) / block_),
        body_(body) {}

  int64_t blocks() const { return blocks_; }

  // Runs blocks until none is left.
  void work() {
    for (int64_t i = next_++; i < blocks_; i = next_++) {
      try {
        body_(i * block_, std::min(count_, (i + 1) * block_));
      } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
        next_ = blocks_;
      }
    }
  }

  // After every thread has left work().
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const int64_t count_, block_, blocks_;
  const Body& body_;
  std::atomic<int64_t> next_{0};
  std::exception_ptr failure_;
  std::mutex failure_mutex_;
};

// Falling asleep and waking takes some 20 us, which a short loop behind another need not pay.
template <class Ready>
void wait_awake(Ready ready) {
  constexpr std::chrono::microseconds kAtMost(30);
  const auto begin = std::chrono::steady_clock::now();
  while (!ready() && std::chrono::steady_clock::now() - begin < kAtMost) {
  }
}

}  // namespace

int hardware_threads() { return std::max(1U, std::thread::hardware_concurrency()); }

void parallel_blocks(int64_t count, int64_t block, int threads, const Body& body) {
  Loop loop(count, block, body);
  std::vector<std::thread> pool;
  const auto workers = std::min<int64_t>(std::max(threads, 1), loop.blocks());
  for (int64_t i = 1; i < workers; ++i) pool.emplace_back([&] { loop.work(); });
  loop.work();
  for (std::thread& thread : pool) thread.join();
  loop.rethrow();
}

// The threads of one process. A thread that wakes late, when the caller has done all the work, does
// not join the loop any more: nobody waits for it.
class ThreadPool::Crew {
 public:
  explicit Crew(int workers) {
    threads_.reserve(static_cast<size_t>(workers));
    try {
      for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {  // the system gives no more
    }
  }
  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      leaving_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  bool is_here() const { return process_ == ::getpid(); }

  void run(Loop& loop) {
    {
      const std::lock_guard lock(mutex_);
      loop_ = &loop;
      ++round_;
    }
    const auto useful = std::min<int64_t>(loop.blocks() - 1, std::ssize(threads_));
    for (int64_t i = 0; i < useful; ++i) wake_.notify_one();
    loop.work();
    {
      const std::lock_guard lock(mutex_);
      loop_ = nullptr;
    }
    wait_awake([&] { return inside_ == 0; });
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return inside_ == 0; });
  }

 private:
  void serve() {
    uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      lock.unlock();
      wait_awake([&] { return round_ != seen; });
      lock.lock();
      wake_.wait(lock, [&] { return leaving_ || (loop_ != nullptr && round_ != seen); });
      if (leaving_) return;
      seen = round_;
      Loop& loop = *loop_;
      ++inside_;
      lock.unlock();
      loop.work();
      lock.lock();
      if (--inside_ == 0) done_.notify_one();
    }
  }

  const pid_t process_ = ::getpid();
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Loop* loop_ = nullptr;
  // Written under the mutex; read without it by those that wait awake.
  std::atomic<uint64_t> round_{0};  // of the loop
  std::atomic<int> inside_{0};      // threads at work on it
  bool leaving_ = false;
  std::vector<std::thread> threads_;
};

ThreadPool::ThreadPool(int threads) : threads_(std::max(threads, 1)) {}

ThreadPool::~ThreadPool() {
  // In the child of a fork the threads are no more and cannot be joined.
  if (crew_ != nullptr && !crew_->is_here()) static_cast<void>(crew_.release());
}

ThreadPool::Crew* ThreadPool::crew_of_this_process() {
  if (crew_ != nullptr && crew_->is_here()) return crew_.get();
  static_cast<void>(crew_.release());  // as above
  crew_ = std::make_unique<Crew>(threads_ - 1);
  return crew_.get();
}

void ThreadPool::run(int64_t count, int64_t block, const Body& body) {
  Loop loop(count, block, body);
  if (threads_ == 1 || loop.blocks() < 2 || taken_.test_and_set(std::memory_order_acquire)) {
    loop.work();
  } else {
    const auto clear = [](std::atomic_flag* flag) { flag->clear(std::memory_order_release); };
    const std::unique_ptr<std::atomic_flag, decltype(clear)> give_back(&taken_, clear);
    crew_of_this_process()->run(loop);
  }
  loop.rethrow();
}

}  // namespace trigstone
