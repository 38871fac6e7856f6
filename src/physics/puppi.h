// Linearised PUPPI, the pile-up weight of the Level-1 correlator, in floating point.
//
// Charged tokens are kept when they point to the primary vertex (muons always). A neutral token
// gets
//   S  = sum min(pT_i, ptMax)^2 / max(dR_i, dRmin)^2  over neighbours i with dR_i <= 0.3
//   x2 = clamp(alphaSlope (ln S - alphaZero), +-alphaCrop) + ptSlope (pT - ptZero) - prior
//   w  = 1 / (1 + exp(-x2)),  pT' = w pT,  kept when pT' >= ptCut
// where the neighbours are tracks of the vertex inside the tracker (|eta| < 2.5) and the other
// neutral tokens beyond.
//
// Source of algorithm and numbers: CMSSW L1Trigger/Phase2L1ParticleFlow, linpuppi_ref.cpp and
// l1ctLayer1_cff.py. What differs here: tokens stand for particle-flow candidates, regions have no
// borders and no limit on candidates, and the numbers are not tuned to this detector response.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "events/event.h"
#include "physics/vertex.h"

namespace trigstone {

// Numbers of one range of |eta|. Pairs hold the value for hadrons and for photons.
struct PuppiRegion {
  float eta_max = 0;  // the region ends here; it begins where the one before ends
  bool has_tracks = false;
  float dz_cm = 0;  // largest |z0 - vertex| of a charged token that is kept
  float dr_min = 0, pt_max_gev = 0, pt_cut_gev = 0;
  std::array<float, 2> pt_slope = {}, pt_zero_gev = {};
  float alpha_slope = 0, alpha_zero = 0, alpha_crop = 0;
  std::array<float, 2> prior = {};
};

struct PuppiConfig {
  float cone = 0.3F;
  std::array<PuppiRegion, 5> regions = {{
      // eta  trk    dz   dRmin ptMax cut  slope n/g     zero n/g  aSlope aZero aCrop prior n/g
      {1.5F, true, 0.5F, 0.07F, 50, 1, {0.3F, 0.3F}, {4, 2.5F}, 0.7F, 6, 4, {5, 1}},
      {2.0F, true, 1.33F, 0.04F, 50, 1, {0.3F, 0.4F}, {5, 3}, 1.5F, 6, 3, {5, 1.5F}},
      {2.5F, true, 1.33F, 0.04F, 50, 2, {0.3F, 0.4F}, {7, 4}, 1.5F, 6, 3, {5, 1.5F}},
      {3.0F, false, 1.33F, 0.04F, 50, 4, {0.3F, 0.4F}, {9, 5}, 2.2F, 9, 4, {7, 5}},
      {10.F, false, 1.33F, 0.1F, 100, 10, {0.25F, 0.25F}, {14, 14}, 0.6F, 9, 4, {6, 6}},
  }};
};
// The region that holds `eta`; beyond the last one the last.
size_t puppi_region(const PuppiConfig& config, float eta);

// One entry a token, in the order of the tokens.
struct PuppiWeights {
  std::vector<float> weight;  // 0..1; 0 for remainders and for what momentum_of refuses
  std::vector<float> pt_gev;  // weight * pT, or 0 below the region's cut
};

// Every result is finite. Tokens may come in any order (sums are rounded in that order).
PuppiWeights puppi_weights(std::span<const Token> tokens, const Vertex& vertex,
                           const PuppiConfig& config = {});
// The same with the vertex that find_vertex finds: what a trigger has.
PuppiWeights puppi_weights(std::span<const Token> tokens);

}  // namespace trigstone
