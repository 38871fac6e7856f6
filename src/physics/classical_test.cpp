// Properties that hold for every crossing, and cases small enough to do by hand.
#include "physics/classical.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "events/summary.h"
#include "physics/physics_testing.h"

namespace trigstone {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

std::vector<float> all_numbers(const ClassicalObjects& objects) {
  std::vector<float> numbers = objects.puppi.weight;
  numbers.insert(numbers.end(), objects.puppi.pt_gev.begin(), objects.puppi.pt_gev.end());
  numbers.insert(numbers.end(), {objects.vertex.z_cm, objects.vertex.pt_gev});
  for (const auto* sum : {&objects.raw_missing, &objects.missing, &objects.ht}) {
    for (const double value : {sum->x_gev, sum->y_gev, sum->scalar_gev, sum->pt_gev(), sum->phi()})
      numbers.push_back(static_cast<float>(value));
  }
  for (const Jet& jet : objects.jets) {
    numbers.insert(numbers.end(),
                   {jet.momentum.pt_gev, jet.momentum.eta, jet.momentum.phi, jet.mass_gev});
  }
  for (const auto* list : {&objects.photons, &objects.electrons, &objects.muons}) {
    for (const Candidate& one : *list) {
      numbers.insert(numbers.end(), {one.momentum.pt_gev, one.momentum.eta, one.momentum.phi,
                                     one.z0_cm, one.relative_isolation});
    }
  }
  return numbers;
}

TEST(Classical, AnEmptyCrossingGivesZeros) {
  const ClassicalObjects objects = classical_objects(Event());
  for (const float value : all_numbers(objects)) EXPECT_EQ(value, 0);
  EXPECT_TRUE(objects.jets.empty());
  EXPECT_TRUE(objects.photons.empty());
}

TEST(Classical, HostileTokensNeverMakeANumberThatIsNone) {
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::infinity(),
                       std::numeric_limits<float>::max(),
                       std::numeric_limits<float>::denorm_min(),
                       -5,
                       0};
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Event event = random_crossing(seed, 30);
    Random random(seed + 1000);
    for (Token& token : event.tokens) {
      for (float* field : {&token.pt_gev, &token.eta, &token.phi, &token.z0_cm, &token.depth}) {
        if (random.chance(0.2)) *field = bad[random.integer(0, std::ssize(bad) - 1)];
      }
    }
    for (const float value : all_numbers(classical_objects(event))) {
      EXPECT_TRUE(std::isfinite(value)) << seed;
    }
  }
}

TEST(Classical, TurningACrossingTurnsItsObjects) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Event event = random_crossing(seed);
    Event turned = event;
    const float angle = 0.37F * static_cast<float>(seed + 1);
    for (Token& token : turned.tokens) token.phi = std::remainder(token.phi + angle, 2 * kPi);
    const ClassicalObjects a = classical_objects(event), b = classical_objects(turned);
    for (size_t i = 0; i < event.tokens.size(); ++i) {
      EXPECT_NEAR(a.puppi.weight[i], b.puppi.weight[i], 1e-4);
    }
    EXPECT_NEAR(a.missing.pt_gev(), b.missing.pt_gev(), 1e-2);
    EXPECT_NEAR(std::remainder(b.missing.phi() - a.missing.phi() - angle, 2 * kPi), 0, 1e-3);
    EXPECT_NEAR(a.raw_missing.pt_gev(), b.raw_missing.pt_gev(), 1e-2);
    EXPECT_NEAR(a.ht.scalar_gev, b.ht.scalar_gev, 1e-2);
    ASSERT_EQ(a.jets.size(), b.jets.size());
    for (size_t i = 0; i < a.jets.size(); ++i) {
      EXPECT_NEAR(a.jets[i].momentum.pt_gev, b.jets[i].momentum.pt_gev, 1e-2);
      EXPECT_NEAR(a.jets[i].mass_gev, b.jets[i].mass_gev, 1e-2);
      EXPECT_EQ(a.jets[i].constituents, b.jets[i].constituents);
    }
  }
}

