#include "learn/event_sums.h"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/heads.h"
#include "learn/toy_events.h"

namespace trigstone {
namespace {

torch::Tensor sums_of(const std::vector<Event>& events) {
  BackboneConfig config;
  config.tokens = 40;
  const TokenBatch batch = make_batch(events, static_cast<int>(config.tokens));
  return event_sums(TokenTensors(batch, make_backbone(config)));
}

double gev(const torch::Tensor& sums, int64_t event, size_t which) {
  return std::exp2(sums[event][static_cast<int64_t>(which)].item<double>()) - 1;
}

TEST(EventSums, OfAnEventDoneByHand) {
  Event event;
  const auto add = [&](TokenKind kind, float pt_gev, float eta, float phi, float z0_cm) {
    Token token;
    token.kind = static_cast<int8_t>(kind);
    token.pt_gev = pt_gev;
    token.eta = eta;
    token.phi = phi;
    token.z0_cm = z0_cm;
    event.tokens.push_back(token);
  };
  add(TokenKind::kPhoton, 30, 1.0F, 3.1F, 0);
  add(TokenKind::kTrack, 20, 1.2F, -3.1F, 2.0F);  // in the photon's cone, across phi = pi
  add(TokenKind::kMuon, 10, -1.0F, 0, 2.1F);      // of the same vertex
  add(TokenKind::kTrack, 8, 0.0F, 1.5F, 5.0F);
  event.tokens.back().dxy_cm = -0.05F;
  const torch::Tensor sums = sums_of({event, Event{}});
  const double expected[] = {68, 50, 30, 0, 30, 10, 8};
  for (const size_t which : {0, 1, 2, 4, 5, 6}) {
    EXPECT_NEAR(gev(sums, 0, which), expected[which], 0.01) << kEventSums[which];
  }
  const double x = 50 * std::cos(3.1) + 10 + 8 * std::cos(1.5);
  const double y = 10 * std::sin(3.1) + 8 * std::sin(1.5);
  EXPECT_NEAR(gev(sums, 0, 3), std::hypot(x, y), 0.01);
  for (size_t which = 0; which < kEventSums.size(); ++which) {
    EXPECT_EQ(gev(sums, 1, which), 0) << kEventSums[which];
  }
}

TEST(EventSums, StayWhenTheEventIsTurnedOrMirrored) {
  std::vector<Event> events;
  for (int64_t id = 0; id < 40; ++id) {
    events.push_back(toy_event(id, 1));
    Event moved = events.back();
    for (Token& token : moved.tokens) {
      token.phi = static_cast<float>(std::remainder(token.phi + 1.0, 2 * M_PI));
      token.eta = -token.eta;
      token.z0_cm = -token.z0_cm;
    }
    events.push_back(moved);
  }
  const torch::Tensor sums = sums_of(events).reshape({40, 2, -1});
  EXPECT_TRUE(torch::allclose(sums.select(1, 0), sums.select(1, 1), 1e-3, 1e-3));
}

}  // namespace
}  // namespace trigstone
