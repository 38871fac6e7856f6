#include "bench/bench_events.h"

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>

#include "base/threads.h"
#include "events/crossing.h"

namespace trigstone::bench {

namespace {

constexpr int64_t kBlock = 4;
constexpr int64_t kChecked = 24;  // events compared before anything is timed

using Library = std::shared_ptr<const PreparedCollisions>;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double largest_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

class Overlay {
 public:
  Overlay(const Library& library, double pileup) : library_(library), pileup_(pileup) {}

  // Events [first, first + count): with pile-up crossings of it alone, without it one collision.
  std::vector<Event> make(int64_t first, int64_t count, int threads) {
    while (makers_.size() < static_cast<size_t>(threads)) {
      makers_.push_back(
          std::make_unique<CrossingMaker>(DetectorConfig(), CrossingOptions{pileup_, 1}, library_));
    }
    std::vector<Event> events(static_cast<size_t>(count));
    std::atomic<int64_t> next{0};
    // One long block a thread, which takes short pieces: makers are not shared.
    parallel_blocks(threads, 1, threads, [&](int64_t thread, int64_t) {
      CrossingMaker& maker = *makers_[static_cast<size_t>(thread)];
      for (int64_t begin = next.fetch_add(kBlock); begin < count; begin = next.fetch_add(kBlock)) {
        for (int64_t i = begin; i < std::min(begin + kBlock, count); ++i) {
          events[static_cast<size_t>(i)] = maker.minimum_bias(first + i);
        }
      }
    });
    return events;
  }

 private:
  Library library_;
  double pileup_;
  std::vector<std::unique_ptr<CrossingMaker>> makers_;
};

OrderedJson timed(Overlay& overlay, double pileup, int threads, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const double cpu_begin = cpu_seconds();
  int64_t events = 0;
  double elapsed = 0;
  while (elapsed < seconds) {
    const int64_t count = kBlock * 4 * threads;
    overlay.make(events, count, threads);
    events += count;
    elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  const auto made = static_cast<double>(events);
  return {{"name", "events/overlay"},
          {"pileup", pileup},
          {"threads", threads},
          {"events", events},
          {"events_per_second", made / elapsed},
          {"cpu_ms_per_event", 1000 * (cpu_seconds() - cpu_begin) / made},
          {"memory_mb", largest_memory_mb()}};
}

}  // namespace

bool bench_events(const EventsBenchOptions& options,
                  const std::function<void(const OrderedJson&)>& row) {
  const Collisions collisions(options.sample / "minbias.h5");
  const auto library = std::make_shared<const PreparedCollisions>(collisions, DetectorConfig());
  std::vector<int> threads = options.threads;
  if (threads.empty()) {
    threads = {1};
    if (hardware_threads() > 1) threads.push_back(hardware_threads());
  }
  bool equal = true;
  for (const double pileup : options.pileup) {
    Overlay overlay(library, pileup);
    const bool same = overlay.make(0, kChecked, 1) == overlay.make(0, kChecked, 3);
    equal = equal && same;
    for (const int number : threads) {
      row(same ? timed(overlay, pileup, number, options.seconds)
               : OrderedJson{{"name", "events/overlay"}, {"pileup", pileup}, {"differs", true}});
    }
  }
  return equal;
}

}  // namespace trigstone::bench
