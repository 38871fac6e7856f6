// Which events of a split are views of one hard collision: the positives of the re-simulation part
// of pre-training.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "events/features.h"

namespace trigstone {

class ViewPairs {
 public:
  // Pairs of `rows` of the batch: events of the same collision_key, wherever they stand and from
  // whichever shard they come. Pass the rows of one split; splits keep the views of a collision
  // together (token_set.h).
  ViewPairs(const TokenBatch& batch, const std::vector<int64_t>& rows);

  int64_t paired() const { return static_cast<int64_t>(collision_of_.size()); }
  // Rows without another view, and rows whose collision is not known.
  int64_t alone() const { return alone_; }

  bool has_partner(int64_t row) const { return collision_of_.contains(row); }
  // Which collision a row with a partner shows: equal for its views.
  int64_t collision(int64_t row) const { return collision_of_.at(row); }
  // Another view of the collision of `row`, drawn evenly.
  int64_t partner(int64_t row, Random& random) const;

 private:
  std::vector<std::vector<int64_t>> views_;            // rows, by collision; two at least
  std::unordered_map<int64_t, int64_t> collision_of_;  // row to place in views_
  int64_t alone_ = 0;
};

}  // namespace trigstone
