// Choosing the tokens that an event keeps.
#pragma once

#include <vector>

#include "events/event.h"

namespace trigstone {

// Sorts by falling pT (ties by kind, eta, phi: the order never depends on the input order), keeps
// the first `max_tokens` and appends one remainder token per kind that lost some. A remainder
// carries the vector sum of what it replaces, so the sum over all tokens is that before the cut.
std::vector<Token> select_tokens(std::vector<Token> tokens, int max_tokens);

// Sum of the transverse momenta of tokens, in GeV.
struct TransverseSum {
  double x_gev = 0, y_gev = 0, z_gev = 0, scalar_gev = 0;
};
TransverseSum sum_tokens(const std::vector<Token>& tokens);

}  // namespace trigstone
