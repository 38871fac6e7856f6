// Patterns, and a queue that gives the one with the highest score.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace trigstone {

// b stands 2^shift above a; the earlier value comes first, of one value the
// lower power.
struct Pattern {
  int a = 0, b = 0, shift = 0;
  bool subtract = false;
};

// Values below 2^28, shifts between -64 and 63.
inline uint64_t packed(const Pattern& p) {
  return static_cast<uint64_t>(p.a) << 36 | static_cast<uint64_t>(p.b) << 8 |
         static_cast<uint64_t>(p.shift + 64) << 1 | (p.subtract ? 1U : 0U);
}

inline Pattern unpacked(uint64_t key) {
  return {static_cast<int>(key >> 36), static_cast<int>(key >> 8 & 0xfffffff),
          static_cast<int>(key >> 1 & 0x7f) - 64, (key & 1) != 0};
}

// One heap a score: scores are small integers, and there are many patterns of each.
class PatternQueue {
 public:
  static constexpr int kMost = (1 << 16) - 1;  // higher scores count as this one

  struct Entry {
    int score = 0;
    uint64_t key = 0;
  };

  bool empty() {
    while (top_ > 0 && heaps_[top_ - 1].empty()) --top_;
    return top_ == 0;
  }
  // Of the queue's head, which must be there.
  int top_score() const { return static_cast<int>(top_) - 1; }
  void push(int score, uint64_t key) {
    const auto at = static_cast<size_t>(std::clamp(score, 0, kMost));
    if (at >= heaps_.size()) heaps_.resize(at + 1);
    top_ = std::max(top_, at + 1);
    heaps_[at].push_back(key);
    std::push_heap(heaps_[at].begin(), heaps_[at].end(), std::greater<>());
  }
  // Of equal scores the oldest values. The queue must not be empty.
  Entry pop() {
    std::vector<uint64_t>& heap = heaps_[top_ - 1];
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    const Entry entry = {static_cast<int>(top_) - 1, heap.back()};
    heap.pop_back();
    return entry;
  }

 private:
  std::vector<std::vector<uint64_t>> heaps_;
  size_t top_ = 0;  // no heap from here on holds anything
};

}  // namespace trigstone
