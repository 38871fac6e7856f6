// Sums over a crossing: missing transverse momentum and scalar sums.
#pragma once

#include <span>

#include "events/event.h"
#include "physics/kinematics.h"
#include "physics/puppi.h"

namespace trigstone {

// Missing momentum (minus the vector sum) and the scalar sum of pT, in GeV.
struct MissingMomentum {
  double x_gev = 0, y_gev = 0, scalar_gev = 0;

  double pt_gev() const { return std::hypot(x_gev, y_gev); }
  double phi() const { return std::atan2(y_gev, x_gev); }
};

// Of all tokens, remainders included: the whole crossing, pile-up and all.
MissingMomentum raw_missing(std::span<const Token> tokens);
// Of the tokens' PUPPI momenta. `puppi` has one entry a token.
MissingMomentum puppi_missing(std::span<const Token> tokens, const PuppiWeights& puppi);
// Of a list of momenta, such as jets: HT is the scalar sum, MHT the missing momentum.
MissingMomentum missing_of(std::span<const PtEtaPhi> momenta);

}  // namespace trigstone
