#include "physics/puppi_fixed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "physics/physics_testing.h"
#include "physics/sums.h"

namespace trigstone {
namespace {

constexpr float kStep = static_cast<float>(std::numbers::pi / 720);

TEST(PuppiFixed, ChargedTokensAreKeptAtTheVertexOnly) {
  const std::vector<Token> tokens = {{.kind = 0, .pt_gev = 5.3F, .eta = 0, .z0_cm = 1.5F},
                                     {.kind = 0, .pt_gev = 5, .eta = 0, .z0_cm = 1.55F},
                                     {.kind = 2, .pt_gev = 5000, .eta = 0, .z0_cm = -9},
                                     {.kind = 0 | kRemainderFlag, .pt_gev = 5, .z0_cm = 1}};
  const FixedPuppiWeights puppi = puppi_fixed(tokens, Vertex{1.0F, 10});
  EXPECT_EQ(puppi.weight, (std::vector<int32_t>{256, 0, 256, 0}));
  // 5.3 GeV is cut off to 21 quarters; 5000 GeV saturates 14 bits.
  EXPECT_EQ(puppi.pt, (std::vector<int32_t>{21, 0, 16383, 0}));
}

// Every step by hand: a track of 20 GeV at 23 steps (0.1004) of a barrel hadron of 10 GeV.
//   dR^2 = 529, short 16; 2^15 / 16 = 2048; pT^2 = 6400, short 200; S = 409600
//   log2: shifted 9 times to 800, table floor(32 log2 800) = 308
//   slope floor(32 * 0.7 ln 2) = 15, zero floor(32 * 6 / ln 2) = 276,
//   offset floor(32 (log2(0.0625 / 1.90385e-5) - 15)) = floor(-106.2) = -107
//   x2a, in 1/64: floor(-15*276/16) + floor(15*-107/16) + 9*30 + floor(15*308/16)
//       = -259 - 101 + 270 + 288 = 198
//   x2pt = floor(19 (40 - 16) / 4) = 114;  x2 = 198 + 114 - 320 = -8
//   weight = floor(256 / (1 + exp(8/64))) = 120;  pT' = (40 * 120 + 128) >> 8 = 19
TEST(PuppiFixed, BarrelHadronByHand) {
  const std::vector<Token> tokens = {
      {.kind = 0, .pt_gev = 20, .eta = 100 * kStep, .phi = 50 * kStep},
      {.kind = 4, .pt_gev = 10, .eta = 123 * kStep, .phi = 50 * kStep}};
  const FixedPuppiWeights puppi = puppi_fixed(tokens, Vertex{0, 20});
  EXPECT_EQ(puppi.weight[1], 120);
  EXPECT_EQ(puppi.pt[1], 19);
}

TEST(PuppiFixed, ConesReachAcrossTheBorderOfPhi) {
  std::vector<Token> tokens = {{.kind = 0, .pt_gev = 20, .eta = 0, .phi = 3.12F},
                               {.kind = 4, .pt_gev = 10, .eta = 0, .phi = -3.12F}};
  const int32_t across = puppi_fixed(tokens, Vertex{0, 20}).weight[1];
  tokens[1].phi = 0;
  EXPECT_GT(across, puppi_fixed(tokens, Vertex{0, 20}).weight[1]);
}

TEST(PuppiFixed, TheOrderOfTokensDoesNotMatter) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Token> tokens = random_crossing(seed).tokens;
    const FixedPuppiWeights straight = puppi_fixed(tokens, Vertex{1, 50});
    std::reverse(tokens.begin(), tokens.end());
    FixedPuppiWeights back = puppi_fixed(tokens, Vertex{1, 50});
    std::reverse(back.weight.begin(), back.weight.end());
    std::reverse(back.pt.begin(), back.pt.end());
    EXPECT_EQ(straight, back);
  }
  EXPECT_TRUE(puppi_fixed({}, Vertex{}).weight.empty());
}

TEST(PuppiFixed, HostileTokensAreIgnored) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Token> tokens = {{.kind = 4, .pt_gev = nan, .eta = 0, .phi = 0},
                                     {.kind = 3, .pt_gev = 5, .eta = nan, .phi = 0},
                                     {.kind = 0, .pt_gev = 5, .eta = 0, .phi = 0, .z0_cm = nan}};
  EXPECT_EQ(puppi_fixed(tokens, Vertex{}).weight, (std::vector<int32_t>{0, 0, 0}));
}

// Integers of firmware against the formula, on top pairs at 200 pile-up collisions.
TEST(PuppiFixed, FollowsTheFormula) {
  double difference = 0, far = 0, count = 0, fixed_error2 = 0, real_error2 = 0;
  for (const Event& event : sample_crossings(Process::kTopPairs, 60)) {
    const Vertex vertex = find_vertex(event.tokens);
    const PuppiWeights real = puppi_weights(event.tokens, vertex);
    const PuppiWeights fixed = to_real(puppi_fixed(event.tokens, vertex));
    for (size_t i = 0; i < event.tokens.size(); ++i) {
      if (has_track(event.tokens[i])) continue;
      const double error = std::fabs(real.weight[i] - fixed.weight[i]);
      difference += error;
      far += error > 0.1 ? 1 : 0;  // a track on the edge of the cone or of the vertex window
      count += 1;
    }
    const auto error2 = [&](const PuppiWeights& weights) {
      const MissingMomentum missing = puppi_missing(event.tokens, weights);
      return std::pow(missing.x_gev - event.truth.missing_x_gev, 2) +
             std::pow(missing.y_gev - event.truth.missing_y_gev, 2);
    };
    fixed_error2 += error2(fixed);
    real_error2 += error2(real);
  }
  EXPECT_LT(difference / count, 0.005);
  EXPECT_LT(far / count, 0.002);
  EXPECT_NEAR(std::sqrt(fixed_error2 / real_error2), 1, 0.02);
}

}  // namespace
}  // namespace trigstone
