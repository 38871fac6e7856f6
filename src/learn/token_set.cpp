#include "learn/token_set.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace trigstone {

namespace {

constexpr uint64_t kSplitSeed = 0x7472696773746f6e;  // never changes: splits outlive versions

}  // namespace

Split split_of(int16_t process, int32_t hard_id, int64_t id) {
  const bool has_collision = hard_id >= 0;
  const auto key = static_cast<uint64_t>(has_collision ? hard_id : id);
  const uint64_t kind = has_collision ? 1 + static_cast<uint64_t>(process) : 0;
  const uint64_t percent = Random(kSplitSeed + kind, key).bits() % 100;
  if (percent < 70) return Split::kTrain;
  return percent < 80 ? Split::kValidation : Split::kTest;
}

TokenSet split_tokens(TokenBatch batch) {
  TokenSet set;
  for (int64_t row = 0; row < batch.events; ++row) {
    const auto at = static_cast<size_t>(row);
    switch (split_of(batch.process[at], batch.hard_id[at], batch.id[at])) {
      case Split::kTrain:
        set.train.push_back(row);
        break;
      case Split::kValidation:
        set.validation.push_back(row);
        break;
      case Split::kTest:
        set.test.push_back(row);
        break;
    }
  }
  set.batch = std::move(batch);
  return set;
}

TokenSet load_token_set(const std::filesystem::path& events, int64_t tokens) {
  TokenSet set = split_tokens(load_tokens(events, 0, -1, static_cast<int>(tokens)));
  if (set.train.empty() || set.validation.empty() || set.test.empty()) {
    throw Error(
        events.string(),
        fmt::format("holds {} events, too few for train, validation and test", set.batch.events),
        "generate some hundreds at least");
  }
  return set;
}

std::vector<int64_t> choose_labelled(const TokenBatch& batch, const std::vector<int64_t>& rows,
                                     int64_t count, uint64_t seed) {
  if (count <= 0 || count >= std::ssize(rows)) return rows;
  std::vector<int64_t> chosen;
  std::vector<int64_t> left = {count - count / 2, count / 2};  // background, signal
  std::vector<int64_t> order = shuffled_rows(std::ssize(rows), seed, 0);
  for (const int64_t i : order) {
    const int64_t row = rows[static_cast<size_t>(i)];
    int64_t& places = left[batch.accept[static_cast<size_t>(row)] != 0 ? 1 : 0];
    if (places == 0) continue;
    --places;
    chosen.push_back(row);
  }
  return chosen;
}

std::vector<int64_t> minimum_bias_rows(const TokenBatch& batch, const std::vector<int64_t>& rows) {
  std::vector<int64_t> kept;
  for (const int64_t row : rows) {
    if (batch.accept[static_cast<size_t>(row)] == 0) kept.push_back(row);
  }
  return kept;
}

std::vector<int64_t> shuffled_rows(int64_t count, uint64_t seed, int64_t epoch) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  Random random(seed, static_cast<uint64_t>(epoch));
  for (int64_t i = count - 1; i > 0; --i) {
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(random.integer(0, i))]);
  }
  return order;
}

}  // namespace trigstone
