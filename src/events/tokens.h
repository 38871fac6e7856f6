// Choosing the tokens that an event keeps.
#pragma once

#include <vector>

#include "events/event.h"

namespace trigstone {

// What keeps a token from the remainder.
struct TokenCut {
  int max_tokens = 128;
  // Calorimeter tokens beyond `forward_eta` below this pT go into the remainder: at 200 collisions
  // every forward tower holds 5 to 8 GeV of pile-up, which would fill the list.
  double forward_eta = 2.9682, forward_pt_min_gev = 0;
};

// Sorts by falling pT (ties by kind, eta, phi: the order never depends on the input order), keeps
// what the cut allows and appends one remainder token per kind that lost some. A remainder carries
// the vector sum of what it replaces, so the sum over all tokens is that before the cut.
std::vector<Token> select_tokens(std::vector<Token> tokens, const TokenCut& cut);

// Sum of the transverse momenta of tokens, in GeV.
struct TransverseSum {
  double x_gev = 0, y_gev = 0, z_gev = 0, scalar_gev = 0;
};
TransverseSum sum_tokens(const std::vector<Token>& tokens);

}  // namespace trigstone
