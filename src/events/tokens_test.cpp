#include "events/tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace trigstone {
namespace {

std::vector<Token> random_tokens(int count, uint64_t seed) {
  Random random(seed);
  std::vector<Token> tokens;
  for (int i = 0; i < count; ++i) {
    Token token;
    token.kind = static_cast<int8_t>(random.integer(0, kTokenKinds - 1));
    token.pt_gev = static_cast<float>(1 - 5 * std::log(1 - random.uniform()));
    token.eta = static_cast<float>(random.uniform(-5, 5));
    token.phi = static_cast<float>(random.uniform(-3.14, 3.14));
    token.is_pileup = random.chance(0.5) ? 1 : 0;
    tokens.push_back(token);
  }
  return tokens;
}

TEST(Tokens, RemaindersConserveTheVectorSum) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const auto tokens = random_tokens(600, seed);
    const auto kept = select_tokens(tokens, {.max_tokens = 128, .forward_pt_min_gev = 4});
    EXPECT_LE(kept.size(), 128U + kTokenKinds);
    const TransverseSum before = sum_tokens(tokens), after = sum_tokens(kept);
    // Remainders are stored as float: 2^-24 of at most 3000 GeV in pT, sinh(5) times that along z.
    EXPECT_NEAR(before.x_gev, after.x_gev, 1e-3);
    EXPECT_NEAR(before.y_gev, after.y_gev, 1e-3);
    EXPECT_NEAR(before.z_gev, after.z_gev, 0.1);
  }
}

TEST(Tokens, TheHardestComeFirstAndRemaindersLast) {
  const auto tokens = random_tokens(300, 7);
  const auto kept = select_tokens(tokens, {.max_tokens = 128});
  std::vector<float> pt;
  for (const Token& token : tokens) pt.push_back(token.pt_gev);
  std::sort(pt.rbegin(), pt.rend());
  for (size_t i = 0; i < 128; ++i) {
    EXPECT_FALSE(kept[i].is_remainder());
    EXPECT_EQ(kept[i].pt_gev, pt[i]);
  }
  for (size_t i = 128; i < kept.size(); ++i) EXPECT_TRUE(kept[i].is_remainder());
  for (size_t i = 129; i < kept.size(); ++i) EXPECT_LT(kept[i - 1].kind, kept[i].kind);
}

TEST(Tokens, TheInputOrderDoesNotMatter) {
  auto tokens = random_tokens(200, 9);
  tokens[3].pt_gev = tokens[50].pt_gev = tokens[120].pt_gev;  // ties
  const auto kept = select_tokens(tokens, {.max_tokens = 200});
  std::reverse(tokens.begin(), tokens.end());
  EXPECT_EQ(select_tokens(tokens, {.max_tokens = 200}), kept);
}

TEST(Tokens, NoRemainderWithoutLoss) {
  const auto kept = select_tokens(random_tokens(20, 3), {.max_tokens = 20});
  EXPECT_EQ(kept.size(), 20U);
  EXPECT_FALSE(kept.back().is_remainder());
  EXPECT_TRUE(select_tokens({}, {}).empty());
}

TEST(Tokens, SoftForwardTokensGoIntoTheRemainder) {
  const auto kept = select_tokens(random_tokens(100, 4),
                                  {.max_tokens = 128, .forward_eta = 3, .forward_pt_min_gev = 8});
  bool remainder = false;
  for (const Token& token : kept) {
    remainder = remainder || token.is_remainder();
    if (!token.is_remainder() && std::fabs(token.eta) > 3) {
      EXPECT_GE(token.pt_gev, 8);
    }
  }
  EXPECT_TRUE(remainder);
}

}  // namespace
}  // namespace trigstone
