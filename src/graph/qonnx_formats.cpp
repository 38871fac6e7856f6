#include "graph/qonnx_formats.h"

#include <cmath>

#include "base/error.h"

namespace trigstone {

std::optional<std::string> qonnx_rounding(Rounding rounding) {
  switch (rounding) {
    case Rounding::kRND_CONV:
      return "ROUND";
    case Rounding::kTRN:
      return "FLOOR";
    case Rounding::kTRN_ZERO:
      return "ROUND_TO_ZERO";
    case Rounding::kRND_INF:
      return "HALF_UP";
    case Rounding::kRND_ZERO:
      return "HALF_DOWN";
    case Rounding::kRND:
    case Rounding::kRND_MIN_INF:
      return std::nullopt;
  }
  internal_error("unknown rounding mode");
}

bool qonnx_expresses(const FormatMap& map) {
  const Format& first = map.formats.front();
  const bool narrow = first.overflow == Overflow::kSAT_SYM;
  for (const Format& format : map.formats) {
    const bool same = format.rounding == first.rounding && format.overflow == first.overflow &&
                      format.is_signed == first.is_signed;
    const bool has_scale = std::abs(format.fraction_bits()) <= 120;  // a float32 power of two
    if (!same || !has_scale || (narrow && format.width_bits == 1)) return false;
  }
  return qonnx_rounding(first.rounding) &&
         (first.overflow == Overflow::kSAT || (narrow && first.is_signed));
}

}  // namespace trigstone
