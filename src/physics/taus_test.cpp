#include "physics/taus.h"

#include <gtest/gtest.h>

#include "physics/physics_testing.h"

namespace trigstone {
namespace {

// Everything is kept by PUPPI with its own pT.
PuppiWeights all_kept(const std::vector<Token>& tokens) {
  PuppiWeights puppi;
  for (const Token& token : tokens) {
    puppi.weight.push_back(1);
    puppi.pt_gev.push_back(token.pt_gev);
  }
  return puppi;
}

TEST(Taus, ByHand) {
  const std::vector<Token> tokens = {
      {.kind = 0, .pt_gev = 20, .eta = 1, .phi = 3.12F, .z0_cm = 2, .charge = 1},  // seed
      {.kind = 3, .pt_gev = 10, .eta = 1.05F, .phi = 3.12F},                       // inside
      {.kind = 0, .pt_gev = 5, .eta = 1, .phi = -3.12F, .charge = -1},  // inside, across pi
      {.kind = 4, .pt_gev = 7, .eta = 1.3F, .phi = 3.12F},              // ring
      {.kind = 4, .pt_gev = 9, .eta = 1.5F, .phi = 3.12F}};             // outside
  const auto taus = find_taus(tokens, all_kept(tokens));
  ASSERT_EQ(taus.size(), 1U);
  EXPECT_FLOAT_EQ(taus[0].momentum.pt_gev, 35);
  EXPECT_NEAR(taus[0].momentum.eta, 1 + 0.5 / 35, 1e-5);
  EXPECT_NEAR(taus[0].momentum.phi, 3.12 + 5 * (2 * M_PI - 6.24) / 35, 1e-5);
  EXPECT_FLOAT_EQ(taus[0].seed_pt_gev, 20);
  EXPECT_FLOAT_EQ(taus[0].seed_z0_cm, 2);
  EXPECT_EQ(taus[0].charge, 0);
  EXPECT_EQ(taus[0].prongs, 2);
  EXPECT_FLOAT_EQ(taus[0].relative_isolation, 7.0F / 35);
}

TEST(Taus, SeedsAreChargedHardAndInTheTracker) {
  const std::vector<Token> tokens = {{.kind = 3, .pt_gev = 50},
                                     {.kind = 0, .pt_gev = 50, .eta = 2.45F},
                                     {.kind = 0, .pt_gev = 4.9F, .eta = -1},
                                     {.kind = 3, .pt_gev = 30, .eta = -1},
                                     {.kind = 2, .pt_gev = 40, .eta = 1}};
  EXPECT_TRUE(find_taus(tokens, all_kept(tokens)).empty());
  EXPECT_TRUE(find_taus({}, {}).empty());
}

TEST(Taus, MoreThanThreeProngsAreAJet) {
  std::vector<Token> tokens;
  for (int i = 0; i < 4; ++i) tokens.push_back({.kind = 0, .pt_gev = 10});
  EXPECT_TRUE(find_taus(tokens, all_kept(tokens)).empty());
  tokens.pop_back();
  EXPECT_EQ(find_taus(tokens, all_kept(tokens)).size(), 1U);
}

TEST(Taus, ComeByFallingPtUpToTheLimit) {
  std::vector<Token> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back({.kind = 0, .pt_gev = 10.0F + i, .eta = -2.0F + 0.2F * i});
  }
  const auto taus = find_taus(tokens, all_kept(tokens));
  ASSERT_EQ(taus.size(), 12U);
  EXPECT_FLOAT_EQ(taus[0].momentum.pt_gev, 29);
  for (size_t i = 1; i < taus.size(); ++i) {
    EXPECT_LT(taus[i].momentum.pt_gev, taus[i - 1].momentum.pt_gev);
  }
}

}  // namespace
}  // namespace trigstone
