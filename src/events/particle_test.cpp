#include "events/particle.h"

#include <gtest/gtest.h>

namespace trigstone {
namespace {

TEST(Particle, ChargesFollowThePdgNumberingScheme) {
  const std::pair<int, int> expected[] = {
      {22, 0},         {11, -3},        {-11, 3},          {13, -3},  {12, 0},    {211, 3},
      {-211, -3},      {111, 0},        {321, 3},          {130, 0},  {310, 0},   {311, 0},
      {411, 3},        {421, 0},        {431, 3},          {511, 0},  {521, 3},   {-521, -3},
      {2212, 3},       {-2212, -3},     {2112, 0},         {3122, 0}, {3112, -3}, {3222, 3},
      {3312, -3},      {3334, -3},      {2224, 6},         {24, 3},   {2, 2},     {1, -1},
      {1000010020, 3}, {1000020040, 6}, {-1000020040, -6}, {99, 0}};
  for (const auto& [pdg, charge] : expected) EXPECT_EQ(charge_times_three(pdg), charge) << pdg;
}

TEST(Particle, ClassesAreThoseOfTheCalorimeterCard) {
  EXPECT_EQ(classify_particle(22), ParticleClass::kPhoton);
  EXPECT_EQ(classify_particle(-11), ParticleClass::kElectron);
  EXPECT_EQ(classify_particle(13), ParticleClass::kMuon);
  EXPECT_EQ(classify_particle(-211), ParticleClass::kChargedHadron);
  EXPECT_EQ(classify_particle(2112), ParticleClass::kNeutralHadron);
  EXPECT_EQ(classify_particle(130), ParticleClass::kNeutralHadron);
  EXPECT_EQ(classify_particle(310), ParticleClass::kStrange);
  EXPECT_EQ(classify_particle(-3122), ParticleClass::kStrange);
  for (const int neutrino : {12, -14, 16}) {
    EXPECT_TRUE(is_neutrino(neutrino));
    EXPECT_EQ(classify_particle(neutrino), ParticleClass::kInvisible);
  }
  EXPECT_EQ(classify_particle(1000022), ParticleClass::kInvisible);  // a neutralino
}

}  // namespace
}  // namespace trigstone
