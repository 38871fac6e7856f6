#include "engine/isa.h"

#include <hwy/highway.h>
#include <hwy/targets.h>

#include <array>

namespace trigstone {

namespace {

constexpr std::array kNames = {"portable", "avx2", "avx512", "avx512_vnni"};

bool has_vnni() {
#if HWY_ARCH_X86
  return __builtin_cpu_supports("avx512vnni") != 0;
#else
  return false;
#endif
}

}  // namespace

const char* name_of(Isa isa) { return kNames[static_cast<size_t>(isa)]; }

std::optional<Isa> isa_named(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<Isa>(i);
  }
  return std::nullopt;
}

std::vector<Isa> supported_isas() {
  const int64_t here = hwy::SupportedTargets() & HWY_TARGETS;
  std::vector<Isa> isas = {Isa::kPortable};
  if ((here & HWY_AVX2) != 0) isas.push_back(Isa::kAvx2);
  if ((here & HWY_AVX3) != 0) isas.push_back(Isa::kAvx512);
  if ((here & HWY_AVX3) != 0 && has_vnni()) isas.push_back(Isa::kAvx512Vnni);
  return isas;
}

Isa best_isa() { return supported_isas().back(); }

}  // namespace trigstone
