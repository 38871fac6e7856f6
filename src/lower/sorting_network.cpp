#include "lower/sorting_network.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace trigstone {

namespace {

using Wires = std::vector<int64_t>;
constexpr int64_t kNone = -1;  // a wire that is not there: smaller than all others

class NetworkMaker {
 public:
  // Falling order, for any count (Knuth, TAOCP 3, 5.2.2, Algorithm M).
  void sort(const Wires& wires) {
    const auto count = static_cast<int64_t>(wires.size());
    int64_t top = 1;
    while (top * 2 < count) top *= 2;
    for (int64_t p = count > 1 ? top : 0; p > 0; p /= 2) {
      int64_t q = top, r = 0, d = p;
      while (true) {
        for (int64_t i = 0; i + d < count; ++i) {
          if ((i & p) == r) exchange(wires[at(i)], wires[at(i + d)]);
        }
        if (q == p) break;
        d = q - p;
        q /= 2;
        r = p;
      }
    }
  }

  // The largest `kept` of two falling lists, falling.
  Wires merge(Wires a, Wires b, int64_t kept) {
    const auto size = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(kept)));
    a.resize(at(size), kNone);
    b.resize(at(size), kNone);
    Wires best;
    for (int64_t i = 0; i < size; ++i) {
      int64_t one = a[at(i)], other = b[at(size - 1 - i)];
      order(one, other);
      best.push_back(one);
    }
    for (int64_t d = size / 2; d > 0; d /= 2) {
      for (int64_t i = 0; i < size; ++i) {
        if ((i & d) == 0) order(best[at(i)], best[at(i + d)]);
      }
    }
    while (best.back() == kNone || static_cast<int64_t>(best.size()) > kept) best.pop_back();
    return best;
  }

  std::vector<Exchange> exchanges;

 private:
  static size_t at(int64_t i) { return static_cast<size_t>(i); }
  void exchange(int64_t a, int64_t b) { exchanges.push_back({a, b}); }
  // A wire that is not there changes places without an exchange.
  void order(int64_t& larger, int64_t& smaller) {
    if (larger == kNone) std::swap(larger, smaller);
    if (smaller != kNone) exchange(larger, smaller);
  }
};

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

Wires numbers_from(int64_t first, int64_t count) {
  Wires wires(static_cast<size_t>(count));
  std::iota(wires.begin(), wires.end(), first);
  return wires;
}

}  // namespace

SortingNetwork full_sort(int64_t inputs, int64_t kept) {
  NetworkMaker maker;
  Wires wires = numbers_from(0, inputs);
  maker.sort(wires);
  wires.resize(static_cast<size_t>(kept));
  return {std::move(maker.exchanges), std::move(wires)};
}

SortingNetwork merged_largest(int64_t inputs, int64_t kept) {
  NetworkMaker maker;
  std::vector<Wires> lists;
  for (int64_t first = 0; first < inputs; first += kept) {
    lists.push_back(numbers_from(first, std::min(kept, inputs - first)));
    maker.sort(lists.back());
  }
  while (lists.size() > 1) {
    std::vector<Wires> merged;
    for (size_t i = 0; i + 1 < lists.size(); i += 2) {
      merged.push_back(maker.merge(lists[i], lists[i + 1], kept));
    }
    if (lists.size() % 2 == 1) merged.push_back(lists.back());
    lists = std::move(merged);
  }
  return {std::move(maker.exchanges), std::move(lists[0])};
}

SortingNetwork cheapest_network(int64_t inputs, int64_t kept) {
  SortingNetwork sorted = full_sort(inputs, kept), merged = merged_largest(inputs, kept);
  return cell_count(merged) < cell_count(sorted) ? std::move(merged) : std::move(sorted);
}

int64_t cell_count(const SortingNetwork& network) {
  int64_t cells = 0;
  each_live(network, wires_of(network), [&](const Exchange&, bool first, bool second) {
    cells += 1 + (first ? 1 : 0) + (second ? 1 : 0);
  });
  return cells;
}

int64_t depth_of(const SortingNetwork& network) {
  std::vector<Exchange> live;
  each_live(network, wires_of(network),
            [&](const Exchange& exchange, bool, bool) { live.push_back(exchange); });
  std::vector<int64_t> depth(static_cast<size_t>(wires_of(network)), 0);
  for (size_t i = live.size(); i-- > 0;) {
    int64_t& first = depth[static_cast<size_t>(live[i].first)];
    int64_t& second = depth[static_cast<size_t>(live[i].second)];
    first = second = std::max(first, second) + 1;
  }
  int64_t deepest = 0;
  for (const int64_t wire : network.outputs) {
    deepest = std::max(deepest, depth[static_cast<size_t>(wire)]);
  }
  return deepest;
}

}  // namespace trigstone
