#include "fabric/flow.h"

#include <algorithm>

namespace trigstone {

std::vector<size_t> Flow::crossing(int cut) const {
  std::vector<size_t> result;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].made < cut && cut <= values[i].last_read) result.push_back(i);
  }
  return result;
}

std::vector<Sending> sendings_of(const std::vector<FlowValue>& values) {
  std::vector<Sending> order;
  for (size_t i = 0; i < values.size(); ++i) {
    for (int beat = 0; beat < values[i].sendings(); ++beat) order.push_back({i, beat});
  }
  std::stable_sort(order.begin(), order.end(), [&](const Sending& a, const Sending& b) {
    return values[a.value].cycle + a.beat < values[b.value].cycle + b.beat;
  });
  return order;
}

std::vector<PacketField> fields_of(const std::vector<FlowValue>& values,
                                   const std::vector<Sending>& order) {
  std::vector<PacketField> fields;
  fields.reserve(order.size());
  for (const Sending& sending : order) {
    const FlowValue& value = values[sending.value];
    fields.push_back({value.bits(), value.cycle + sending.beat});
  }
  return fields;
}

}  // namespace trigstone
