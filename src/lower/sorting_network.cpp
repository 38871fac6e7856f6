#include "lower/sorting_network.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>

#include "lower/network_maker.h"

namespace trigstone {

namespace {

// Calls visit(exchange, first is read, second is read) for those that are read at all, from the
// end.
template <class Visit>
void each_live(const SortingNetwork& network, int64_t wires, Visit visit) {
  std::vector<bool> live(static_cast<size_t>(wires), false);
  for (const int64_t wire : network.outputs) live[static_cast<size_t>(wire)] = true;
  for (size_t i = network.exchanges.size(); i-- > 0;) {
    const Exchange& exchange = network.exchanges[i];
    const auto first = static_cast<size_t>(exchange.first);
    const auto second = static_cast<size_t>(exchange.second);
    if (!live[first] && !live[second]) continue;
    visit(exchange, live[first], live[second]);
    live[first] = live[second] = true;
  }
}

int64_t wires_of(const SortingNetwork& network) {
  int64_t last = -1;
  for (const Exchange& e : network.exchanges) last = std::max({last, e.first, e.second});
  for (const int64_t wire : network.outputs) last = std::max(last, wire);
  return last + 1;
}

Wires every_other(const Wires& wires, size_t first) {
  Wires result;
  for (size_t i = first; i < wires.size(); i += 2) result.push_back(wires[i]);
  return result;
}

}  // namespace

Wires first_of(Wires wires, int64_t kept) {
  wires.resize(std::min(wires.size(), static_cast<size_t>(kept)));
  return wires;
}

// Knuth, TAOCP 3, 5.2.2, Algorithm M.
void NetworkMaker::sort(const Wires& wires) {
  const auto count = static_cast<int64_t>(wires.size());
  const auto wire = [&](int64_t i) { return wires[static_cast<size_t>(i)]; };
  int64_t top = 1;
  while (top * 2 < count) top *= 2;
  for (int64_t p = count > 1 ? top : 0; p > 0; p /= 2) {
    int64_t q = top, r = 0, d = p;
    while (true) {
      for (int64_t i = 0; i + d < count; ++i) {
        if ((i & p) == r) exchange(wire(i), wire(i + d));
      }
      if (q == p) break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
}

// The merged even places and the merged odd ones differ by neighbours only.
Wires NetworkMaker::merge(const Wires& a, const Wires& b, bool above) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  if (a.size() == 1 && b.size() == 1) {
    if (!above) exchange(a[0], b[0]);
    return {a[0], b[0]};
  }
  const Wires even = merge(every_other(a, 0), every_other(b, 0), above);
  const Wires odd = merge(every_other(a, 1), every_other(b, 1), above);
  Wires result = {even[0]};
  for (size_t i = 0; i < std::max(odd.size(), even.size() - 1); ++i) {
    const bool both = i < odd.size() && i + 1 < even.size();
    if (both) exchange(odd[i], even[i + 1]);
    if (i < odd.size()) result.push_back(odd[i]);
    if (i + 1 < even.size()) result.push_back(even[i + 1]);
  }
  return result;
}

Wires NetworkMaker::append(const SortingNetwork& network, const Wires& wires) {
  const auto put = [&](int64_t wire) { return wires[static_cast<size_t>(wire)]; };
  for (const Exchange& e : network.exchanges) exchange(put(e.first), put(e.second));
  Wires outputs;
  for (const int64_t wire : network.outputs) outputs.push_back(put(wire));
  return outputs;
}

SortingNetwork full_sort(int64_t inputs, int64_t kept) {
  NetworkMaker maker;
  Wires wires(static_cast<size_t>(inputs));
  std::iota(wires.begin(), wires.end(), 0);
  maker.sort(wires);
  return {std::move(maker.exchanges), first_of(std::move(wires), kept)};
}

// The two shortest lists first, of equals the oldest: equal runs make a balanced tree.
SortingNetwork merged_runs(const std::vector<int64_t>& runs, int64_t kept) {
  NetworkMaker maker;
  std::vector<Wires> lists;
  std::priority_queue<std::tuple<int64_t, size_t>, std::vector<std::tuple<int64_t, size_t>>,
                      std::greater<>>
      shortest;  // lengths and places of lists
  const auto add = [&](Wires list) {
    list = first_of(std::move(list), kept);
    shortest.emplace(static_cast<int64_t>(list.size()), lists.size());
    lists.push_back(std::move(list));
  };
  int64_t first = 0;
  for (const int64_t length : runs) {
    Wires run(static_cast<size_t>(length));
    std::iota(run.begin(), run.end(), first);
    first += length;
    add(std::move(run));
  }
  while (shortest.size() > 1) {
    const size_t a = std::get<1>(shortest.top());
    shortest.pop();
    const size_t b = std::get<1>(shortest.top());
    shortest.pop();
    add(maker.merge(lists[b], lists[a]));
  }
  return {std::move(maker.exchanges), lists.back()};
}

int64_t cell_count(const SortingNetwork& network) {
  int64_t cells = 0;
  each_live(network, wires_of(network), [&](const Exchange&, bool first, bool second) {
    cells += 1 + (first ? 1 : 0) + (second ? 1 : 0);
  });
  return cells;
}

SortingNetwork without_dead(SortingNetwork network) {
  std::vector<Exchange> live;
  each_live(network, wires_of(network),
            [&](const Exchange& exchange, bool, bool) { live.push_back(exchange); });
  std::reverse(live.begin(), live.end());
  network.exchanges = std::move(live);
  return network;
}

int64_t depth_of(const SortingNetwork& network) {
  const SortingNetwork live = without_dead(network);
  std::vector<int64_t> depth(static_cast<size_t>(wires_of(live)), 0);
  for (const Exchange& exchange : live.exchanges) {
    int64_t& first = depth[static_cast<size_t>(exchange.first)];
    int64_t& second = depth[static_cast<size_t>(exchange.second)];
    first = second = std::max(first, second) + 1;
  }
  int64_t deepest = 0;
  for (const int64_t wire : live.outputs) {
    deepest = std::max(deepest, depth[static_cast<size_t>(wire)]);
  }
  return deepest;
}

}  // namespace trigstone
