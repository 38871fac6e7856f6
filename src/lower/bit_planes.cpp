#include "lower/bit_planes.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lower/bit_planes.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Adds the bits that one plane of x has in common with each of `powers` planes of y to `counts`.
// Words of one column block stand side by side, `stride` words from those of the next.
void add_common_bits(const uint64_t* x, const uint64_t* y, size_t blocks, size_t stride,
                     size_t powers, uint64_t* counts) {
  const hn::CappedTag<uint64_t, 8> d;
  for (size_t q = 0; q < powers; q += hn::Lanes(d)) {
    auto sum = hn::LoadU(d, counts + q);
    for (size_t at = 0; at < blocks * stride; at += stride) {
      const auto both = hn::And(hn::Set(d, x[at]), hn::LoadU(d, y + at + q));
      sum = hn::Add(sum, hn::PopulationCount(both));
    }
    hn::StoreU(sum, d, counts + q);
  }
}

// For every distance of powers, shifted up by `powers`, what the planes of x and y have in common:
// with the same sign and with the other one.
void count_by_distance(const uint64_t* x, const uint64_t* y, size_t blocks, size_t powers,
                       const DigitChoices& used, uint64_t* same, uint64_t* other) {
  const size_t stride = 2 * powers;
  each_digit(used, [&](int power, bool negative) {
    const auto p = static_cast<size_t>(power);
    const uint64_t* plane = x + p + (negative ? powers : 0);
    const size_t distance = powers - p;
    add_common_bits(plane, y, blocks, stride, powers, (negative ? other : same) + distance);
    add_common_bits(plane, y + powers, blocks, stride, powers,
                    (negative ? same : other) + distance);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone {

namespace {

HWY_EXPORT(count_by_distance);

constexpr size_t kVector = 8;  // words that any machine adds at once, at most

}  // namespace

BitPlanes::BitPlanes(int columns, int powers)
    : powers_((static_cast<size_t>(powers) + kVector - 1) / kVector * kVector),
      blocks_((static_cast<size_t>(columns) + 63) / 64),
      once_(blocks_),
      more_(blocks_) {}

void BitPlanes::begin(int value) {
  const auto at = static_cast<size_t>(value);
  if (at >= values_.size()) values_.resize(at + 1);
  values_[at].kept = true;
  values_[at].words.assign(2 * powers_ * blocks_, 0);
}

void BitPlanes::flip(Value& value, int column, const DigitChoices& digits) const {
  const size_t block = static_cast<size_t>(column) / 64 * 2 * powers_;
  each_digit(digits, [&](int power, bool negative) {
    value.words[block + static_cast<size_t>(power) + (negative ? powers_ : 0)] ^= uint64_t{1}
                                                                                  << (column % 64);
  });
}

bool BitPlanes::change(int value, int column, const DigitChoices& before,
                       const DigitChoices& after) {
  Value& planes = values_[static_cast<size_t>(value)];
  if ((after.plus | after.minus) >> powers_ != 0) return false;
  flip(planes, column, {before.plus ^ after.plus, before.minus ^ after.minus, 0});
  planes.plus |= after.plus;
  planes.minus |= after.minus;
  return true;
}

void BitPlanes::count(int a, int b, Tally& tally) const {
  const Value& x = values_[static_cast<size_t>(a)];
  const Value& y = values_[static_cast<size_t>(b)];
  std::array<uint64_t, size_t{2}* kMostPowers> same = {}, other = {};
  HWY_DYNAMIC_DISPATCH(count_by_distance)
  (x.words.data(), y.words.data(), blocks_, powers_, {x.plus, x.minus, 0}, same.data(),
   other.data());
  for (size_t at = 0; at < 2 * powers_; ++at) {
    const int shift = static_cast<int>(at) - static_cast<int>(powers_);
    if (same[at] != 0) tally.add(shift, false, static_cast<int>(same[at]));
    if (other[at] != 0) tally.add(shift, true, static_cast<int>(other[at]));
  }
}

BitPlanes::Found BitPlanes::find(const Pattern& pattern) {
  const Value& x = values_[static_cast<size_t>(pattern.a)];
  const Value& y = values_[static_cast<size_t>(pattern.b)];
  const uint64_t plus = pattern.subtract ? y.minus : y.plus;
  const uint64_t minus = pattern.subtract ? y.plus : y.minus;
  const DigitChoices powers = {x.plus & shifted_down(plus, pattern.shift),
                               x.minus & shifted_down(minus, pattern.shift), 0};
  for (size_t block = 0; block < blocks_; ++block) {
    const uint64_t* of_x = x.words.data() + block * 2 * powers_;
    const uint64_t* of_y = y.words.data() + block * 2 * powers_ + pattern.shift;
    uint64_t once = 0, more = 0;
    each_digit(powers, [&](int power, bool negative) {
      const auto p = static_cast<size_t>(power);
      const uint64_t both = of_x[p + (negative ? powers_ : 0)] &
                            of_y[p + (negative != pattern.subtract ? powers_ : 0)];
      more |= once & both;
      once |= both;
    });
    once_[block] = once & ~more;
    more_[block] = more;
  }
  return {once_, more_};
}

}  // namespace trigstone
#endif
