#include "emit/hdl_wire.h"

#include <algorithm>

#include "base/error.h"

namespace trigstone {

HdlWire::HdlWire(std::string name, int64_t bits, HdlType type)
    : vector_{std::move(name), bits, type, false}, read_(static_cast<size_t>(bits)) {}

void HdlWire::mark(int64_t low, int64_t count) {
  ensure(low >= 0 && count > 0 && low + count <= bits(), "slice outside of a wire");
  std::fill_n(read_.begin() + low, count, true);
}

HdlExpr HdlWire::slice(const HdlDialect& dialect, int64_t low, int64_t count) {
  mark(low, count);
  return dialect.slice(vector_, low, count);
}

HdlExpr HdlWire::extended(const HdlDialect& dialect, int64_t low, int64_t count) {
  const int64_t inside = std::clamp<int64_t>(bits() - low, 0, count);
  if (inside == count) return slice(dialect, low, count);
  HdlExpr kept{"", vector_.type, 0};
  HdlExpr sign;
  if (vector_.type == HdlType::kSigned) sign = slice(dialect, bits() - 1, 1);
  if (inside > 0) kept = slice(dialect, low, inside);
  return dialect.padded(kept, sign, count);
}

std::string HdlWire::truth(const HdlDialect& dialect, int64_t bit) {
  mark(bit, 1);
  return dialect.truth(vector_, bit);
}

std::vector<std::string> HdlWire::unread(const HdlDialect& dialect) const {
  std::vector<std::string> slices;
  for (int64_t low = 0; low < bits();) {
    int64_t end = low;
    while (end < bits() && !read_[static_cast<size_t>(end)]) ++end;
    if (end > low) slices.push_back(dialect.slice(vector_, low, end - low).text);
    low = std::max(end, low + 1);
  }
  return slices;
}

}  // namespace trigstone
