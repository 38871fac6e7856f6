#include "emit/verilog_wire.h"

#include <algorithm>

#include "base/error.h"

namespace trigstone {

std::string verilog_literal(int64_t value, int bits) {
  if (value >= 0) return fmt::format("{}'d{}", bits, value);
  return fmt::format("-{}'sd{}", bits, -static_cast<uint64_t>(value));
}

std::string verilog_range(int64_t bits) {
  return bits == 1 ? "" : fmt::format("[{}:0] ", bits - 1);
}

VerilogWire::VerilogWire(std::string name, int64_t bits, bool is_signed)
    : name_(std::move(name)),
      bits_(bits),
      is_signed_(is_signed),
      read_(static_cast<size_t>(bits)) {}

std::string VerilogWire::text_of(int64_t low, int64_t count) const {
  if (count == bits_) return name_;
  if (count == 1) return fmt::format("{}[{}]", name_, low);
  return fmt::format("{}[{}:{}]", name_, low + count - 1, low);
}

std::string VerilogWire::slice(int64_t low, int64_t count) {
  ensure(low >= 0 && count > 0 && low + count <= bits_, "slice outside of a wire");
  std::fill_n(read_.begin() + low, count, true);
  return text_of(low, count);
}

std::string VerilogWire::extended(int64_t low, int64_t count) {
  const int64_t inside = std::clamp<int64_t>(bits_ - low, 0, count);
  const int64_t above = count - inside;
  if (above == 0) return slice(low, count);
  std::string pad = fmt::format("{}'d0", above);
  if (is_signed_) {
    const std::string sign = slice(bits_ - 1, 1);
    pad = above == 1 ? sign : fmt::format("{{{}{{{}}}}}", above, sign);
  }
  return inside == 0 ? pad : fmt::format("{{{}, {}}}", pad, slice(low, inside));
}

std::vector<std::string> VerilogWire::unread() const {
  std::vector<std::string> slices;
  for (int64_t low = 0; low < bits_;) {
    int64_t end = low;
    while (end < bits_ && !read_[static_cast<size_t>(end)]) ++end;
    if (end > low) slices.push_back(text_of(low, end - low));
    low = std::max(end, low + 1);
  }
  return slices;
}

}  // namespace trigstone
