#include "physics/sums.h"

#include <cmath>

#include "base/error.h"

namespace trigstone {

namespace {

void add(MissingMomentum& sum, float pt_gev, float phi) {
  sum.x_gev -= pt_gev * std::cos(phi);
  sum.y_gev -= pt_gev * std::sin(phi);
  sum.scalar_gev += pt_gev;
}

}  // namespace

MissingMomentum raw_missing(std::span<const Token> tokens) {
  MissingMomentum sum;
  for (const Token& token : tokens) {
    const PtEtaPhi momentum = momentum_of(token);
    if (momentum.pt_gev > 0) add(sum, momentum.pt_gev, momentum.phi);
  }
  return sum;
}

MissingMomentum puppi_missing(std::span<const Token> tokens, const PuppiWeights& puppi) {
  ensure(puppi.pt_gev.size() == tokens.size(), "one PUPPI weight a token");
  MissingMomentum sum;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (puppi.pt_gev[i] > 0) add(sum, puppi.pt_gev[i], momentum_of(tokens[i]).phi);
  }
  return sum;
}

MissingMomentum missing_of(std::span<const PtEtaPhi> momenta) {
  MissingMomentum sum;
  for (const PtEtaPhi& momentum : momenta) add(sum, momentum.pt_gev, momentum.phi);
  return sum;
}

}  // namespace trigstone
