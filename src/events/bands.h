// Tables of the detector by ranges: rows {upper edge, value(s)} with rising edges.
#pragma once

#include <array>
#include <cmath>
#include <vector>

namespace trigstone {

// The row whose range holds |value|, or null beyond the last.
template <size_t N>
const std::array<double, N>* find_band(const std::vector<std::array<double, N>>& bands,
                                       double value) {
  for (const auto& band : bands) {
    if (std::fabs(value) <= band[0]) return &band;
  }
  return nullptr;
}

}  // namespace trigstone
