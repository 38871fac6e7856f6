// Words of the trigger as lists of bit fields: one list a word type, which packing and unpacking
// share.
//
//   struct VertexWord {
//     int32_t z0 = 0;       // a signed field is int32_t, an unsigned one uint32_t
//     template <class Word, class Visit>
//     static void fields(Word& word, Visit&& visit) { visit(word.z0, 10); }  // lowest bit first
//   };
//   unpack<VertexWord>(pack(vertex)) == vertex
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "base/error.h"

namespace trigstone {

// Up to 128 bits: bit i is bit i % 64 of element i / 64.
using WideWord = std::array<uint64_t, 2>;

class BitWriter {
 public:
  // A value outside the field is a bug of the caller: digitising saturates before.
  template <typename T>
  void operator()(const T& value, int bits) {
    if constexpr (std::is_signed_v<T>) {
      const int64_t limit = int64_t{1} << (bits - 1);
      ensure(value >= -limit && value < limit, "a signed value leaves its bit field");
    } else {
      ensure(static_cast<uint64_t>(value) >> bits == 0, "a value leaves its bit field");
    }
    put(static_cast<uint64_t>(value) & ((uint64_t{1} << bits) - 1), bits);
  }
  void skip_to(int bit) { place_ = bit; }
  const WideWord& word() const { return word_; }
  int place() const { return place_; }

 private:
  void put(uint64_t raw, int bits) {
    ensure(place_ + bits <= 128, "a word has at most 128 bits");
    const auto frame = static_cast<size_t>(place_ / 64);
    const int shift = place_ % 64;
    word_[frame] |= raw << shift;
    if (shift + bits > 64) word_[frame + 1] |= raw >> (64 - shift);
    place_ += bits;
  }

  WideWord word_ = {};
  int place_ = 0;
};

class BitReader {
 public:
  explicit BitReader(const WideWord& word) : word_(word) {}

  template <typename T>
  void operator()(T& value, int bits) {
    const auto frame = static_cast<size_t>(place_ / 64);
    const int shift = place_ % 64;
    uint64_t raw = word_[frame] >> shift;
    if (shift + bits > 64) raw |= word_[frame + 1] << (64 - shift);
    raw &= (uint64_t{1} << bits) - 1;
    place_ += bits;
    if constexpr (std::is_signed_v<T>) {
      const bool negative = (raw >> (bits - 1) & 1) != 0;
      value = static_cast<T>(static_cast<int64_t>(raw) - (negative ? int64_t{1} << bits : 0));
    } else {
      value = static_cast<T>(raw);
    }
  }
  void skip_to(int bit) { place_ = bit; }

 private:
  WideWord word_;
  int place_ = 0;
};

template <class Word>
WideWord pack(const Word& word) {
  BitWriter bits;
  Word::fields(word, bits);
  return bits.word();
}

template <class Word>
Word unpack(const WideWord& bits) {
  Word word;
  BitReader reader(bits);
  Word::fields(word, reader);
  return word;
}

// Bits that the fields of a word take, gaps included.
template <class Word>
int used_bits() {
  BitWriter bits;
  const Word word;
  Word::fields(word, bits);
  return bits.place();
}

// floor(value / step) in two's complement of `bits` bits, saturated; 0 for what is no number. The
// rule of TTTrack_TrackWord.h.
inline int32_t floor_steps(double value, double step, int bits) {
  if (std::isnan(value)) return 0;
  const double limit = std::ldexp(1.0, bits - 1);
  return static_cast<int32_t>(std::fmin(std::fmax(std::floor(value / step), -limit), limit - 1));
}
// The nearest multiple (half away from zero), saturated.
inline int32_t nearest_steps(double value, double step, int bits) {
  if (std::isnan(value)) return 0;
  const double limit = std::ldexp(1.0, bits - 1);
  return static_cast<int32_t>(std::fmin(std::fmax(std::round(value / step), -limit), limit - 1));
}
// Of a value that is not negative, without a sign bit.
inline uint32_t nearest_unsigned_steps(double value, double step, int bits) {
  if (std::isnan(value)) return 0;
  const double limit = std::ldexp(1.0, bits) - 1;
  return static_cast<uint32_t>(std::fmin(std::fmax(std::round(value / step), 0.0), limit));
}

}  // namespace trigstone
