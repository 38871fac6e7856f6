// Elementwise programs: each micro-operation runs over a block of lanes held in registers of
// scratch memory, which stay in the first-level cache.
#include "engine/kernels.h"
#include "engine/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/elementwise_kernels.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "engine/lanes-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

// AVX-512 alone looks numbers up one by one; with VBMI (Ice Lake, Zen 4 and later) 64 at a time.
#if HWY_TARGET == HWY_AVX3
#undef TRIGSTONE_HAS_BYTE_TABLES
#define TRIGSTONE_HAS_BYTE_TABLES 1
bool shuffles_bytes() {
  static const bool kSupported = __builtin_cpu_supports("avx512vbmi") != 0;
  return kSupported;
}

// x = entries[x - low]: seven bits of the index choose in each half, the eighth between the halves.
__attribute__((target("avx512vbmi"))) void look_up_bytes(const ByteTable& table, int64_t low,
                                                         int16_t* x, int64_t n) {
  const uint8_t* entries = table.entries.data();
  const __m512i a = _mm512_loadu_si512(entries), b = _mm512_loadu_si512(entries + 64);
  const __m512i c = _mm512_loadu_si512(entries + 128), d = _mm512_loadu_si512(entries + 192);
  const __m512i first = _mm512_set1_epi16(static_cast<int16_t>(low));
  for (int64_t i = 0; i < n; i += 64) {
    const __m512i x0 = _mm512_sub_epi16(_mm512_loadu_si512(x + i), first);
    const __m512i x1 = _mm512_sub_epi16(_mm512_loadu_si512(x + i + 32), first);
    const __m512i index = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi16_epi8(x0)),
                                             _mm512_cvtepi16_epi8(x1), 1);
    const __m512i found =
        _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), _mm512_permutex2var_epi8(a, index, b),
                               _mm512_permutex2var_epi8(c, index, d));
    const __m256i y0 = _mm512_castsi512_si256(found), y1 = _mm512_extracti64x4_epi64(found, 1);
    _mm512_storeu_si512(x + i,
                        table.is_signed ? _mm512_cvtepi8_epi16(y0) : _mm512_cvtepu8_epi16(y0));
    _mm512_storeu_si512(x + i + 32,
                        table.is_signed ? _mm512_cvtepi8_epi16(y1) : _mm512_cvtepu8_epi16(y1));
  }
}
#elif HWY_TARGET == HWY_AVX2
#undef TRIGSTONE_HAS_BYTE_TABLES
#define TRIGSTONE_HAS_BYTE_TABLES 1
constexpr bool shuffles_bytes() { return true; }

// x = entries[x - low]: four bits of the index choose in each sixteenth of the table; indices of
// the other sixteenths get their highest bit, for which the shuffle gives 0.
HWY_INLINE void look_up_bytes(const ByteTable& table, int64_t low, int16_t* x, int64_t n) {
  const __m256i first = _mm256_set1_epi16(static_cast<int16_t>(low));
  for (int64_t i = 0; i < n; i += 32) {
    auto* at = reinterpret_cast<__m256i*>(x + i);
    const __m256i index = _mm256_packus_epi16(_mm256_sub_epi16(_mm256_loadu_si256(at), first),
                                              _mm256_sub_epi16(_mm256_loadu_si256(at + 1), first));
    __m256i found = _mm256_setzero_si256();
    for (int part = 0; part < 16; ++part) {
      const auto* entries = reinterpret_cast<const __m128i*>(table.entries.data()) + part;
      const __m256i sixteenth = _mm256_broadcastsi128_si256(_mm_loadu_si128(entries));
      const __m256i here = _mm256_xor_si256(index, _mm256_set1_epi8(static_cast<char>(16 * part)));
      const __m256i choice = _mm256_adds_epu8(here, _mm256_set1_epi8(0x70));
      found = _mm256_or_si256(found, _mm256_shuffle_epi8(sixteenth, choice));
    }
    const __m256i none = _mm256_setzero_si256();
    const __m256i sign = table.is_signed ? _mm256_cmpgt_epi8(none, found) : none;
    _mm256_storeu_si256(at, _mm256_unpacklo_epi8(found, sign));
    _mm256_storeu_si256(at + 1, _mm256_unpackhi_epi8(found, sign));
  }
}
#else
#undef TRIGSTONE_HAS_BYTE_TABLES
#define TRIGSTONE_HAS_BYTE_TABLES 0
#endif

