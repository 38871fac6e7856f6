// Instruction sets: each kernel is compiled once for each, and chosen when an engine is made.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace trigstone {

enum class Isa {
  kPortable,    // what every processor of the build's architecture has
  kAvx2,        // AVX2, FMA, BMI2
  kAvx512,      // AVX-512 F, BW, CD, DQ, VL
  kAvx512Vnni,  // the same and VNNI (Cascade Lake, Zen 4 and later)
};

const char* name_of(Isa isa);  // "avx512_vnni"
std::optional<Isa> isa_named(std::string_view name);
// Those that this processor executes, slowest first; portable is always among them.
std::vector<Isa> supported_isas();
Isa best_isa();

}  // namespace trigstone
