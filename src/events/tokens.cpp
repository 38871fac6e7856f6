#include "events/tokens.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

// An integer that rises as a float falls, whatever its sign.
uint32_t falling_key(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t rising = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  return ~rising;
}

// Places of the tokens by falling pT (ties by kind, eta, phi). Thousands of tokens are sorted for a
// crossing: by digits of their bits, which has no branch to guess wrong.
std::vector<uint32_t> by_falling_pt(const std::vector<Token>& tokens) {
  constexpr int kDigitBits = 11, kDigits = 3;
  constexpr size_t kValues = size_t{1} << kDigitBits;
  const size_t size = tokens.size();
  std::vector<uint64_t> keys(size), moved(size);
  for (size_t i = 0; i < size; ++i) {
    keys[i] = uint64_t{falling_key(tokens[i].pt_gev)} << 32 | i;
  }
  for (int digit = 0; digit < kDigits; ++digit) {
    const int shift = 32 + kDigitBits * digit;
    const auto digit_of = [&](uint64_t key) { return key >> shift & (kValues - 1); };
    std::array<uint32_t, kValues + 1> begin{};
    for (const uint64_t key : keys) ++begin[digit_of(key) + 1];
    for (size_t value = 1; value <= kValues; ++value) begin[value] += begin[value - 1];
    for (const uint64_t key : keys) moved[begin[digit_of(key)]++] = key;
    keys.swap(moved);
  }
  std::vector<uint32_t> places(size);
  for (size_t i = 0; i < size; ++i) places[i] = static_cast<uint32_t>(keys[i]);
  for (size_t first = 0, last = 0; first < size; first = last) {
    for (last = first + 1; last < size && keys[last] >> 32 == keys[first] >> 32;) ++last;
    if (last - first == 1) continue;
    const auto at = [&](size_t i) { return places.begin() + static_cast<std::ptrdiff_t>(i); };
    std::sort(at(first), at(last), [&](uint32_t a, uint32_t b) {
      const Token &x = tokens[a], &y = tokens[b];
      return std::tie(x.kind, x.eta, x.phi) < std::tie(y.kind, y.eta, y.phi);
    });
  }
  return places;
}

}  // namespace

std::vector<Token> select_tokens(std::vector<Token> tokens, const TokenCut& cut) {
  std::array<Remainder, kTokenKinds> sums;
  std::vector<Token> kept;
  kept.reserve(static_cast<size_t>(cut.max_tokens) + kTokenKinds);
  for (const uint32_t place : by_falling_pt(tokens)) {
    const Token& token = tokens[place];
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