// Sums of floats are rounded in the order of the tokens, so nothing but rounding may differ.
TEST(Classical, TheOrderOfTokensDoesNotMatter) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Event event = random_crossing(seed);
    Event shuffled = event;
    Random random(seed + 7);
    for (size_t i = shuffled.tokens.size() - 1; i > 0; --i) {
      std::swap(shuffled.tokens[i],
                shuffled.tokens[static_cast<size_t>(random.integer(0, static_cast<int64_t>(i)))]);
    }
    const ClassicalObjects a = classical_objects(event), b = classical_objects(shuffled);
    EXPECT_EQ(a.vertex.z_cm, b.vertex.z_cm);
    EXPECT_EQ(a.vertex.pt_gev, b.vertex.pt_gev);
    EXPECT_NEAR(a.missing.x_gev, b.missing.x_gev, 1e-3);
    EXPECT_NEAR(a.ht.scalar_gev, b.ht.scalar_gev, 1e-3);
    ASSERT_EQ(a.jets.size(), b.jets.size());
    for (size_t i = 0; i < a.jets.size(); ++i) {
      EXPECT_NEAR(a.jets[i].momentum.pt_gev, b.jets[i].momentum.pt_gev, 1e-3);
    }
    ASSERT_EQ(a.electrons.size(), b.electrons.size());
    for (size_t i = 0; i < a.electrons.size(); ++i) {
      EXPECT_EQ(a.electrons[i].momentum, b.electrons[i].momentum);
      EXPECT_NEAR(a.electrons[i].relative_isolation, b.electrons[i].relative_isolation, 1e-4);
    }
  }
}

TEST(Vertex, TheFullestWindowWinsAndIsWeightedWithPt) {
  const std::vector<Token> tokens = {
      {.kind = 0, .pt_gev = 30, .z0_cm = -8.0F},  // alone
      {.kind = 0, .pt_gev = 20, .z0_cm = 2.00F},  // together 40 GeV
      {.kind = 1, .pt_gev = 20, .z0_cm = 2.10F},
      {.kind = 4, .pt_gev = 500, .z0_cm = -8.0F},                 // no track
      {.kind = 0 | kRemainderFlag, .pt_gev = 900, .z0_cm = -8}};  // a remainder
  const Vertex vertex = find_vertex(tokens);
  EXPECT_FLOAT_EQ(vertex.z_cm, 2.05F);
  EXPECT_EQ(vertex.pt_gev, 40);
  EXPECT_EQ(find_vertex(std::span(tokens).subspan(3)).pt_gev, 0);
}

// A track of 400 GeV counts 50 GeV: two honest ones of 30 GeV beat it.
TEST(Vertex, OneMismeasuredTrackCannotWin) {
  const std::vector<Token> tokens = {{.kind = 0, .pt_gev = 400, .z0_cm = -8.0F},
                                     {.kind = 0, .pt_gev = 30, .z0_cm = 2.0F},
                                     {.kind = 0, .pt_gev = 30, .z0_cm = 2.0F}};
  EXPECT_EQ(find_vertex(tokens).z_cm, 2.0F);
}

TEST(Sums, ByHand) {
  const std::vector<Token> tokens = {{.kind = 0, .pt_gev = 30, .phi = 0},
                                     {.kind = 3, .pt_gev = 40, .phi = kPi / 2},
                                     {.kind = 4 | kRemainderFlag, .pt_gev = 10, .phi = kPi}};
  const MissingMomentum raw = raw_missing(tokens);
  EXPECT_NEAR(raw.x_gev, -20, 1e-5);
  EXPECT_NEAR(raw.y_gev, -40, 1e-5);
  EXPECT_NEAR(raw.scalar_gev, 80, 1e-5);
  const MissingMomentum weighted = puppi_missing(tokens, {{1, 0.5F, 0}, {30, 20, 0}});
  EXPECT_NEAR(weighted.pt_gev(), std::hypot(30, 20), 1e-5);
  EXPECT_NEAR(weighted.scalar_gev, 50, 1e-5);
}

TEST(Candidates, IsolationByHand) {
  std::vector<Token> tokens = {
      {.kind = 3, .pt_gev = 50, .eta = 0.1F, .phi = 3.1F, .depth = 0.1F},
      {.kind = 3, .pt_gev = 60, .eta = -2, .phi = 0, .depth = 0.3F},  // a hadron's tower
      {.kind = 0,
       .pt_gev = 4,
       .eta = 0.1F,
       .phi = -3.1F,
       .z0_cm = 0},                                                    // across pi, from the vertex
      {.kind = 0, .pt_gev = 6, .eta = 0.1F, .phi = 3.0F, .z0_cm = 9},  // pile-up
      {.kind = 0, .pt_gev = 7, .eta = 0.5F, .phi = 3.1F, .z0_cm = 0}};  // outside the cone
  const PuppiWeights puppi = puppi_weights(tokens, Vertex{0, 11});
  const auto photons = find_candidates(tokens, puppi, TokenKind::kPhoton);
  ASSERT_EQ(photons.size(), 1U);
  EXPECT_EQ(photons[0].token, 0);
  EXPECT_FLOAT_EQ(photons[0].relative_isolation, 4.0F / 50);
  EXPECT_TRUE(find_candidates(tokens, puppi, TokenKind::kMuon).empty());
}

}  // namespace
}  // namespace trigstone
