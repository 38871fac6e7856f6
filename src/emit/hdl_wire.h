// Wires and the bits that are read of them.
//
// Verilator reports every bit of every wire that nobody reads. A slice is counted when it is
// written, so at the end a module knows which bits are left and ties them to one `unused` wire.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emit/hdl_dialect.h"

namespace trigstone {

// A named vector of the module that is being written.
class HdlWire {
 public:
  HdlWire() = default;
  HdlWire(std::string name, int64_t bits, HdlType type);

  const HdlVector& vector() const { return vector_; }
  const std::string& name() const { return vector_.name; }
  int64_t bits() const { return vector_.bits; }

  // Bits [low, low + count), which must exist.
  HdlExpr slice(const HdlDialect& dialect, int64_t low, int64_t count);
  // Bits [low, low + count) of the number that the wire carries, sign or zeros above it.
  HdlExpr extended(const HdlDialect& dialect, int64_t low, int64_t count);
  // Bit `bit` as a condition.
  std::string truth(const HdlDialect& dialect, int64_t bit);
  // Texts of the slices that were never read.
  std::vector<std::string> unread(const HdlDialect& dialect) const;

 private:
  void mark(int64_t low, int64_t count);
  HdlVector vector_;
  std::vector<bool> read_;
};

}  // namespace trigstone
