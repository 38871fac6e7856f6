// Wires and the bits that are read of them.
//
// Verilator reports every bit of every wire that nobody reads. A slice is counted when it is
// written, so at the end a module knows which bits are left and ties them to one `unused` wire.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netlist/netlist.h"

namespace trigstone {

// "8'd3", "-8'sd3": a constant of `bits` bits.
std::string verilog_literal(int64_t value, int bits);
// "[7:0] ", or "" for one bit.
std::string verilog_range(int64_t bits);

// A named vector of the module that is being written.
class VerilogWire {
 public:
  VerilogWire() = default;
  VerilogWire(std::string name, int64_t bits, bool is_signed);

  const std::string& name() const { return name_; }
  int64_t bits() const { return bits_; }
  bool is_signed() const { return is_signed_; }

  // Text of bits [low, low + count), which must exist.
  std::string slice(int64_t low, int64_t count);
  // Text of bits [low, low + count) of the number that the wire carries, sign or zeros above it.
  std::string extended(int64_t low, int64_t count);
  // Texts of the slices that were never read.
  std::vector<std::string> unread() const;

 private:
  std::string text_of(int64_t low, int64_t count) const;
  std::string name_;
  int64_t bits_ = 0;
  bool is_signed_ = false;
  std::vector<bool> read_;
};

}  // namespace trigstone
