// Sums of products of small integers on x86 vectors, which Highway 1.0 has no operation for.
//
// A *group* is the events of four vectors of 32-bit sums. Inputs are packed so that each 32-bit
// word holds four bytes (or two 16-bit numbers) of one event; interleaving inside 128-bit blocks
// leaves the events of a group in block order:
//   vector v, block b holds events 16 b + 4 v .. 16 b + 4 v + 3
// Narrowing stores, which also work inside blocks, undo exactly that.
//
// One word of the inputs of all events of a tile takes kWordBytes, group after group. A layer whose
// outputs only such sums read stores them packed at once: the words of four outputs are four bytes
// of one event each, so no event changes its place.
#include "engine/lanes-inl.h"
#include "engine/plan.h"
#include "hwy/highway.h"

#if defined(TRIGSTONE_ENGINE_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TRIGSTONE_ENGINE_DOT_INL_H_
#undef TRIGSTONE_ENGINE_DOT_INL_H_
#else
#define TRIGSTONE_ENGINE_DOT_INL_H_
#endif

#undef TRIGSTONE_HAS_DOT
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
#define TRIGSTONE_HAS_DOT 1
#else
#define TRIGSTONE_HAS_DOT 0
#endif

#if TRIGSTONE_HAS_DOT
#include "engine/target-inl.h"
HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX2

