// Events in memory for training, split once and for all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "events/features.h"

namespace trigstone {

enum class Split : uint8_t { kTrain, kValidation, kTest };

// 70 % train, 10 % validation, 20 % test. It depends on the hard collision (or, without one, on the
// event's id) alone: neither the file, the seed nor the order of events can move an event from one
// split to another, and a hard collision used twice stays in one split.
Split split_of(int16_t process, int32_t hard_id, int64_t id);

struct TokenSet {
  TokenBatch batch;
  std::vector<int64_t> train, validation, test;  // rows of the batch
};

TokenSet split_tokens(TokenBatch batch);
// All events of a file. Throws Error when it cannot be read or a split is empty.
TokenSet load_token_set(const std::filesystem::path& events, int64_t tokens);

// The first `count` of `rows` in a fixed random order, half signal and half background as far as
// both last: the labels that a few-label training may see. 0 takes all.
std::vector<int64_t> choose_labelled(const TokenBatch& batch, const std::vector<int64_t>& rows,
                                     int64_t count, uint64_t seed);

// Those of `rows` that hold nothing but pile-up.
std::vector<int64_t> minimum_bias_rows(const TokenBatch& batch, const std::vector<int64_t>& rows);

// The order in which epoch `epoch` sees `count` rows.
std::vector<int64_t> shuffled_rows(int64_t count, uint64_t seed, int64_t epoch);

}  // namespace trigstone