template <class C>
class Program {
 public:
  Program(const ElementwiseStep& step, const Memory& memory) : step_(step), memory_(memory) {}

  void run() {
    const int row = row_units(step_.lane);
    for (const Chunk& chunk : step_.chunks) {
      first_ = static_cast<size_t>(chunk.first);
      count_ = chunk.count;
      lanes_ = int64_t{chunk.count} * kLanes;
      for (const Instruction& instruction : step_.program) execute(instruction);
      store_lanes(step_.lane, reg(step_.result), memory_.at(step_.results[0] + chunk.first * row),
                  lanes_);
    }
  }

 private:
  C* reg(uint8_t i) const {
    return reinterpret_cast<C*>(memory_.scratch + int64_t{i} * kRegisterBytes);
  }
  size_t parameter(const Instruction& i) const {
    const auto slot = static_cast<size_t>(i.slot);
    const auto& of = step_.parameter_of[slot];
    return static_cast<size_t>(of.empty() ? step_.parameter_base[slot] : of[first_]);
  }
  template <class Combine>
  void combine(const Instruction& i, Combine with) const {
    const C *a = reg(i.a), *b = reg(i.b);
    C* to = reg(i.to);
    for (int64_t n = 0; n < lanes_; n += kLanes) {
      TRIGSTONE_INDEPENDENT
      for (int64_t j = n; j < n + kLanes; ++j) to[j] = with(a[j], b[j]);
    }
  }
  void execute(const Instruction& i) const;
  void load(const Instruction& i) const;
  void broadcast(const Instruction& i) const;
  void thresholds(const Instruction& i) const;
  void table(const Instruction& i) const;
  void select(const Instruction& i) const;
  void leading_one(const Instruction& i) const;

  const ElementwiseStep& step_;
  const Memory& memory_;
  size_t first_ = 0;
  int64_t count_ = 0, lanes_ = 0;
};

template <class C>
void Program<C>::load(const Instruction& i) const {
  const Row* rows = step_.loads[static_cast<size_t>(i.slot)].data() + first_;
  if (count_ == 1 || rows[1] != rows[0]) {
    return load_lanes(i.lane, memory_.at(rows[0]), reg(i.to), lanes_);
  }
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    load_lanes(i.lane, memory_.at(rows[0]), reg(i.to) + n, kLanes);
  }
}

template <class C>
void Program<C>::broadcast(const Instruction& i) const {
  const C number = static_cast<C>(step_.constants[static_cast<size_t>(i.slot)][first_]);
  C* HWY_RESTRICT to = reg(i.to);
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    for (int64_t j = n; j < n + kLanes; ++j) to[j] = number;
  }
}

template <class C>
void Program<C>::thresholds(const Instruction& i) const {
  const Thresholds& t = step_.thresholds[parameter(i)];
  C* HWY_RESTRICT x = reg(i.to);
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    C passed[kLanes] = {};
    for (const Int128 step : t.steps) {
      const C bound = static_cast<C>(step);
      for (int64_t j = 0; j < kLanes; ++j) passed[j] += static_cast<C>(x[n + j] >= bound);
    }
    const C base = static_cast<C>(t.base), direction = static_cast<C>(t.direction);
    for (int64_t j = 0; j < kLanes; ++j) {
      x[n + j] = static_cast<C>(base + direction * passed[j]);
    }
  }
}