using Vec = __m256i;
HWY_INLINE Vec zero() { return _mm256_setzero_si256(); }
HWY_INLINE Vec splat(int32_t x) { return _mm256_set1_epi32(x); }
HWY_INLINE Vec load(const void* p) { return _mm256_loadu_si256(static_cast<const Vec*>(p)); }
HWY_INLINE void put(void* p, Vec v) { _mm256_storeu_si256(static_cast<Vec*>(p), v); }
HWY_INLINE Vec flip(Vec a, Vec b) { return _mm256_xor_si256(a, b); }
HWY_INLINE Vec mask_bits(Vec a, Vec b) { return _mm256_and_si256(a, b); }
HWY_INLINE Vec plus(Vec a, Vec b) { return _mm256_add_epi32(a, b); }
HWY_INLINE Vec minus(Vec a, Vec b) { return _mm256_sub_epi32(a, b); }
HWY_INLINE Vec larger(Vec a, Vec b) { return _mm256_max_epi32(a, b); }
HWY_INLINE Vec smaller(Vec a, Vec b) { return _mm256_min_epi32(a, b); }
HWY_INLINE Vec shift_right(Vec a, int bits) { return _mm256_sra_epi32(a, _mm_cvtsi32_si128(bits)); }
HWY_INLINE Vec low8(Vec a, Vec b) { return _mm256_unpacklo_epi8(a, b); }
HWY_INLINE Vec high8(Vec a, Vec b) { return _mm256_unpackhi_epi8(a, b); }
HWY_INLINE Vec low16(Vec a, Vec b) { return _mm256_unpacklo_epi16(a, b); }
HWY_INLINE Vec high16(Vec a, Vec b) { return _mm256_unpackhi_epi16(a, b); }
HWY_INLINE Vec low32(Vec a, Vec b) { return _mm256_unpacklo_epi32(a, b); }
HWY_INLINE Vec high32(Vec a, Vec b) { return _mm256_unpackhi_epi32(a, b); }
HWY_INLINE Vec low64(Vec a, Vec b) { return _mm256_unpacklo_epi64(a, b); }
HWY_INLINE Vec high64(Vec a, Vec b) { return _mm256_unpackhi_epi64(a, b); }
HWY_INLINE Vec signs8(Vec a) { return _mm256_cmpgt_epi8(zero(), a); }
// Byte 4 i + j of each block from byte 4 j + i.
HWY_INLINE Vec transpose_bytes(Vec a) {
  return _mm256_shuffle_epi8(
      a, _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,  //
                          0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}
// Blocks of 16 bytes, `stride` bytes apart.
HWY_INLINE Vec load_blocks(const uint8_t* p, int64_t stride) {
  const auto* first = reinterpret_cast<const __m128i*>(p);
  const auto* second = reinterpret_cast<const __m128i*>(p + stride);
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(first)),
                                 _mm_loadu_si128(second), 1);
}
HWY_INLINE Vec narrow16(Vec a, Vec b) { return _mm256_packs_epi32(a, b); }
HWY_INLINE Vec narrow16_unsigned(Vec a, Vec b) { return _mm256_packus_epi32(a, b); }
HWY_INLINE Vec narrow8(Vec a, Vec b) { return _mm256_packs_epi16(a, b); }
HWY_INLINE Vec narrow8_unsigned(Vec a, Vec b) { return _mm256_packus_epi16(a, b); }
// Even and odd blocks of two vectors, and back.
HWY_INLINE Vec even_blocks(Vec a, Vec b) { return _mm256_permute2x128_si256(a, b, 0x20); }
HWY_INLINE Vec odd_blocks(Vec a, Vec b) { return _mm256_permute2x128_si256(a, b, 0x31); }
HWY_INLINE void interleave_blocks(Vec a, Vec b, Vec* first, Vec* second) {
  *first = even_blocks(a, b);
  *second = odd_blocks(a, b);
}
// Four vectors in block order into event order.
HWY_INLINE void store_words(Vec a, Vec b, Vec c, Vec d, int32_t* to) {
  put(to, even_blocks(a, b));
  put(to + 8, even_blocks(c, d));
  put(to + 16, odd_blocks(a, b));
  put(to + 24, odd_blocks(c, d));
}
// As assembly: around intrinsics, whose result is a new value, g++ 12 copies every sum.
HWY_INLINE Vec plus_in_place(Vec sum, Vec products) {
  asm("vpaddd %1, %0, %0" : "+x"(sum) : "x"(products));
  return sum;
}
HWY_INLINE Vec dot16(Vec sum, Vec x, Vec w) { return plus_in_place(sum, _mm256_madd_epi16(x, w)); }
HWY_INLINE Vec dot8(Vec sum, Vec x, Vec w) {
  const Vec pairs = _mm256_maddubs_epi16(x, w);
  return plus_in_place(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#else  // AVX-512

using Vec = __m512i;
HWY_INLINE Vec zero() { return _mm512_setzero_si512(); }
HWY_INLINE Vec splat(int32_t x) { return _mm512_set1_epi32(x); }
HWY_INLINE Vec load(const void* p) { return _mm512_loadu_si512(p); }
HWY_INLINE void put(void* p, Vec v) { _mm512_storeu_si512(p, v); }
HWY_INLINE Vec flip(Vec a, Vec b) { return _mm512_xor_si512(a, b); }
HWY_INLINE Vec mask_bits(Vec a, Vec b) { return _mm512_and_si512(a, b); }
HWY_INLINE Vec plus(Vec a, Vec b) { return _mm512_add_epi32(a, b); }
HWY_INLINE Vec minus(Vec a, Vec b) { return _mm512_sub_epi32(a, b); }
HWY_INLINE Vec larger(Vec a, Vec b) { return _mm512_max_epi32(a, b); }
HWY_INLINE Vec smaller(Vec a, Vec b) { return _mm512_min_epi32(a, b); }
HWY_INLINE Vec shift_right(Vec a, int bits) { return _mm512_sra_epi32(a, _mm_cvtsi32_si128(bits)); }
HWY_INLINE Vec low8(Vec a, Vec b) { return _mm512_unpacklo_epi8(a, b); }
HWY_INLINE Vec high8(Vec a, Vec b) { return _mm512_unpackhi_epi8(a, b); }
HWY_INLINE Vec low16(Vec a, Vec b) { return _mm512_unpacklo_epi16(a, b); }
HWY_INLINE Vec high16(Vec a, Vec b) { return _mm512_unpackhi_epi16(a, b); }
HWY_INLINE Vec low32(Vec a, Vec b) { return _mm512_unpacklo_epi32(a, b); }
HWY_INLINE Vec high32(Vec a, Vec b) { return _mm512_unpackhi_epi32(a, b); }
HWY_INLINE Vec low64(Vec a, Vec b) { return _mm512_unpacklo_epi64(a, b); }
HWY_INLINE Vec high64(Vec a, Vec b) { return _mm512_unpackhi_epi64(a, b); }
HWY_INLINE Vec signs8(Vec a) { return _mm512_movm_epi8(_mm512_movepi8_mask(a)); }
// Byte 4 i + j of each block from byte 4 j + i.
HWY_INLINE Vec transpose_bytes(Vec a) {
  return _mm512_shuffle_epi8(a, _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6,
                                                                     10, 14, 3, 7, 11, 15)));
}
// Blocks of 16 bytes, `stride` bytes apart.
HWY_INLINE Vec load_blocks(const uint8_t* p, int64_t stride) {
  const auto block = [&](int64_t i)
                         HWY_ATTR { return reinterpret_cast<const __m128i*>(p + i * stride); };
  Vec v = _mm512_castsi128_si512(_mm_loadu_si128(block(0)));
  v = _mm512_inserti32x4(v, _mm_loadu_si128(block(1)), 1);
  v = _mm512_inserti32x4(v, _mm_loadu_si128(block(2)), 2);
  return _mm512_inserti32x4(v, _mm_loadu_si128(block(3)), 3);
}
HWY_INLINE Vec narrow16(Vec a, Vec b) { return _mm512_packs_epi32(a, b); }
HWY_INLINE Vec narrow16_unsigned(Vec a, Vec b) { return _mm512_packus_epi32(a, b); }
HWY_INLINE Vec narrow8(Vec a, Vec b) { return _mm512_packs_epi16(a, b); }
HWY_INLINE Vec narrow8_unsigned(Vec a, Vec b) { return _mm512_packus_epi16(a, b); }
HWY_INLINE Vec even_blocks(Vec a, Vec b) { return _mm512_shuffle_i64x2(a, b, 0x88); }
HWY_INLINE Vec odd_blocks(Vec a, Vec b) { return _mm512_shuffle_i64x2(a, b, 0xDD); }
HWY_INLINE void interleave_blocks(Vec a, Vec b, Vec* first, Vec* second) {
  *first = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), b);
  *second = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), b);
}
HWY_INLINE void store_words(Vec a, Vec b, Vec c, Vec d, int32_t* to) {
  const Vec ab = _mm512_shuffle_i64x2(a, b, 0x44), cd = _mm512_shuffle_i64x2(c, d, 0x44);
  const Vec high_ab = _mm512_shuffle_i64x2(a, b, 0xEE), high_cd = _mm512_shuffle_i64x2(c, d, 0xEE);
  put(to, even_blocks(ab, cd));
  put(to + 16, odd_blocks(ab, cd));
  put(to + 32, even_blocks(high_ab, high_cd));
  put(to + 48, odd_blocks(high_ab, high_cd));
}
#if HWY_TARGET == HWY_AVX3_DL
// As assembly: around intrinsics, whose result is a new value, g++ 12 copies every sum.
HWY_INLINE Vec dot16(Vec sum, Vec x, Vec w) {
  asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
  return sum;
}
HWY_INLINE Vec dot8(Vec sum, Vec x, Vec w) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
  return sum;
}
#else
HWY_INLINE Vec plus_in_place(Vec sum, Vec products) {
  asm("vpaddd %1, %0, %0" : "+v"(sum) : "v"(products));
  return sum;
}
HWY_INLINE Vec dot16(Vec sum, Vec x, Vec w) { return plus_in_place(sum, _mm512_madd_epi16(x, w)); }
HWY_INLINE Vec dot8(Vec sum, Vec x, Vec w) {
  const Vec pairs = _mm512_maddubs_epi16(x, w);
  return plus_in_place(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
#endif
#endif

constexpr int kVecBytes = sizeof(Vec);
constexpr int kGroup = kVecBytes;       // events
constexpr int kPacked = 4 * kVecBytes;  // bytes of one word of inputs for a group
// Vectors of 32-bit sums held together with four outputs: as many as there are registers for.
constexpr int kTogether = kVecBytes == 64 ? 4 : 2;

// Four rows of bytes, from event `first` on. `toggle` is xored to each: 0x80 makes signed bytes
// unsigned ones, 128 higher.
HWY_INLINE void pack_bytes(const uint8_t* const rows[4], int64_t first, Vec toggle, uint8_t* to) {
  const Vec a = flip(load(rows[0] + first), toggle), b = flip(load(rows[1] + first), toggle);
  const Vec c = flip(load(rows[2] + first), toggle), d = flip(load(rows[3] + first), toggle);
  const Vec ab = low8(a, b), cd = low8(c, d), high_ab = high8(a, b), high_cd = high8(c, d);
  put(to, low16(ab, cd));
  put(to + kVecBytes, high16(ab, cd));
  put(to + 2 * kVecBytes, low16(high_ab, high_cd));
  put(to + 3 * kVecBytes, high16(high_ab, high_cd));
}

// A group of a row as signed 16-bit numbers, even blocks of eight events, then odd ones.
HWY_INLINE void read_halves(Lane lane, const uint8_t* row, int64_t first, Vec* even, Vec* odd) {
  if (lane == Lane::kI8 || lane == Lane::kU8) {
    const Vec bytes = load(row + first), sign = lane == Lane::kI8 ? signs8(bytes) : zero();
    *even = low8(bytes, sign);
    *odd = high8(bytes, sign);
    return;
  }
  const Vec toggle = splat(lane == Lane::kU16 ? static_cast<int32_t>(0x80008000) : 0);
  const Vec a = flip(load(row + 2 * first), toggle);
  const Vec b = flip(load(row + 2 * first + kVecBytes), toggle);
  *even = even_blocks(a, b);
  *odd = odd_blocks(a, b);
}

HWY_INLINE void pack_halves(Lane lane, const uint8_t* const rows[2], int64_t first, uint8_t* to) {
  Vec even_a, odd_a, even_b, odd_b;
  read_halves(lane, rows[0], first, &even_a, &odd_a);
  read_halves(lane, rows[1], first, &even_b, &odd_b);
  put(to, low16(even_a, even_b));
  put(to + kVecBytes, high16(even_a, even_b));
  put(to + 2 * kVecBytes, low16(odd_a, odd_b));
  put(to + 3 * kVecBytes, high16(odd_a, odd_b));
}

constexpr auto kToUnsigned = static_cast<int32_t>(0x80808080);

// Packs `terms` rows, one word each `stride` bytes; a last incomplete word repeats its first row,
// which weighs 0.
template <class RowAt>
HWY_INLINE void pack_rows(bool bytes, Lane lane, int64_t terms, int64_t first, RowAt row_at,
                          int64_t stride, uint8_t* to) {
  if (bytes) {
    const Vec toggle = splat(lane == Lane::kI8 ? kToUnsigned : 0);
    for (int64_t k = 0; k < terms; k += 4, to += stride) {
      const uint8_t* rows[4];
      for (int64_t i = 0; i < 4; ++i) rows[i] = row_at(k + i < terms ? k + i : k);
      pack_bytes(rows, first, toggle, to);
    }
    return;
  }
  for (int64_t k = 0; k < terms; k += 2, to += stride) {
    const uint8_t* const rows[2] = {row_at(k), row_at(k + 1 < terms ? k + 1 : k)};
    pack_halves(lane, rows, first, to);
  }
}

// The sums of one output and one group of events, in block order.
using Sums = Vec[4];

template <FastKind kind>
HWY_INLINE Vec limit_and_shift(const FastEpilogue& e, Vec v) {
  constexpr bool limits = kind == FastKind::kLowShiftMask || kind == FastKind::kAll;
  if constexpr (limits) v = larger(v, splat(e.low));
  if constexpr (kind == FastKind::kAll) v = smaller(v, splat(e.high));
  v = shift_right(v, e.shift);
  if constexpr (limits) v = mask_bits(v, splat(e.mask));
  return v;
}

// To 16 bits. What was masked fills the lane's bits and is narrowed as unsigned.
template <FastKind kind>
HWY_INLINE Vec narrow_once(const FastEpilogue& e, bool keep_sign, Vec a, Vec b) {
  if constexpr (kind == FastKind::kNarrowMask) {
    return mask_bits(narrow16_unsigned(a, b), splat(e.mask * 0x10001));
  }
  return keep_sign ? narrow16(a, b) : narrow16_unsigned(a, b);
}

// To 8 bits; bytes that were masked are below 256, so either narrowing keeps them.
template <FastKind kind>
HWY_INLINE Vec narrow_twice(const FastEpilogue& e, bool keep_sign, Vec a, Vec b, Vec c, Vec d) {
  Vec low = zero(), high = zero();
  if constexpr (kind == FastKind::kNarrowMask) {
    low = narrow_once<kind>(e, keep_sign, a, b), high = narrow_once<kind>(e, keep_sign, c, d);
  } else {
    low = narrow16(a, b), high = narrow16(c, d);
  }
  return keep_sign ? narrow8(low, high) : narrow8_unsigned(low, high);
}

HWY_INLINE bool keeps_sign(const FastEpilogue& e, Lane lane) {
  return is_signed(lane) && e.mask == -1;
}

// The short form of an epilogue, as far as `kind` says, and one row stored.
template <FastKind kind>
HWY_INLINE void store_fast(const FastEpilogue& e, Lane lane, const Sums& sums, int64_t first,
                           uint8_t* row) {
  const Vec a = limit_and_shift<kind>(e, sums[0]), b = limit_and_shift<kind>(e, sums[1]);
  const Vec c = limit_and_shift<kind>(e, sums[2]), d = limit_and_shift<kind>(e, sums[3]);
  const bool keep_sign = keeps_sign(e, lane);
  if (lane_bytes(lane) == 1) {
    put(row + first, narrow_twice<kind>(e, keep_sign, a, b, c, d));
  } else if (lane_bytes(lane) == 2) {
    const Vec low = narrow_once<kind>(e, keep_sign, a, b);
    const Vec high = narrow_once<kind>(e, keep_sign, c, d);
    Vec begin, end;
    interleave_blocks(low, high, &begin, &end);
    put(row + 2 * first, begin);
    put(row + 2 * first + kVecBytes, end);
  } else {
    store_words(a, b, c, d, reinterpret_cast<int32_t*>(row) + first);
  }
}

// The short form for one vector of the events of four outputs, to a vector of packed words.
template <FastKind kind>
HWY_INLINE Vec pack_outputs(const FastEpilogue* e, Lane lane, Vec a, Vec b, Vec c, Vec d) {
  const Vec bytes = narrow_twice<kind>(
      e[0], keeps_sign(e[0], lane), limit_and_shift<kind>(e[0], a), limit_and_shift<kind>(e[1], b),
      limit_and_shift<kind>(e[2], c), limit_and_shift<kind>(e[3], d));
  return transpose_bytes(flip(bytes, splat(lane == Lane::kI8 ? kToUnsigned : 0)));
}

// Any epilogue, by way of memory.
HWY_NOINLINE inline void store_any(const Epilogue& epilogue, size_t o, Lane lane, const Sums& v,
                                   int64_t first, uint8_t* row) {
  alignas(64) int32_t words[kLanes] = {};
  store_words(v[0], v[1], v[2], v[3], words);
  alignas(64) uint8_t narrow[kLanes * sizeof(int64_t)];
  finish_row(epilogue, o, words, lane, narrow);
  const int each = lane_bytes(lane);
  std::memcpy(row + first * each, narrow, static_cast<size_t>(kGroup * each));
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();
#endif  // TRIGSTONE_HAS_DOT

#endif  // per-target include guard
