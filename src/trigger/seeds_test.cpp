#include "trigger/seeds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace trigstone {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

Condition objects(SeedObject object, std::vector<double> pt_min_gev) {
  Condition condition;
  condition.object = object;
  condition.pt_min_gev = std::move(pt_min_gev);
  return condition;
}
Condition sum(SeedObject object, double min_gev) {
  Condition condition;
  condition.object = object;
  condition.min_gev = min_gev;
  return condition;
}
Condition head(size_t place, double threshold) {
  Condition condition;
  condition.object = SeedObject::kHead;
  condition.head = place;
  condition.threshold = threshold;
  return condition;
}

ClassicalObjects crossing() {
  ClassicalObjects made;
  made.jets = {{{100, 0.5F, 0}, 0, 1}, {{60, -1, 2}, 0, 1}, {{50, 3.5F, -2}, 0, 1}};
  made.muons = {{{20, 0, 0}, TokenKind::kMuon, 1.0F, 0.3F, 0},
                {{10, 1, 3}, TokenKind::kMuon, 3.0F, 0.0F, 1}};
  made.photons = {{{30, 0, 1}, TokenKind::kPhoton, 0, 0.05F, 2}};
  made.electrons = {{{40, 1, 1}, TokenKind::kElectron, 1, 0.5F, 3}};
  made.ht = {-30, 40, 210};
  made.missing = {60, 80, 400};
  made.raw_missing = {3, 4, 3000};
  return made;
}

TEST(Seeds, MarginsByHand) {
  const ClassicalObjects event = crossing();
  EXPECT_EQ(threshold_margin(objects(SeedObject::kJet, {80}), event), 100.0 / 80);
  // Two jets: the harder has room for 100/80, the other 60/40.
  EXPECT_EQ(threshold_margin(objects(SeedObject::kJet, {80, 40}), event), 100.0 / 80);
  EXPECT_EQ(threshold_margin(objects(SeedObject::kJet, {20, 20, 20, 20}), event), 0);
  Condition central = objects(SeedObject::kJet, {50, 50});
  central.eta_max = 0.9;
  EXPECT_EQ(threshold_margin(central, event), 0);
  central.eta_max = 2.4;
  EXPECT_EQ(threshold_margin(central, event), 60.0 / 50);
  central.eta_min = 2;
  EXPECT_EQ(threshold_margin(central, event), 0);
  EXPECT_EQ(threshold_margin(sum(SeedObject::kHt, 420), event), 0.5);
  EXPECT_EQ(threshold_margin(sum(SeedObject::kMht, 100), event), 0.5);
  EXPECT_EQ(threshold_margin(sum(SeedObject::kMet, 50), event), 2);
  EXPECT_EQ(threshold_margin(sum(SeedObject::kRawMet, 5), event), 1);
  EXPECT_EQ(threshold_margin(sum(SeedObject::kScalar, 100), event), 4);
}

TEST(Seeds, IsolationChoosesTheCandidates) {
  Condition muon = objects(SeedObject::kMuon, {10});
  EXPECT_EQ(threshold_margin(muon, crossing()), 2);
  muon.isolation_max = 0.1;
  EXPECT_EQ(threshold_margin(muon, crossing()), 1);
  Condition egamma = objects(SeedObject::kEgamma, {40, 30});
  EXPECT_EQ(threshold_margin(egamma, crossing()), 1);
  egamma.isolation_max = 0.1;
  EXPECT_EQ(threshold_margin(egamma, crossing()), 0);
}

TEST(Seeds, PairsMustFulfilTheirLimitsTogether) {
  const ClassicalObjects event = crossing();
  Condition jets = objects(SeedObject::kJet, {50, 50});
  jets.pair.delta_eta_min = 2;  // leaves (0.5, 3.5) and (-1, 3.5)
  EXPECT_EQ(threshold_margin(jets, event), 1);
  jets.pair.delta_eta_min = 4;  // (-1, 3.5): 60 and 50 GeV
  jets.pt_min_gev = {30, 30};
  EXPECT_EQ(threshold_margin(jets, event), 50.0 / 30);
  jets.pair = {};
  jets.pair.mass_min_gev = 5000;
  EXPECT_EQ(threshold_margin(jets, event), 0);
  Condition muons = objects(SeedObject::kMuon, {10, 5});
  EXPECT_EQ(threshold_margin(muons, event), 2);
  muons.pair.dz_max_cm = 1;  // they are 2 cm apart
  EXPECT_EQ(threshold_margin(muons, event), 0);
  muons.pair = {};
  muons.pair.delta_r_min = 4;
  EXPECT_EQ(threshold_margin(muons, event), 0);
  muons.pair.delta_r_min = 3;
  EXPECT_EQ(threshold_margin(muons, event), 2);
  // m^2 = 2 pT1 pT2 (cosh 1 - cos 3).
  const double mass = std::sqrt(2 * 20 * 10 * (std::cosh(1.0) - std::cos(3.0)));
  muons.pair = {};
  muons.pair.mass_min_gev = mass - 0.01;
  muons.pair.mass_max_gev = mass + 0.01;
  EXPECT_EQ(threshold_margin(muons, event), 2);
  muons.pair.mass_min_gev = mass + 0.005;
  EXPECT_EQ(threshold_margin(muons, event), 0);
}

TEST(Seeds, ConditionsAreJoinedByAnd) {
  const Seed seed{"s", 1, {objects(SeedObject::kJet, {80}), sum(SeedObject::kHt, 200)}};
  const SeedAnswer answer = evaluate_seed(seed, crossing(), {});
  EXPECT_TRUE(answer.passed);
  EXPECT_EQ(answer.score, 210.0 / 200);
  const Seed missed{"s", 1, {objects(SeedObject::kJet, {80}), sum(SeedObject::kHt, 420)}};
  EXPECT_FALSE(evaluate_seed(missed, crossing(), {}).passed);
  EXPECT_EQ(evaluate_seed(missed, crossing(), {}).score, 0.5);
  EXPECT_EQ(
      evaluate_seed({"s", 1, {objects(SeedObject::kJet, {9, 9, 9, 9})}}, crossing(), {}).score,
      kNever);
}

TEST(Seeds, HeadsAreCutOnTheirValue) {
  const double values[] = {1.5, -0.5};
  const Seed both{"s", 1, {head(0, 1.5), head(1, -1)}};
  EXPECT_TRUE(evaluate_seed(both, {}, values).passed);
  EXPECT_EQ(evaluate_seed(both, {}, values).score, 1.5);
  const Seed strict{"s", 1, {head(0, 1), head(1, 0)}};
  EXPECT_FALSE(evaluate_seed(strict, {}, values).passed);
  EXPECT_EQ(evaluate_seed(strict, {}, values).score, kNever);
  // Below its own threshold the score still says how far: the scan may lower it.
  const Seed low{"s", 1, {head(0, 9), sum(SeedObject::kHt, 100)}};
  EXPECT_FALSE(evaluate_seed(low, crossing(), values).passed);
  EXPECT_EQ(evaluate_seed(low, crossing(), values).score, 1.5);
  const Seed other{"s", 1, {head(0, 1), sum(SeedObject::kHt, 300)}};
  EXPECT_FALSE(evaluate_seed(other, crossing(), values).passed);
  EXPECT_EQ(evaluate_seed(other, crossing(), values).score, kNever);
}

}  // namespace
}  // namespace trigstone
