#include <algorithm>

#include "base/random.h"
#include "verify/random_format.h"
#include "verify/random_graph.h"

namespace trigstone {

namespace {

bool is_valid_input(const Node& node) { return text_attribute(node, "role", "") == "valid"; }

// Values of corner `corner` at element i: 0 all smallest, 1 all largest, 2 and 3 alternating,
// 4 all zero.
constexpr int kCorners = 5;
int64_t corner_mantissa(const Format& format, int corner, int64_t i) {
  const int64_t low = format.min_mantissa(), high = format.max_mantissa();
  switch (corner) {
    case 0:
      return low;
    case 1:
      return high;
    case 2:
      return i % 2 == 0 ? low : high;
    case 3:
      return i % 2 == 0 ? high : low;
    default:
      return 0;
  }
}

// The mask of event `index`: none, all, the first few, one slot, or any pattern.
void fill_mask(Random& random, int index, std::vector<int64_t>& mask) {
  const auto slots = static_cast<int64_t>(mask.size());
  const int64_t kind = index == 0 ? 0 : index <= 4 ? 1 : random.integer(0, 9);
  const int64_t count = random.integer(0, slots), one = random.integer(0, slots - 1);
  for (int64_t i = 0; i < slots; ++i) {
    bool valid = random.chance(0.5);
    if (kind == 0) valid = false;
    if (kind == 1) valid = true;
    if (kind >= 2 && kind <= 4) valid = i < count;
    if (kind == 5) valid = i == one;
    mask[static_cast<size_t>(i)] = valid ? 1 : 0;
  }
}

void fill(Random& random, const Format& format, int index, std::vector<int64_t>& values) {
  if (index < kCorners) {
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = corner_mantissa(format, index, static_cast<int64_t>(i));
    }
    return;
  }
  // Uniform numbers alone would hardly ever be near each other or near zero, where rounding,
  // comparisons and ties decide; so some events come from a narrow range or from few numbers.
  const int64_t style = random.integer(0, 3);
  const int64_t centre = random_mantissa(random, format), other = random_mantissa(random, format);
  for (int64_t& value : values) {
    if (style == 0) value = random.integer(format.min_mantissa(), format.max_mantissa());
    if (style == 1) value = random_mantissa(random, format);
    if (style == 2) value = random.chance(0.5) ? centre : other;
    if (style == 3) {
      value = std::clamp(random.integer(-8, 8), format.min_mantissa(), format.max_mantissa());
    }
  }
}

}  // namespace

bool has_valid_input(const Graph& graph) {
  for (const ValueId id : graph.inputs()) {
    if (is_valid_input(graph.node(id))) return true;
  }
  return false;
}

std::vector<EventTensors> random_events(const Graph& graph, uint64_t seed, int count) {
  std::vector<EventTensors> events;
  for (int index = 0; index < count; ++index) {
    EventTensors event;
    Random random(seed, static_cast<uint64_t>(index) + 1);
    for (const ValueId id : graph.inputs()) {
      const Node& node = graph.node(id);
      Tensor tensor;
      tensor.shape = node.type.shape;
      tensor.format = node.type.format;
      tensor.mantissas.resize(static_cast<size_t>(tensor.size()));
      if (is_valid_input(node)) {
        fill_mask(random, index, tensor.mantissas);
      } else {
        fill(random, *tensor.format, index, tensor.mantissas);
      }
      event.push_back(std::move(tensor));
    }
    events.push_back(std::move(event));
  }
  return events;
}

EventTensors with_garbage(const Graph& graph, const EventTensors& event, uint64_t seed) {
  const std::vector<ValueId> inputs = graph.inputs();
  const std::vector<int64_t>* mask = nullptr;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (is_valid_input(graph.node(inputs[i]))) mask = &event[i].mantissas;
  }
  EventTensors result = event;
  if (mask == nullptr) return result;
  Random random(seed, 0x67617262);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Node& node = graph.node(inputs[i]);
    const int64_t axis = int_attribute(node, "token_axis", -1);
    if (axis < 0 || is_valid_input(node)) continue;
    const Shape& shape = node.type.shape;
    int64_t inner = 1;
    for (size_t k = static_cast<size_t>(axis) + 1; k < shape.size(); ++k) inner *= shape[k];
    const int64_t slots = shape[static_cast<size_t>(axis)];
    for (size_t k = 0; k < result[i].mantissas.size(); ++k) {
      const auto slot = (static_cast<int64_t>(k) / inner) % slots;
      if ((*mask)[static_cast<size_t>(slot)] == 0) {
        result[i].mantissas[k] = random_mantissa(random, *node.type.format);
      }
    }
  }
  return result;
}

}  // namespace trigstone
