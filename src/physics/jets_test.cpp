#include "physics/jets.h"

#include <gtest/gtest.h>

#include "events/summary.h"
#include "physics/classical.h"
#include "physics/physics_testing.h"

namespace trigstone {
namespace {

TEST(SeededCone, TheHardestSeedsAndTheAxisIsWeighted) {
  const std::vector<PtEtaPhi> momenta = {
      {10, 0.3F, 3.1F}, {30, 0.1F, -3.1F}, {20, -2, 0}, {0, 0.1F, -3.1F}};
  const auto jets = seeded_cone_jets(momenta);
  ASSERT_EQ(jets.size(), 2U);
  EXPECT_FLOAT_EQ(jets[0].momentum.pt_gev, 40);
  EXPECT_NEAR(jets[0].momentum.eta, 0.15, 1e-6);
  // 3.1 lies 2 pi - 6.2 below -3.1 (across the border): a quarter of that away from the seed.
  const double across = 2 * std::numbers::pi - 6.2;
  EXPECT_NEAR(jets[0].momentum.phi, -3.1 - across / 4, 1e-5);
  EXPECT_EQ(jets[0].constituents, 2);
  EXPECT_NEAR(jets[0].mass_gev, pair_mass_gev(30, 0.1, -3.1, 10, 0.3, 3.1), 1e-3);
  EXPECT_EQ(jets[1], (Jet{{20, -2, 0}, 0, 1}));
}

TEST(SeededCone, KeepsItsLimits) {
  std::vector<PtEtaPhi> momenta;
  for (int i = 0; i < 40; ++i) {
    momenta.push_back({100.0F - static_cast<float>(i), -4.0F + 0.2F * static_cast<float>(i),
                       i % 2 == 0 ? 1.0F : -1.0F});
  }
  EXPECT_EQ(seeded_cone_jets(momenta, {.radius = 0.1F}).size(), 16U);
  EXPECT_EQ(seeded_cone_jets(momenta, {.radius = 0.1F, .max_jets = 3}).size(), 3U);
  EXPECT_EQ(seeded_cone_jets(momenta, {.radius = 0.1F, .pt_min_gev = 90}).size(), 11U);
  EXPECT_TRUE(seeded_cone_jets({}).empty());
}

// Every momentum belongs to one jet at most, and to one when there is no limit on jets.
TEST(SeededCone, NothingIsLostOrCountedTwice) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<PtEtaPhi> momenta;
    double sum_gev = 0;
    for (const Token& token : random_crossing(seed).tokens) {
      momenta.push_back(momentum_of(token));
      sum_gev += token.pt_gev;
    }
    double jets_gev = 0;
    int constituents = 0;
    for (const Jet& jet : seeded_cone_jets(momenta, {.max_jets = 1000, .pt_min_gev = 0})) {
      jets_gev += jet.momentum.pt_gev;
      constituents += jet.constituents;
    }
    EXPECT_NEAR(jets_gev, sum_gev, 1e-5 * sum_gev);
    EXPECT_EQ(constituents, static_cast<int>(momenta.size()));
  }
}

TEST(AntiKt, TwoNeighboursMergeAndAStrangerDoesNot) {
  const std::vector<PtEtaPhi> momenta = {{30, 0.1F, 0.2F}, {10, 0.3F, 0.1F}, {20, -2, 0}};
  const auto jets = anti_kt_jets(momenta);
  ASSERT_EQ(jets.size(), 2U);
  EXPECT_EQ(jets[0].constituents, 2);
  EXPECT_NEAR(jets[0].mass_gev, pair_mass_gev(30, 0.1, 0.2, 10, 0.3, 0.1), 1e-3);
  EXPECT_NEAR(
      jets[0].momentum.pt_gev,
      std::hypot(30 * std::cos(0.2) + 10 * std::cos(0.1), 30 * std::sin(0.2) + 10 * std::sin(0.1)),
      1e-4);
  EXPECT_NEAR(jets[1].momentum.pt_gev, 20, 1e-4);
  EXPECT_EQ(jets[1].mass_gev, 0);
  EXPECT_TRUE(anti_kt_jets({}).empty());
}

// On real crossings the two algorithms must find the same leading jet.
TEST(AntiKt, AgreesWithTheSeededConeOnTopPairs) {
  int same = 0, events = 0;
  for (const Event& event : sample_crossings(Process::kTopPairs, 60)) {
    const auto momenta = puppi_momenta(event.tokens, puppi_weights(event.tokens));
    const auto cone = seeded_cone_jets(momenta), cluster = anti_kt_jets(momenta);
    if (cone.empty() || cluster.empty()) continue;
    ++events;
    const PtEtaPhi &a = cone[0].momentum, &b = cluster[0].momentum;
    same +=
        delta_r2(a.eta, a.phi, b.eta, b.phi) < 0.04F && std::fabs(a.pt_gev / b.pt_gev - 1) < 0.15F;
  }
  EXPECT_GE(events, 58);
  EXPECT_GE(same, events * 9 / 10);
}

}  // namespace
}  // namespace trigstone
