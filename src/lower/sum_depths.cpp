#include "lower/sum_depths.h"

#include <algorithm>

namespace trigstone {

namespace {

// Nodes that have a choice, those first that cost least without the level more.
std::vector<size_t> cheapest_first(const DepthTrial& usual, const DepthTrial& least) {
  std::vector<size_t> nodes;
  for (size_t i = 0; i < usual.costs.size(); ++i) {
    const AdderGraphCost &a = usual.costs[i], &b = least.costs[i];
    if (a.lut != b.lut || a.depth != b.depth) nodes.push_back(i);
  }
  const auto price = [&](size_t i) { return least.costs[i].lut - usual.costs[i].lut; };
  std::stable_sort(nodes.begin(), nodes.end(),
                   [&](size_t a, size_t b) { return price(a) < price(b); });
  return nodes;
}

}  // namespace

std::vector<bool> shallow_nodes(size_t count,
                                const std::function<DepthTrial(const std::vector<bool>&)>& trial) {
  std::vector<bool> shallow(count, false);
  const DepthTrial usual = trial(shallow);
  if (std::all_of(usual.costs.begin(), usual.costs.end(),
                  [](const AdderGraphCost& cost) { return cost.adders == 0; })) {
    return shallow;
  }
  const DepthTrial least = trial(std::vector<bool>(count, true));
  if (least.clocks >= usual.clocks) return shallow;
  const std::vector<size_t> nodes = cheapest_first(usual, least);
  const auto enough = [&](const std::vector<bool>& choice) {
    return trial(choice).clocks <= least.clocks;
  };
  // The first `few` do not suffice, the first `many` do.
  size_t few = 0, many = nodes.size();
  while (many - few > 1) {
    const size_t middle = (few + many) / 2;
    std::vector<bool> choice(count, false);
    for (size_t i = 0; i < middle; ++i) choice[nodes[i]] = true;
    (enough(choice) ? many : few) = middle;
  }
  for (size_t i = 0; i < many; ++i) shallow[nodes[i]] = true;
  for (size_t i = many > 0 ? many - 1 : 0; i-- > 0;) {  // the last of them is needed
    shallow[nodes[i]] = false;
    if (!enough(shallow)) shallow[nodes[i]] = true;
  }
  return shallow;
}

}  // namespace trigstone
