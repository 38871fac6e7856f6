#include "graph/scaled_value.h"

#include <algorithm>

#include "base/error.h"

namespace trigstone::detail {

bool Grid::uniform() const {
  return std::all_of(values.begin(), values.end(),
                     [&](const Rational& v) { return v == values[0]; });
}

bool Grid::all(const Rational& number) const { return uniform() && values[0] == number; }

const Rational& Grid::at(const std::vector<int64_t>& strides,
                         const std::vector<int64_t>& index) const {
  int64_t flat = 0;
  for (size_t i = 0; i < index.size(); ++i) flat += strides[i] * index[i];
  return values[static_cast<size_t>(flat)];
}

Grid combine(const Grid& a, const Grid& b, Rational (*op)(const Rational&, const Rational&)) {
  Grid result{broadcast(a.shape, b.shape, "absorb_scales"), {}};
  const auto of_a = broadcast_strides(a.shape, result.shape);
  const auto of_b = broadcast_strides(b.shape, result.shape);
  std::vector<int64_t> index(result.shape.size(), 0);
  for (int64_t flat = 0; flat < element_count(result.shape); ++flat) {
    int64_t rest = flat;
    for (size_t i = index.size(); i-- > 0; rest /= result.shape[i])
      index[i] = rest % result.shape[i];
    result.values.push_back(op(a.at(of_a, index), b.at(of_b, index)));
  }
  return result;
}

Grid product(const Grid& a, const Grid& b) {
  return combine(a, b, [](const Rational& x, const Rational& y) { return Rational(x * y); });
}

Grid sum(const Grid& a, const Grid& b) {
  return combine(a, b, [](const Rational& x, const Rational& y) { return Rational(x + y); });
}

Grid negative(const Grid& a) { return product(a, Grid::of(-1)); }

Grid transposed(const Grid& a, size_t rank, const std::vector<int64_t>& perm) {
  Shape from = a.shape, to;
  from.insert(from.begin(), rank - from.size(), 1);
  for (const int64_t axis : perm) to.push_back(from[static_cast<size_t>(axis)]);
  const auto strides = broadcast_strides(from, from);
  Grid result{to, {}};
  std::vector<int64_t> index(rank, 0);
  for (int64_t flat = 0; flat < element_count(to); ++flat) {
    int64_t rest = flat;
    for (size_t i = rank; i-- > 0; rest /= to[i])
      index[static_cast<size_t>(perm[i])] = rest % to[i];
    result.values.push_back(a.at(strides, index));
  }
  return result;
}

void ScaledValue::append_affine(const Grid& gain, const Grid& offset) {
  if (steps.empty() || steps.back().kind != Step::Kind::kAffine) {
    steps.push_back({Step::Kind::kAffine, gain, offset, 0, 0});
    return;
  }
  Step& last = steps.back();
  last.gain = product(last.gain, gain);
  last.offset = sum(product(last.offset, gain), offset);
}

bool ScaledValue::uniform() const {
  return std::all_of(steps.begin(), steps.end(), [](const Step& s) { return s.uniform(); });
}

bool ScaledValue::only_gain() const {
  return steps.empty() ||
         (steps.size() == 1 && steps[0].kind == Step::Kind::kAffine && steps[0].offset.all(0));
}

bool ScaledValue::keeps_zero() const {
  return std::all_of(steps.begin(), steps.end(), [](const Step& s) {
    return s.offset.all(0) && (s.kind != Step::Kind::kClamp || (s.low <= 0 && s.high >= 0));
  });
}

bool ScaledValue::rises() const {
  for (const Step& step : steps) {
    for (const Rational& gain : step.gain.values) {
      if (gain < 0) return false;
    }
  }
  return true;
}

std::optional<ExactNumbers> exact_numbers(const std::vector<Rational>& numbers, int most_bits) {
  int fraction_bits = -256;
  for (const Rational& x : numbers) {
    if (x == 0) continue;
    const Integer bottom = denominator(x);
    const auto bits = static_cast<int>(msb(bottom));
    if (bottom != Integer(1) << bits || bits > 256) return std::nullopt;
    const Integer top = abs(numerator(x));
    fraction_bits = std::max(fraction_bits, bits - static_cast<int>(lsb(top)));
  }
  if (fraction_bits == -256) fraction_bits = 0;  // all 0
  ExactNumbers result;
  Interval range{0, 0};
  for (const Rational& x : numbers) {
    const Integer mantissa = floor_of(times_power_of_two(x, fraction_bits));
    if ((abs(mantissa) >> 62) != 0) return std::nullopt;
    result.mantissas.push_back(static_cast<int64_t>(mantissa));
    range = hull(range, {result.mantissas.back(), result.mantissas.back()});
  }
  if (bits_for(range) > most_bits) return std::nullopt;
  result.format = covering(range, fraction_bits, "constant");
  return result;
}

std::optional<int> power_of_two(const Rational& number) {
  if (number <= 0) return std::nullopt;
  const Integer top = numerator(number), bottom = denominator(number);
  const auto up = static_cast<int>(msb(top)), down = static_cast<int>(msb(bottom));
  if (top != Integer(1) << up || bottom != Integer(1) << down) return std::nullopt;
  return up - down;
}

}  // namespace trigstone::detail
