#include "events/tokens.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace trigstone {

namespace {

struct Remainder {
  double x_gev = 0, y_gev = 0, z_gev = 0, scalar_gev = 0, depth_gev = 0, hard_gev = 0;
};

void add(Remainder& sum, const Token& token) {
  const double pt_gev = token.pt_gev;
  sum.x_gev += pt_gev * std::cos(double{token.phi});
  sum.y_gev += pt_gev * std::sin(double{token.phi});
  sum.z_gev += pt_gev * std::sinh(double{token.eta});
  sum.scalar_gev += pt_gev;
  sum.depth_gev += pt_gev * token.depth;
  if (token.is_pileup == 0) sum.hard_gev += pt_gev;
}

Token remainder_token(int kind, const Remainder& sum) {
  Token token;
  token.kind = static_cast<int8_t>(kind | kRemainderFlag);
  const double pt_gev = std::hypot(sum.x_gev, sum.y_gev);
  token.pt_gev = static_cast<float>(pt_gev);
  token.phi = static_cast<float>(std::atan2(sum.y_gev, sum.x_gev));
  token.eta = pt_gev > 0 ? static_cast<float>(std::asinh(sum.z_gev / pt_gev)) : 0.0F;
  token.depth = static_cast<float>(sum.depth_gev / sum.scalar_gev);
  token.is_pileup = sum.hard_gev < 0.5 * sum.scalar_gev ? 1 : 0;
  return token;
}

}  // namespace

std::vector<Token> select_tokens(std::vector<Token> tokens, const TokenCut& cut) {
  std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) {
    return std::tie(b.pt_gev, a.kind, a.eta, a.phi) < std::tie(a.pt_gev, b.kind, b.eta, b.phi);
  });
  std::array<Remainder, kTokenKinds> sums;
  std::vector<Token> kept;
  for (const Token& token : tokens) {
    const bool forward =
        std::fabs(token.eta) > cut.forward_eta && token.pt_gev < cut.forward_pt_min_gev;
    if (!forward && kept.size() < static_cast<size_t>(cut.max_tokens)) {
      kept.push_back(token);
    } else {
      add(sums[static_cast<size_t>(token.token_kind())], token);
    }
  }
  for (int kind = 0; kind < kTokenKinds; ++kind) {
    const Remainder& sum = sums[static_cast<size_t>(kind)];
    if (sum.scalar_gev > 0) kept.push_back(remainder_token(kind, sum));
  }
  return kept;
}

TransverseSum sum_tokens(const std::vector<Token>& tokens) {
  Remainder sum;
  for (const Token& token : tokens) add(sum, token);
  return {sum.x_gev, sum.y_gev, sum.z_gev, sum.scalar_gev};
}

}  // namespace trigstone
