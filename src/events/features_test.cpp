#include "events/features.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing.h"
#include "events/event_file.h"
#include "events/event_testing.h"
#include "events/generate.h"

namespace trigstone {
namespace {

TEST(Features, ValuesAreThoseOfTheTable) {
  const Token track{.kind = 0,
                    .quality = 5,
                    .pt_gev = 31,
                    .eta = -2.5F,
                    .phi = 0.5F,
                    .z0_cm = 4,
                    .dxy_cm = -0.04F,
                    .depth = 0};
  const auto values = token_features(track);
  const float expected[] = {
      0.5F, 31 / 128.F, -0.5F, std::sin(0.5F), std::cos(0.5F), 0.25F, -0.2F, 0, 5 / 7.F, 1, 0,
      0,    0,          0};
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_FLOAT_EQ(values[i], expected[i]) << kFeatureInfo[i].name;
  }
  const auto hadron = token_features({.kind = 4, .pt_gev = 3, .depth = 0.75F});
  EXPECT_EQ(hadron[7], 0.75F);
  EXPECT_EQ(hadron[9], 0);
  EXPECT_EQ(hadron[13], 1);
}

TEST(Features, AreBoundedWhateverTheTokenHolds) {
  const float extremes[] = {0, -0.F, 1, -1, 1e9F, -1e9F, INFINITY, -INFINITY, NAN, 3e38F, 1e-40F};
  for (const float a : extremes) {
    for (const float b : extremes) {
      const Token token{.kind = 2,
                        .quality = static_cast<int8_t>(a > 0 ? 127 : -128),
                        .pt_gev = a,
                        .eta = b,
                        .phi = a,
                        .z0_cm = b,
                        .dxy_cm = a,
                        .depth = b};
      const auto values = token_features(token);
      for (size_t i = 0; i < values.size(); ++i) {
        EXPECT_GE(values[i], kFeatureInfo[i].minimum)
            << kFeatureInfo[i].name << ' ' << a << ' ' << b;
        EXPECT_LE(values[i], kFeatureInfo[i].maximum)
            << kFeatureInfo[i].name << ' ' << a << ' ' << b;
      }
    }
  }
}

Event event_with(int tokens, Process process) {
  Event event;
  event.process = process;
  event.weight = 3;
  event.truth.missing_x_gev = 5;
  for (int i = 0; i < tokens; ++i) {
    event.tokens.push_back({.kind = static_cast<int8_t>(i % kTokenKinds),
                            .is_pileup = static_cast<int8_t>(i % 2),
                            .pt_gev = static_cast<float>(100 - i)});
  }
  event.tokens.push_back({.kind = 4 | kRemainderFlag, .pt_gev = 500});
  return event;
}

TEST(Features, BatchesArePaddedAndCut) {
  const std::vector<Event> events = {event_with(2, Process::kTopPairs),
                                     event_with(9, Process::kMinimumBias), Event()};
  const TokenBatch batch = make_batch(events, 4);
  EXPECT_EQ(batch.events, 3);
  EXPECT_EQ(batch.values.size(), 3U * 4 * kTokenFeatures);
  EXPECT_EQ(batch.valid, (std::vector<uint8_t>{1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ(batch.is_pileup, (std::vector<uint8_t>{0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(batch.kind, (std::vector<int8_t>{0, 1, -1, -1, 0, 1, 2, 3, -1, -1, -1, -1}));
  EXPECT_EQ(batch.accept, (std::vector<uint8_t>{1, 0, 1}));
  EXPECT_EQ(batch.weight, (std::vector<float>{3, 3, 1}));
  EXPECT_EQ(batch.missing_x_gev, (std::vector<float>{5, 5, 0}));
  for (size_t slot = 0; slot < batch.valid.size(); ++slot) {
    if (batch.valid[slot] != 0) continue;
    for (size_t f = 0; f < kTokenFeatures; ++f)
      EXPECT_EQ(batch.values[slot * kTokenFeatures + f], 0);
  }
}

TEST(Features, LoadingEqualsBatchingWhatIsRead) {
  const TestFolder folder;
  GenerateOptions options;
  options.processes = {Process::kTopPairs, Process::kMinimumBias};
  options.events = 40;
  options.crossing = {20, 3};
  options.sample = sample_folder();
  generate_events(options, folder / "e.h5");
  const EventReader reader(folder / "e.h5");
  const TokenBatch loaded = load_tokens(folder / "e.h5", 10, 30, 32);
  const TokenBatch expected = make_batch(reader.read(10, 30), 32);
  EXPECT_EQ(loaded.values, expected.values);
  EXPECT_EQ(loaded.valid, expected.valid);
  EXPECT_EQ(loaded.is_pileup, expected.is_pileup);
  EXPECT_EQ(loaded.process, expected.process);
  EXPECT_EQ(loaded.hard_id, expected.hard_id);
  EXPECT_EQ(load_tokens(folder / "e.h5", 0, -1, 8).events, 40);
  for (int64_t event = 0; event < loaded.events; ++event) {
    for (int slot = 1; slot < 32; ++slot) {
      const auto at = static_cast<size_t>(event * 32 + slot);
      EXPECT_LE(loaded.pt_gev[at], loaded.pt_gev[at - 1]);
    }
  }
  EXPECT_NE(message_of([&] { load_tokens(folder / "e.h5", 0, 41, 8); }).find("asked of 40"),
            std::string::npos);
  EXPECT_NE(message_of([&] { load_tokens(folder / "e.h5", 0, 1, 0); }).find("max_tokens: error:"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
