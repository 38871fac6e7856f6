#include "graph/monotone_quantiser.h"

#include <algorithm>
#include <set>

#include "base/error.h"

namespace trigstone::detail {

namespace {

// Axes (of a value of `rank` axes) along which something of this shape varies.
void collect_axes(const Shape& shape, size_t rank, std::set<int>& axes) {
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 1) axes.insert(static_cast<int>(rank - shape.size() + i));
  }
}

}  // namespace

MonotoneQuantiser::MonotoneQuantiser(const ScaledValue& value, const Format& base,
                                     const FormatMap& formats, const Shape& shape,
                                     const std::string& where)
    : value_(value), base_(base), carrier_(carrier_of(formats, where)) {
  std::set<int> axes;
  collect_axes(formats.shape, shape.size(), axes);
  for (const Step& step : value.steps) {
    if (!step.gain.uniform()) collect_axes(step.gain.shape, shape.size(), axes);
    if (!step.offset.uniform()) collect_axes(step.offset.shape, shape.size(), axes);
  }
  axis_ = axes.empty() ? -1 : axes.size() == 1 ? *axes.begin() : -2;
  const int64_t count = axis_ == -1   ? 1
                        : axis_ == -2 ? element_count(shape)
                                      : shape[static_cast<size_t>(axis_)];
  const auto format_strides = broadcast_strides(formats.shape, shape);
  for (int64_t c = 0; c < count; ++c) {
    std::vector<int64_t> index(shape.size(), 0);
    if (axis_ >= 0) index[static_cast<size_t>(axis_)] = c;
    int64_t rest = c;
    for (size_t i = shape.size(); axis_ == -2 && i-- > 0; rest /= shape[i])
      index[i] = rest % shape[i];
    Channel channel;
    for (const Step& step : value.steps) {
      channel.gain.push_back(step.gain.at(broadcast_strides(step.gain.shape, shape), index));
      channel.offset.push_back(step.offset.at(broadcast_strides(step.offset.shape, shape), index));
    }
    int64_t flat = 0;
    for (size_t i = 0; i < index.size(); ++i) flat += index[i] * format_strides[i];
    channel.to = formats.formats[static_cast<size_t>(flat)];
    channels_.push_back(std::move(channel));
  }
}

int64_t MonotoneQuantiser::result(const Channel& channel, int64_t m) const {
  Rational x = times_power_of_two(Rational(m), -base_.fraction_bits());
  for (size_t i = 0; i < value_.steps.size(); ++i) {
    const Step& step = value_.steps[i];
    switch (step.kind) {
      case Step::Kind::kAffine:
        x = x * channel.gain[i] + channel.offset[i];
        break;
      case Step::Kind::kRelu:
        if (x < 0) x = 0;
        break;
      case Step::Kind::kClamp:
        x = std::clamp(x, step.low, step.high);
        break;
    }
  }
  const int64_t rounded = quantize(x, channel.to);
  return static_cast<int64_t>(align(rounded, channel.to.fraction_bits(), carrier_.fraction_bits()));
}

bool MonotoneQuantiser::find_changes(Channel& channel, int64_t low, int64_t at_low, int64_t high,
                                     int64_t at_high, int64_t& left) const {
  if (at_low == at_high) return true;
  if (low + 1 == high) {
    const int64_t count = std::abs(at_high - at_low);
    left -= count;
    if (left < 0) return false;
    channel.changes.insert(channel.changes.end(), static_cast<size_t>(count), high);
    return true;
  }
  const int64_t middle = low + (high - low) / 2;
  const int64_t at_middle = result(channel, middle);
  return find_changes(channel, low, at_low, middle, at_middle, left) &&
         find_changes(channel, middle, at_middle, high, at_high, left);
}

bool MonotoneQuantiser::solve(int64_t most_changes) {
  int64_t left = most_changes;
  for (Channel& channel : channels_) {
    const bool saturates =
        channel.to.overflow == Overflow::kSAT || channel.to.overflow == Overflow::kSAT_SYM;
    if (!saturates) return false;
    channel.at_first = result(channel, first());
    const int64_t at_last = result(channel, last());
    channel.direction = at_last >= channel.at_first ? 1 : -1;
    if (!find_changes(channel, first(), channel.at_first, last(), at_last, left)) return false;
  }
  return true;
}

int64_t MonotoneQuantiser::most_changes() const {
  size_t most = 0;
  for (const Channel& channel : channels_) most = std::max(most, channel.changes.size());
  return static_cast<int64_t>(most);
}

