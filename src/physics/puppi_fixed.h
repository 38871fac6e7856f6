// Linearised PUPPI in the integers of the Level-1 correlator: what firmware computes, where
// puppi.h is the formula.
//
// Units (CMSSW L1Trigger/Phase2L1ParticleFlow, datatypes.h and linpuppi_bits.h): pT 0.25 GeV in 14
// bits, eta and phi pi/720, z0 0.05 cm, weight 1/256; the sum S carries 15 fraction bits, alpha 5,
// its slope 5, the slope of pT 6 and the discriminator x2 6. log2 comes from a table of 10 bits
// after shifts, and each product is cut off (TRN) where linpuppi_ref.cpp assigns it. What differs
// from that emulator: regions without borders, as in puppi.h, and no overflow of sums (64 bits).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "physics/puppi.h"

namespace trigstone {

// One entry a token, in the order of the tokens.
struct FixedPuppiWeights {
  std::vector<int32_t> weight;  // 0..256, in 1/256
  std::vector<int32_t> pt;      // in 0.25 GeV; 0 below the region's cut
  bool operator==(const FixedPuppiWeights&) const = default;
};

inline constexpr double kFixedPtStepGev = 0.25;
inline constexpr int kFixedWeightOne = 256;

// Sums are of integers: the result of a token does not depend on the order of the tokens.
FixedPuppiWeights puppi_fixed(std::span<const Token> tokens, const Vertex& vertex,
                              const PuppiConfig& config = {});

// The same as real numbers, for everything that takes PuppiWeights.
PuppiWeights to_real(const FixedPuppiWeights& fixed);

}  // namespace trigstone
