#include "learn/view_pairs.h"

namespace trigstone {

ViewPairs::ViewPairs(const TokenBatch& batch, const std::vector<int64_t>& rows) {
  std::unordered_map<uint64_t, std::vector<int64_t>> rows_of;
  for (const int64_t row : rows) {
    const uint64_t key = batch.collision[static_cast<size_t>(row)];
    if (key != 0) rows_of[key].push_back(row);
  }
  for (const int64_t row : rows) {  // collisions in the order of the rows, not of the hash table
    const auto found = rows_of.find(batch.collision[static_cast<size_t>(row)]);
    if (found == rows_of.end() || found->second.size() < 2) {
      ++alone_;
      continue;
    }
    const std::vector<int64_t>& all = found->second;
    if (row == all.front()) views_.push_back(all);
    collision_of_[row] =
        row == all.front() ? std::ssize(views_) - 1 : collision_of_.at(all.front());
  }
}

int64_t ViewPairs::partner(int64_t row, Random& random) const {
  const std::vector<int64_t>& all = views_[static_cast<size_t>(collision(row))];
  const int64_t pick = random.integer(0, std::ssize(all) - 2);
  const int64_t other = all[static_cast<size_t>(pick)];
  return other == row ? all.back() : other;
}

}  // namespace trigstone
