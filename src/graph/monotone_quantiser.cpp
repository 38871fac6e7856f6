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

}  // namespace trigstone::detail
