// Pairs of terms, and how often each pair occurs: a hash table of packed
// patterns.
#pragma once

#include <cstdint>
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

// Open addressing; only patterns that occurred twice when they were first seen
// are kept, since occurrences of known values only vanish.
class PatternCounts {
 public:
  PatternCounts() : slots_(kSmallest) {}

  void set(uint64_t key, int count) {
    if (2 * used_ > slots_.size()) grow();
    Slot& slot = slots_[place(key)];
    if (slot.key != key) ++used_;
    slot = {key, count};
  }
  void add(uint64_t key, int change) {
    Slot& slot = slots_[place(key)];
    if (slot.key == key) slot.count += change;
  }
  int count(uint64_t key) const {
    const Slot& slot = slots_[place(key)];
    return slot.key == key ? slot.count : 0;
  }

 private:
  static constexpr size_t kSmallest = size_t{1} << 12;
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  struct Slot {
    uint64_t key = kEmpty;
    int count = 0;
  };

  size_t place(uint64_t key) const {
    const uint64_t mixed = key * 0x9e3779b97f4a7c15;
    size_t at = (mixed ^ mixed >> 32) & (slots_.size() - 1);
    while (slots_[at].key != key && slots_[at].key != kEmpty) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  // Leaves out what no longer occurs twice.
  void grow() {
    size_t live = 0;
    for (const Slot& slot : slots_) live += slot.count >= 2 ? 1 : 0;
    size_t size = kSmallest;
    while (size < 4 * live) size *= 2;
    std::vector<Slot> old(size);
    old.swap(slots_);
    used_ = 0;
    for (const Slot& slot : old) {
      if (slot.count < 2) continue;
      slots_[place(slot.key)] = slot;
      ++used_;
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

}  // namespace trigstone
