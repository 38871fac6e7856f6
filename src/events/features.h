// The numbers a network sees of each token, and whole batches of them for training.
//
// Every feature is bounded and of order one, so that 8 to 10 bit fixed-point formats hold it:
//
//   index name      range    value
//   0     log_pt    0..1     log2(1 + pT / GeV) / 10, clipped (1 at 1023 GeV)
//   1     pt        0..1     pT / 128 GeV, clipped
//   2     eta       -1..1    eta / 5
//   3     sin_phi   -1..1
//   4     cos_phi   -1..1
//   5     z0        -1..1    z0 / 16 cm, clipped; 0 without a track
//   6     dxy       -1..1    sign * sqrt(|dxy| / cm), clipped; 0 without a track
//   7     depth     0..1     hadronic share of the tower's energy
//   8     quality   0..1     quality / 7
//   9..13 is_track, is_electron, is_muon, is_photon, is_hadron: 0 or 1
//
// Time is not among them: today's Level-1 cannot read timing. Remainder tokens are left out.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "events/event.h"
#include "events/event_file.h"

namespace trigstone {

inline constexpr int kTokenFeatures = 14;

struct FeatureInfo {
  const char* name;
  float minimum, maximum;
};
extern const std::array<FeatureInfo, kTokenFeatures> kFeatureInfo;

// The features of one token; every value is finite and inside its range, whatever the token holds
// (a value that is not a number becomes 0).
std::array<float, kTokenFeatures> token_features(const Token& token);

// Dense arrays of a range of events, row-major. Rows beyond an event's tokens are 0.
struct TokenBatch {
  int64_t events = 0;
  int max_tokens = 0, features = kTokenFeatures;
  std::vector<float> values;        // [events, max_tokens, features], tokens by falling pT
  std::vector<uint8_t> valid;       // [events, max_tokens] 1 where there is a token
  std::vector<uint8_t> is_pileup;   // [events, max_tokens] truth, 0 where invalid
  std::vector<int8_t> kind;         // [events, max_tokens] TokenKind, -1 where invalid
  std::vector<float> pt_gev;        // [events, max_tokens] unclipped, 0 where invalid
  std::vector<int16_t> process;     // [events] Process
  std::vector<uint8_t> accept;      // [events] label: 1 for signal, 0 for minimum bias
  std::vector<float> weight;        // [events] pb
  std::vector<int64_t> id;          // [events]
  std::vector<int32_t> hard_id;     // [events] for splits without shared collisions
  std::vector<uint64_t> collision;  // [events] collision_key; 0 of make_batch
  std::vector<float> missing_x_gev, missing_y_gev;  // [events] true missing momentum
};

// The hard collision that an event of a file simulates: equal for all views and copies of it, also
// in other files made from the same library. 0 where none is known: events without a hard_id,
// minimum bias (whose hard_id names the hardest of many equal collisions), and files joined from
// different libraries of one process, whose rows can no longer be told apart.
uint64_t collision_key(const Event& event, const EventFileInfo& info);

// Puts events into a batch of `max_tokens` slots each.
TokenBatch make_batch(std::span<const Event> events, int max_tokens);

// Events [begin, end) of an event file or list of them (event_shards.h); end < 0 means all. Throws
// Error like EventShards.
TokenBatch load_tokens(const std::filesystem::path& path, int64_t begin, int64_t end,
                       int max_tokens);

}  // namespace trigstone
