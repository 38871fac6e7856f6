// Real numbers to mantissas, many at a time, in every rounding and overflow mode.
//
// All in double: y = x * 2^F is exact while it neither overflows nor gets lost below the smallest
// numbers, its whole part t and y - t are exact, and so is everything after. Chunks that hold NaN,
// infinities, or numbers of extreme size go one by one through the definition, quantize_real.
#include <cmath>

#include "engine/kernels.h"
#include "engine/lanes-inl.h"
#include "hwy/highway.h"

#if defined(TRIGSTONE_ENGINE_REAL_INPUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TRIGSTONE_ENGINE_REAL_INPUT_INL_H_
#undef TRIGSTONE_ENGINE_REAL_INPUT_INL_H_
#else
#define TRIGSTONE_ENGINE_REAL_INPUT_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

template <class S, class T>
void by_definition(const Format& format, const S* from, int64_t count, T* to, InputReport* report) {
  for (int64_t i = 0; i < count; ++i) {
    const auto real = static_cast<double>(from[i]);
    if (!std::isfinite(real)) ++report->no_numbers;
    to[i] = static_cast<T>(quantize_real(real, format, &report->outside));
  }
}

class RealInput {
 public:
  explicit RealInput(const Format& format)
      : format_(format),
        // The bounds leave room for what rounding and wrapping add.
        vectorised_(format.width_bits <= 31 && std::abs(format.fraction_bits()) <= 256),
        scale_(std::ldexp(1.0, format.fraction_bits())),
        low_(static_cast<double>(format.min_mantissa())),
        high_(static_cast<double>(format.max_mantissa())),
        period_(std::ldexp(1.0, format.width_bits)) {
    const bool symmetric =
        format.overflow == Overflow::kSAT_SYM && format.is_signed && format.width_bits > 1;
    lowest_ = symmetric ? -high_ : low_;
    set_limits();
  }

  // kLanes numbers.
  template <class S>
  void quantise(const S* from, int32_t* to, InputReport* report) const {
    int64_t beyond = 0;
    if (vectorised_ && quantise_vectors(from, to, &beyond)) {
      report->outside += beyond;
      return;
    }
    by_definition(format_, from, kLanes, to, report);
  }

 private:
  // The whole part grows by one when the rest is at least `up_`, shrinks when at most `down_`.
  void set_limits() {
    const double half = 0.5, more = std::nextafter(0.5, 1.0), never = 2.0;
    switch (format_.rounding) {
      case Rounding::kTRN:
        up_ = never, down_ = -std::numeric_limits<double>::denorm_min();
        break;
      case Rounding::kTRN_ZERO:
        up_ = never, down_ = -never;
        break;
      case Rounding::kRND:
        up_ = half, down_ = -more;
        break;
      case Rounding::kRND_ZERO:
        up_ = more, down_ = -more;
        break;
      case Rounding::kRND_INF:
        up_ = half, down_ = -half;
        break;
      case Rounding::kRND_MIN_INF:
        up_ = more, down_ = -half;
        break;
      case Rounding::kRND_CONV:  // ties by themselves
        up_ = more, down_ = -more;
        break;
    }
  }

  template <class D>
  static HWY_INLINE auto load_doubles(D d, const double* from) {
    return hwy::HWY_NAMESPACE::LoadU(d, from);
  }
  template <class D>
  static HWY_INLINE auto load_doubles(D d, const float* from) {
    namespace hn = hwy::HWY_NAMESPACE;
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D>(), from));
  }

  template <class V>
  HWY_INLINE V rounded(V y) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::DFromV<V> d;
    const V whole = hn::Trunc(y), rest = hn::Sub(y, whole), one = hn::Set(d, 1.0);
    V m = hn::Add(whole, hn::IfThenElseZero(hn::Ge(rest, hn::Set(d, up_)), one));
    m = hn::Sub(m, hn::IfThenElseZero(hn::Le(rest, hn::Set(d, down_)), one));
    if (format_.rounding != Rounding::kRND_CONV) return m;
    // A tie goes away from zero when the whole part is odd.
    const V half = hn::Mul(whole, hn::Set(d, 0.5));
    const auto tie = hn::And(hn::Eq(hn::Abs(rest), hn::Set(d, 0.5)), hn::Ne(hn::Trunc(half), half));
    return hn::Add(m, hn::IfThenElseZero(tie, hn::CopySign(one, rest)));
  }

  template <class V, class M>
  HWY_INLINE V limited(V m, M outside) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::DFromV<V> d;
    switch (format_.overflow) {
      case Overflow::kWRAP: {
        const V low = hn::Set(d, low_), period = hn::Set(d, period_);
        const V turns = hn::Floor(hn::Mul(hn::Sub(m, low), hn::Set(d, 1.0 / period_)));
        return hn::Sub(m, hn::Mul(turns, period));
      }
      case Overflow::kSAT:
      case Overflow::kSAT_SYM:
        return hn::Min(hn::Max(m, hn::Set(d, lowest_)), hn::Set(d, high_));
      case Overflow::kSAT_ZERO:
        return hn::IfThenZeroElse(outside, m);
    }
    return m;
  }

  // False, and nothing promised of `to`, when some number must go by definition.
  template <class S>
  bool quantise_vectors(const S* from, int32_t* to, int64_t* beyond) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<double> d;
    const hn::Rebind<int32_t, decltype(d)> d32;
    const auto each = static_cast<int64_t>(hn::Lanes(d));
    const auto scale = hn::Set(d, scale_);
    const auto largest = hn::Set(d, 0x1p30), smallest = hn::Set(d, 0x1p-500);
    int64_t good = 0, outside = 0;
    for (int64_t i = 0; i < kLanes; i += each) {
      const auto x = load_doubles(d, from + i);
      const auto y = hn::Mul(x, scale), size = hn::Abs(y);
      const auto exact = hn::Or(hn::Ge(size, smallest), hn::Eq(x, hn::Zero(d)));
      good += static_cast<int64_t>(hn::CountTrue(d, hn::And(exact, hn::Le(size, largest))));
      const auto m = rounded(y);
      const auto out = hn::Or(hn::Lt(m, hn::Set(d, low_)), hn::Gt(m, hn::Set(d, high_)));
      outside += static_cast<int64_t>(hn::CountTrue(d, out));
      hn::StoreU(hn::DemoteTo(d32, limited(m, out)), d32, to + i);
    }
    *beyond = outside;
    return good == kLanes;
  }

  const Format& format_;
  const bool vectorised_;
  const double scale_, low_, high_, period_;
  double lowest_ = 0, up_ = 0, down_ = 0;
};

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
