// The kernels: what executes the steps of a plan, once for each instruction set.
#pragma once

#include <hwy/detect_targets.h>

#include "engine/engine.h"
#include "engine/isa.h"
#include "engine/plan.h"

namespace trigstone::engine {

// Memory of one tile of kLanes events. Both are aligned to kUnitBytes.
struct Memory {
  uint8_t* arena = nullptr;
  uint8_t* scratch = nullptr;

  uint8_t* at(Row row) const { return arena + static_cast<int64_t>(row) * kUnitBytes; }
};

// What one tile's input brought.
struct InputReport {
  int64_t outside = 0;     // reals outside the format, NaN and infinities among them
  int64_t no_numbers = 0;  // NaN and infinities
  int64_t bad_element =
      -1;  // first mantissa outside the format, counted from the tile's first event
};

struct Kernels {
  void (*elementwise)(const ElementwiseStep&, const Memory&);
  void (*linear)(const LinearStep&, const Memory&);
  void (*matmul)(const MatMulStep&, const Memory&);
  void (*reduce)(const ReduceStep&, const Memory&);
  void (*sort)(const SortStep&, const Memory&);
  void (*trees)(const TreeStep&, const Memory&);
  // Events [0, events) at `data`, row-major, into rows; events <= kLanes, the other lanes become 0.
  void (*load)(const PortPlan&, NumberType, const void* data, int64_t events, const Memory&,
               InputReport*);
  void (*store)(const PortPlan&, NumberType, void* data, int64_t events, const Memory&);
  // Products of 8-bit integers summed a second by one core that does nothing else, from registers.
  double (*int8_peak)(double seconds);
};

const Kernels& kernels_for(Isa isa);

// Scratch bytes that load and store need for a port.
int64_t transfer_scratch_bytes(const PortPlan& port);

// Each kernel's function for an instruction set; defined beside it.
decltype(Kernels::elementwise) elementwise_kernel(Isa isa);
decltype(Kernels::linear) linear_kernel(Isa isa);
decltype(Kernels::matmul) matmul_kernel(Isa isa);
decltype(Kernels::reduce) reduce_kernel(Isa isa);
decltype(Kernels::sort) sort_kernel(Isa isa);
decltype(Kernels::trees) trees_kernel(Isa isa);
decltype(Kernels::load) load_kernel(Isa isa);
decltype(Kernels::store) store_kernel(Isa isa);
decltype(Kernels::int8_peak) int8_peak_kernel(Isa isa);

// The versions of `function` that were compiled, by instruction set; for use in HWY_ONCE sections.
#if HWY_TARGETS & HWY_AVX2
#define TRIGSTONE_AVX2(function) N_AVX2::function
#else
#define TRIGSTONE_AVX2(function) HWY_STATIC_DISPATCH(function)
#endif
#if HWY_TARGETS & HWY_AVX3
#define TRIGSTONE_AVX512(function) N_AVX3::function
#else
#define TRIGSTONE_AVX512(function) HWY_STATIC_DISPATCH(function)
#endif
#if HWY_TARGETS & HWY_AVX3_DL  // sums of products alone; for the rest VNNI has nothing to give
#define TRIGSTONE_AVX512_VNNI(function) N_AVX3_DL::function
#else
#define TRIGSTONE_AVX512_VNNI(function) TRIGSTONE_AVX512(function)
#endif
#define TRIGSTONE_SELECT(isa, function)                        \
  ((isa) == Isa::kAvx512Vnni ? TRIGSTONE_AVX512_VNNI(function) \
   : (isa) == Isa::kAvx512   ? TRIGSTONE_AVX512(function)      \
   : (isa) == Isa::kAvx2     ? TRIGSTONE_AVX2(function)        \
                             : HWY_STATIC_DISPATCH(function))

}  // namespace trigstone::engine