// Both functions are monotone, so between two changes of the exact one, at whose ends they agree,
// they agree everywhere.
bool MonotoneQuantiser::product_is_equal(const Channel& channel, Int128 factor, Int128 offset,
                                         int grid, bool relu) const {
  const auto result_of = [&](int64_t m) {
    Int128 x = m * factor + offset;
    if (relu) x = std::max<Int128>(x, 0);
    return align(trigstone::quantize(x, grid, channel.to), channel.to.fraction_bits(),
                 carrier_.fraction_bits());
  };
  int64_t expected = channel.at_first;
  if (result_of(first()) != expected) return false;
  for (size_t i = 0; i < channel.changes.size(); ++i) {
    const int64_t at = channel.changes[i];
    const bool first_here = i == 0 || channel.changes[i - 1] != at;
    if (first_here && result_of(at - 1) != expected) return false;
    expected += channel.direction;
    const bool last_here = i + 1 == channel.changes.size() || channel.changes[i + 1] != at;
    if (last_here && result_of(at) != expected) return false;
  }
  return result_of(last()) == expected;
}

std::optional<IntegerProduct> MonotoneQuantiser::as_product() const {
  constexpr int kMostFactorBits = 40, kMostBits = 62;
  const auto& steps = value_.steps;
  const bool relu = steps.size() == 2 && steps[1].kind == Step::Kind::kRelu;
  const bool affine = !steps.empty() && steps[0].kind == Step::Kind::kAffine;
  if (!affine || (steps.size() > 1 && !relu) || std::abs(base_.fraction_bits()) > 40) {
    return std::nullopt;
  }
  const Rational limit(Integer(1) << 40);
  for (const Channel& channel : channels_) {
    if (abs(channel.gain[0]) > limit || abs(channel.offset[0]) > limit) return std::nullopt;
  }
  const auto rounded = [](const Rational& x, int bits) {
    return floor_of(times_power_of_two(x, bits) + Rational(1, 2));
  };
  for (int bits = 4; bits <= kMostFactorBits; ++bits) {
    const int grid = bits + base_.fraction_bits();
    Interval factors{0, 0}, offsets{0, 0};
    bool equal = true;
    for (size_t c = 0; equal && c < channels_.size(); ++c) {
      const auto factor = static_cast<Int128>(rounded(channels_[c].gain[0], bits));
      const auto offset = static_cast<Int128>(rounded(channels_[c].offset[0], grid));
      factors = hull(factors, {factor, factor});
      offsets = hull(offsets, {offset, offset});
      equal = product_is_equal(channels_[c], factor, offset, grid, relu);
    }
    if (!equal) continue;
    if (bits_for(Interval{first(), last()} * factors + offsets) > kMostBits) return std::nullopt;
    IntegerProduct product{steps[0].gain, steps[0].offset, relu};
    for (Rational& x : product.factor.values) {
      x = times_power_of_two(Rational(rounded(x, bits)), -bits);
    }
    for (Rational& x : product.offset.values) {
      x = times_power_of_two(Rational(rounded(x, grid)), -grid);
    }
    return product;
  }
  return std::nullopt;
}

// All rows have one length: from the smallest to the largest result of any channel. A result below
// a row's own smallest is passed by every x, one above its largest by none.
ThresholdTable MonotoneQuantiser::as_thresholds(const std::string& where) const {
  int64_t lowest = channels_[0].at_first, highest = lowest;
  for (const Channel& channel : channels_) {
    const int64_t at_last =
        channel.at_first + channel.direction * static_cast<int64_t>(channel.changes.size());
    lowest = std::min({lowest, channel.at_first, at_last});
    highest = std::max({highest, channel.at_first, at_last});
  }
  const int64_t always = first(), never = last() + 1;
  const bool constant = lowest == highest;  // a table has one step at least
  const int64_t count = constant ? 1 : highest - lowest;
  ThresholdTable table;
  table.steps.shape = {static_cast<int64_t>(channels_.size()), count};
  table.steps.format = covering({always, never}, base_.fraction_bits(), where);
  for (const Channel& channel : channels_) {
    const bool up = constant ? lowest < carrier_.max_mantissa() : channel.direction > 0;
    const int64_t start = up || constant ? lowest : highest;
    table.base.push_back(start);
    table.direction.push_back(up ? 1 : -1);
    std::vector<int64_t> row(static_cast<size_t>(std::abs(channel.at_first - start)), always);
    row.insert(row.end(), channel.changes.begin(), channel.changes.end());
    row.resize(static_cast<size_t>(count), never);
    table.steps.mantissas.insert(table.steps.mantissas.end(), row.begin(), row.end());
  }
  return table;
}

}  // namespace trigstone::detail
