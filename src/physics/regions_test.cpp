// The geometry of the correlator's regions, their limits, and what leaves them.
#include "physics/regions.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "events/solenoid.h"
#include "physics/physics_testing.h"
#include "physics/puppi_fixed.h"

namespace trigstone {
namespace {

TEST(Regions, AreThoseOfTheFirmware) {
  const auto& regions = correlator_regions();
  ASSERT_EQ(regions.size(), 108U);
  std::map<RegionKind, int> kinds;
  int candidates = 0;
  for (const Region& region : regions) {
    ++kinds[region.kind];
    candidates += region.limits.candidates;
    EXPECT_EQ(region.phi_half_width, 80);
    EXPECT_EQ(region.eta_extra, 57);  // 0.25
    // What a region sees fits ten bits.
    EXPECT_LE(region.eta_half_width + region.eta_extra, 511);
  }
  EXPECT_EQ(kinds, (std::map<RegionKind, int>{{RegionKind::kBarrel, 54},
                                              {RegionKind::kEndcap, 18},
                                              {RegionKind::kEndcapNoTracks, 18},
                                              {RegionKind::kForward, 18}}));
  EXPECT_EQ(candidates, 1692);
  // -1.5 is -343.8 steps, -1 is -229.2: even neighbours -344 and -230.
  EXPECT_EQ(regions[0].eta_centre, -287);
  EXPECT_EQ(regions[0].eta_half_width, 57);
  EXPECT_EQ(regions[1].phi_centre, 160);
  EXPECT_EQ(regions[5].phi_centre, -640);
}

TEST(Regions, EveryDirectionHasOneOwner) {
  const auto& regions = correlator_regions();
  for (int eta = -1259; eta <= 1260; eta += 3) {
    for (int phi = -719; phi <= 720; phi += 7) {
      int owners = 0;
      for (const Region& region : regions) {
        const int local_eta = region.local_eta(eta), local_phi = region.local_phi(phi);
        if (!region.owns(local_eta, local_phi)) continue;
        ++owners;
        EXPECT_TRUE(region.sees(local_eta, local_phi));
        EXPECT_EQ(region.global_eta(local_eta), eta);
        EXPECT_EQ(region.global_phi(local_phi), phi);
      }
      ASSERT_EQ(owners, 1) << eta << " " << phi;
    }
  }
}

// Border at phi slice 0/1: 80 steps (0.349). A photon at 0.3 is seen by slices 0 and 1, one at 0 by
// slice 0 alone; in the barrel at eta 0.25 one ring and, by overlap, its neighbours.
TEST(Regions, NeighboursOverlapByAQuarter) {
  const std::vector<Token> tokens = {{.kind = 3, .pt_gev = 20, .eta = 0.26F, .phi = 0.3F},
                                     {.kind = 3, .pt_gev = 30, .eta = 0.25F, .phi = 0.0F}};
  const auto inputs = region_inputs(tokens);
  const size_t ring = 27;  // 0 to 0.5
  EXPECT_EQ(inputs[ring].em_clusters, (std::vector<int>{1, 0}));
  EXPECT_EQ(inputs[ring + 1].em_clusters, (std::vector<int>{0}));
  EXPECT_TRUE(inputs[ring + 8].em_clusters.empty());
  EXPECT_EQ(inputs[ring + 9].em_clusters, (std::vector<int>{1, 0}));  // from 0.5 on, sees 0.25
  EXPECT_TRUE(inputs[ring].clusters.empty());
}

TEST(Regions, InputsAreSortedAndCut) {
  std::vector<Token> tokens;
  for (int i = 0; i < 40; ++i) {
    tokens.push_back({.kind = 0, .pt_gev = 3.0F + static_cast<float>(i % 20), .charge = 1});
    tokens.push_back({.kind = 4, .pt_gev = 2.0F + static_cast<float>(i)});
  }
  tokens.push_back({.kind = 2, .pt_gev = 50, .charge = -1});
  tokens.push_back({.kind = 4 | kRemainderFlag, .pt_gev = 500});
  const auto inputs = region_inputs(tokens);
  const RegionInputs& own = inputs[18];  // -0.5 to 0 owns eta 0
  ASSERT_EQ(own.tracks.size(), 25U);
  ASSERT_EQ(own.clusters.size(), 18U);
  EXPECT_TRUE(own.muons.empty());  // tracker muons are tracks
  EXPECT_EQ(own.tracks[0], 80);
  EXPECT_EQ(own.tracks[1], 38);  // 22 GeV; its twin is 78: equal ones keep their order
  EXPECT_EQ(own.tracks[2], 78);
  EXPECT_EQ(own.clusters[0], 79);
  for (size_t i = 1; i < own.clusters.size(); ++i) {
    EXPECT_LT(own.clusters[i], own.clusters[i - 1]);
  }
}

// Two stand-alone muons a region in the barrel, four in the endcap: the hardest, equal ones in
// order.
TEST(Regions, MuonsAreThoseOfTheMuonSystem) {
  std::vector<StandaloneMuon> muons;
  for (const float pt_gev : {30.0F, 50.0F, 50.1F, 40.0F, 70.0F}) {
    for (const float eta : {0.25F, -2.0F}) {
      muons.push_back({.pt_gev = pt_gev, .eta = eta, .phi = 0.01F, .z0_cm = 1, .charge = 1});
    }
  }
  muons[8].pt_gev = NAN;
  const auto inputs = region_inputs({}, muons);
  EXPECT_EQ(inputs[27].muons, (std::vector<int>{2, 4}));  // 50.1 is 50 in quarters of a GeV
  EXPECT_EQ(inputs[54].muons, (std::vector<int>{9, 3, 5, 7}));
  EXPECT_TRUE(inputs[31].muons.empty() && inputs[72].muons.empty());
  const Region& region = correlator_regions()[27];
  const RegionMuonWord word = region_muon_word({.pt_gev = 5,
                                                .eta = 0.25F,
                                                .phi = 0.01F,
                                                .z0_cm = -3,
                                                .d0_cm = -4,
                                                .charge = -1,
                                                .quality = 12},
                                               region);
  const CalorimeterEntry entry =
      propagate({.pt_gev = 5, .eta = 0.25F, .phi = 0.01F, .charge = -1}, std::sinh(0.25F), -3, {});
  EXPECT_EQ(word.phi, std::lround(entry.phi / kCorrelatorAngleStep));
  EXPECT_EQ(word.eta + region.eta_centre, std::lround(entry.eta / kCorrelatorAngleStep));
  EXPECT_FALSE(word.positive);
  EXPECT_EQ(word.z0, -60);
  EXPECT_EQ(word.dxy, 128U);  // sqrt(4) in steps of 1/64
  EXPECT_EQ(word.quality, 6U);
  EXPECT_EQ(unpack<RegionMuonWord>(pack(word)), word);
}

// A track is placed where it meets the calorimeter: 2 GeV bend by 0.37 there.
TEST(Regions, TracksAreBent) {
  const Token track{
      .kind = 0, .quality = 5, .pt_gev = 2, .eta = 0.1F, .phi = 0, .z0_cm = 1, .charge = 1};
  const Region& region = correlator_regions()[27];
  const RegionTrackWord word = region_track_word(track, region);
  const Particle particle{.pt_gev = 2, .eta = 0.1F, .charge = 1};
  const CalorimeterEntry entry = propagate(particle, std::sinh(0.1F), 1, {});
  EXPECT_EQ(word.phi, std::lround(entry.phi / kCorrelatorAngleStep));
  EXPECT_EQ(word.delta_phi, static_cast<uint32_t>(-word.phi));
  EXPECT_EQ(word.eta + word.delta_eta + region.eta_centre, std::lround(0.1 / kCorrelatorAngleStep));
  EXPECT_TRUE(word.positive);
  EXPECT_EQ(word.pt, 8U);
  EXPECT_EQ(unpack<RegionTrackWord>(pack(word)), word);
  // In the lowest-phi half of a slice it moves on to the neighbour's own part.
  EXPECT_TRUE(correlator_regions()[35].sees(word.eta, word.phi + 160));
}

// Few tokens, none near a border: the regions give what the whole detector gives.
TEST(Regions, CandidatesAreThoseOfTheWholeDetector) {
  const std::vector<Token> tokens = {
      {.kind = 0, .quality = 5, .pt_gev = 20, .eta = 0.25F, .phi = 0.02F, .z0_cm = 1, .charge = 1},
      {.kind = 4, .pt_gev = 10, .eta = 0.28F, .phi = 0.02F},
      {.kind = 3, .pt_gev = 25, .eta = -2.0F, .phi = 2.1F},
      {.kind = 4, .pt_gev = 90, .eta = 4.0F, .phi = -2.1F},
      {.kind = 0, .pt_gev = 9, .eta = 0.25F, .phi = 1.4F, .z0_cm = 9, .charge = -1}};
  const Vertex vertex{1, 20};
  const FixedPuppiWeights whole = puppi_fixed(tokens, vertex);
  std::multiset<uint32_t> expected, found;
  for (const int32_t pt : whole.pt) {
    if (pt > 0) expected.insert(static_cast<uint32_t>(pt));
  }
  for (const auto& own : region_candidates(tokens, vertex)) {
    for (const PuppiWord& word : own) found.insert(word.pt);
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(expected.size(), 4U);
}

// On real crossings: limits hold, order holds, nothing is counted twice, and almost nothing is
// lost.
TEST(Regions, CandidatesOfCrossings) {
  double whole_pt = 0, region_pt = 0;
  for (const Event& event : sample_crossings(Process::kTopPairs, 20)) {
    const Vertex vertex = find_vertex(event.tokens);
    for (const int32_t pt : puppi_fixed(event.tokens, vertex).pt) whole_pt += pt;
    const auto candidates = region_candidates(event.tokens, vertex);
    for (size_t r = 0; r < candidates.size(); ++r) {
      EXPECT_LE(candidates[r].size(),
                static_cast<size_t>(correlator_regions()[r].limits.candidates));
      for (size_t i = 0; i < candidates[r].size(); ++i) {
        region_pt += candidates[r][i].pt;
        if (i > 0) {
          EXPECT_LE(candidates[r][i].pt, candidates[r][i - 1].pt);
        }
        EXPECT_EQ(unpack_puppi(pack_puppi(candidates[r][i])), candidates[r][i]);
      }
    }
  }
  EXPECT_NEAR(region_pt / whole_pt, 1, 0.02);
}

}  // namespace
}  // namespace trigstone