template <class C>
void Program<C>::table(const Instruction& i) const {
  const auto slot = static_cast<size_t>(i.slot);
  C* HWY_RESTRICT x = reg(i.to);
#if TRIGSTONE_HAS_BYTE_TABLES
  if constexpr (std::is_same_v<C, int16_t>) {
    const ByteTable& bytes = step_.byte_tables[slot];
    if (!bytes.entries.empty() && shuffles_bytes()) return look_up_bytes(bytes, i.low, x, lanes_);
  }
#endif
  const auto look_up = [&](const auto* entries) HWY_ATTR {
    for (int64_t n = 0; n < lanes_; ++n) x[n] = static_cast<C>(entries[x[n] - i.low]);
  };
  if constexpr (sizeof(C) <= sizeof(int32_t)) {
    look_up(step_.tables32[slot].data());
  } else {
    look_up(step_.tables[slot].data());
  }
}

template <class C>
void Program<C>::select(const Instruction& i) const {
  const C *yes = reg(i.b), *no = reg(i.c);
  C* to = reg(i.to);  // also the condition
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    TRIGSTONE_INDEPENDENT
    for (int64_t j = n; j < n + kLanes; ++j) {  // without a choice of what to load
      const auto mask = static_cast<C>(-static_cast<C>(to[j] != 0));
      to[j] = static_cast<C>((yes[j] & mask) | (no[j] & ~mask));
    }
  }
}

// The highest bit by halving: 63 - clz, 0 for 0.
template <class C>
void Program<C>::leading_one(const Instruction& i) const {
  C* HWY_RESTRICT x = reg(i.to);
  for (int64_t n = 0; n < lanes_; n += kLanes) {
    for (int64_t j = n; j < n + kLanes; ++j) {
      C rest = x[j], place = 0;
      for (int step = kBitsOf<C> / 2; step > 0; step /= 2) {
        const C above = static_cast<C>(rest >> step);
        place = above != 0 ? static_cast<C>(place + step) : place;
        rest = above != 0 ? above : rest;
      }
      x[j] = place;
    }
  }
}

template <class C>
void Program<C>::execute(const Instruction& i) const {
  using M = Modular<C>;
  switch (i.op) {
    case MicroOp::kLoad:
      return load(i);
    case MicroOp::kBroadcast:
      return broadcast(i);
    case MicroOp::kShiftLeftConstant:
      return shift_left_lanes(reg(i.to), i.shift, lanes_);
    case MicroOp::kClamp:
      return clamp_lanes(reg(i.to), static_cast<C>(i.low), static_cast<C>(i.high), lanes_);
    case MicroOp::kRequantise:
      return requantise_lanes(step_.requantise[parameter(i)], reg(i.to), lanes_);
    case MicroOp::kThresholds:
      return thresholds(i);
    case MicroOp::kTable:
      return table(i);
    case MicroOp::kAdd:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) + M(b)); });
    case MicroOp::kSub:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) - M(b)); });
    case MicroOp::kMul:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) * M(b)); });
    case MicroOp::kLess:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a < b); });
    case MicroOp::kLessEqual:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a <= b); });
    case MicroOp::kEqual:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a == b); });
    case MicroOp::kNotEqual:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(a != b); });
    case MicroOp::kSelect:
      return select(i);
    case MicroOp::kLeadingOne:
      return leading_one(i);
    case MicroOp::kShiftLeft:
      return combine(i, [](C a, C b) HWY_ATTR { return static_cast<C>(M(a) << b); });
  }
}

void elementwise(const ElementwiseStep& step, const Memory& memory) {
  switch (step.width) {
    case Width::k16:
      return Program<int16_t>(step, memory).run();
    case Width::k32:
      return Program<int32_t>(step, memory).run();
    case Width::k64:
      return Program<int64_t>(step, memory).run();
    case Width::k128:
      return Program<Int128>(step, memory).run();
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone::engine {

decltype(Kernels::elementwise) elementwise_kernel(Isa isa) {
  return TRIGSTONE_SELECT(isa, elementwise);
}

}  // namespace trigstone::engine
#endif
