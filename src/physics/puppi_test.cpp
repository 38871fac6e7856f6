#include "physics/puppi.h"

#include <gtest/gtest.h>

#include <cmath>

namespace trigstone {
namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

TEST(Puppi, ChargedTokensAreKeptAtTheVertexOnly) {
  const std::vector<Token> tokens = {
      {.kind = 0, .pt_gev = 5, .eta = 0, .z0_cm = 1.45F},  // barrel: 0.5 cm
      {.kind = 0, .pt_gev = 5, .eta = 0, .z0_cm = 1.55F},
      {.kind = 1, .pt_gev = 5, .eta = 2.2F, .z0_cm = 2.3F},  // endcap: 1.33 cm
      {.kind = 2, .pt_gev = 5, .eta = 0, .z0_cm = -9},       // muons always
      {.kind = 0 | kRemainderFlag, .pt_gev = 5, .z0_cm = 1}};
  const PuppiWeights puppi = puppi_weights(tokens, Vertex{1.0F, 10});
  EXPECT_EQ(puppi.weight, (std::vector<float>{1, 0, 1, 1, 0}));
  EXPECT_EQ(puppi.pt_gev, (std::vector<float>{5, 0, 5, 5, 0}));
}

// One track of 20 GeV at dR 0.1 of a barrel hadron of 10 GeV:
// S = 400 / 0.01, ln S = 10.597, x2a = 0.7 (10.597 - 6) = 3.218, x2 = 3.218 + 0.3 (10 - 4) - 5.
TEST(Puppi, BarrelHadronByHand) {
  std::vector<Token> tokens = {{.kind = 0, .pt_gev = 20, .eta = 0.5F, .phi = 1.0F},
                               {.kind = 4, .pt_gev = 10, .eta = 0.6F, .phi = 1.0F}};
  const double x2 = 0.7 * (std::log(400 / 0.01) - 6) + 0.3 * (10 - 4) - 5;
  PuppiWeights puppi = puppi_weights(tokens, Vertex{0, 20});
  EXPECT_NEAR(puppi.weight[1], logistic(x2), 1e-4);
  EXPECT_NEAR(puppi.pt_gev[1], 10 * logistic(x2), 1e-3);
  // A photon has other numbers; a track from elsewhere does not count: x2a falls to -4.
  tokens[1].kind = 3;
  puppi = puppi_weights(tokens, Vertex{0, 20});
  EXPECT_NEAR(puppi.weight[1], logistic(3.218 + 0.3 * (10 - 2.5) - 1), 1e-3);
  puppi = puppi_weights(tokens, Vertex{8, 20});
  EXPECT_NEAR(puppi.weight[1], logistic(-4 + 0.3 * (10 - 2.5) - 1), 1e-5);
}

// Distances below dRmin count as dRmin, tracks above ptMax as ptMax, and alpha is cropped.
TEST(Puppi, TheSumIsLimited) {
  const std::vector<Token> tokens = {{.kind = 0, .pt_gev = 500, .eta = 0, .phi = 0},
                                     {.kind = 4, .pt_gev = 4, .eta = 0, .phi = 0}};
  const PuppiWeights puppi = puppi_weights(tokens, Vertex{0, 50});
  EXPECT_NEAR(puppi.weight[1], logistic(4 + 0 - 5), 1e-5);
}

// Beyond the tracker the other neutral tokens count, and the token itself does not.
TEST(Puppi, ForwardTokensLookAtEachOther) {
  const std::vector<Token> tokens = {{.kind = 4, .pt_gev = 40, .eta = 4.0F, .phi = 0},
                                     {.kind = 4, .pt_gev = 30, .eta = 4.0F, .phi = 0.2F},
                                     {.kind = 4, .pt_gev = 50, .eta = -4.0F, .phi = 0}};
  const PuppiWeights puppi = puppi_weights(tokens, Vertex{});
  const double alpha = std::log(900 / 0.04);
  EXPECT_NEAR(puppi.weight[0], logistic(0.6 * (alpha - 9) + 0.25 * (40 - 14) - 6), 1e-4);
  EXPECT_NEAR(puppi.weight[2], logistic(-4 + 0.25 * (50 - 14) - 6), 1e-4);
}

TEST(Puppi, MomentaBelowTheCutOfTheirRegionAreDropped) {
  const std::vector<Token> tokens = {{.kind = 4, .pt_gev = 12, .eta = 4.0F},
                                     {.kind = 4, .pt_gev = 3, .eta = 0}};
  const PuppiWeights puppi = puppi_weights(tokens, Vertex{});
  EXPECT_GT(puppi.weight[0], 0);
  EXPECT_EQ(puppi.pt_gev, (std::vector<float>{0, 0}));
}

TEST(Puppi, RegionsEndWhereTheNextBegins) {
  const PuppiConfig config;
  EXPECT_EQ(puppi_region(config, 0), 0U);
  EXPECT_EQ(puppi_region(config, -1.49F), 0U);
  EXPECT_EQ(puppi_region(config, 1.5F), 1U);
  EXPECT_EQ(puppi_region(config, -2.6F), 3U);
  EXPECT_EQ(puppi_region(config, 5), 4U);
  EXPECT_EQ(puppi_region(config, 50), 4U);
}

}  // namespace
}  // namespace trigstone
