// The largest of sorted runs by sorting columns, and the choice among all networks.
#include <algorithm>
#include <numeric>

#include "lower/network_maker.h"

namespace trigstone {

namespace {

// Lengths of the rows tried where nothing is sorted yet.
constexpr int64_t kRowLengths[] = {2, 3, 4, 6, 8, 12, 16, 24};

// Some columns of the table, merged. `columns[j]`: column j is among them.
struct MergedColumns {
  std::vector<bool> columns;
  Wires wires;
};

// How many of the `kept` largest can stand in these columns: a row that reaches column l has all
// its columns up to l among the kept.
int64_t most_kept(const std::vector<bool>& columns, int64_t kept) {
  int64_t most = 0, among = 0, length = 0;
  for (const bool column : columns) {
    ++length;
    among += column ? 1 : 0;
    most = std::max(most, kept * among / length);
  }
  return most;
}

// True when each column of b has one of a before it, all different: the numbers of b stand to the
// right of numbers of a, so the i-th largest of a is no smaller than that of b.
//
// Numbers that most_kept dropped do not spoil this. Where `kept` numbers or fewer are ones and the
// others zeros, no one is dropped, and the claim holds for what is left. Where more are ones, the
// outputs are no smaller than they are with fewer, since exchanges keep to that: all ones.
bool stands_before(const std::vector<bool>& a, const std::vector<bool>& b) {
  int64_t lead = 0;
  for (size_t j = 0; j < a.size(); ++j) {
    lead += (a[j] ? 1 : 0) - (b[j] ? 1 : 0);
    if (lead < 0) return false;
  }
  return true;
}

MergedColumns merge_columns(NetworkMaker& maker, MergedColumns a, MergedColumns b, int64_t kept) {
  if (stands_before(b.columns, a.columns)) std::swap(a, b);
  const bool above = stands_before(a.columns, b.columns);
  MergedColumns both;
  for (size_t j = 0; j < a.columns.size(); ++j) {
    both.columns.push_back(a.columns[j] || b.columns[j]);
  }
  both.wires =
      first_of(maker.merge(a.wires, b.wires, above), std::min(kept, most_kept(both.columns, kept)));
  return both;
}

Wires merge_all(NetworkMaker& maker, std::vector<MergedColumns> lists, int64_t kept,
                MergeOrder order) {
  const auto longer = [](const MergedColumns& a, const MergedColumns& b) {
    return a.wires.size() > b.wires.size();
  };
  while (lists.size() > 1) {
    if (order == MergeOrder::kShortestFirst) {
      std::stable_sort(lists.begin(), lists.end(), longer);
      MergedColumns last = std::move(lists.back());
      lists.pop_back();
      lists.back() = merge_columns(maker, std::move(lists.back()), std::move(last), kept);
      continue;
    }
    // The first, which are the longest, wait where their number is odd.
    std::vector<MergedColumns> merged;
    const size_t waiting = lists.size() % 2;
    if (waiting == 1) merged.push_back(std::move(lists[0]));
    for (size_t i = waiting; i < lists.size(); i += 2) {
      merged.push_back(merge_columns(maker, std::move(lists[i]), std::move(lists[i + 1]), kept));
    }
    lists = std::move(merged);
  }
  return std::move(lists[0].wires);
}

SortingNetwork best_of(std::vector<SortingNetwork> networks) {
  std::vector<int64_t> cells;
  for (SortingNetwork& network : networks) {
    network = without_dead(std::move(network));
    cells.push_back(cell_count(network));
  }
  const int64_t least = *std::min_element(cells.begin(), cells.end());
  size_t best = networks.size();
  int64_t best_depth = 0;
  for (size_t i = 0; i < networks.size(); ++i) {
    if (cells[i] > least + least / 32) continue;
    const int64_t depth = depth_of(networks[i]);
    const bool better = best == networks.size() || depth < best_depth ||
                        (depth == best_depth && cells[i] < cells[best]);
    if (better) best = i, best_depth = depth;
  }
  return std::move(networks[best]);
}

std::vector<int64_t> rows_of(int64_t inputs, int64_t length) {
  std::vector<int64_t> rows(static_cast<size_t>(inputs / length), length);
  if (inputs % length != 0) rows.push_back(inputs % length);
  return rows;
}

}  // namespace

SortingNetwork NetworkChooser::columns_network(const std::vector<int64_t>& runs, int64_t kept,
                                               MergeOrder order) {
  NetworkMaker maker;
  const int64_t width = std::min(kept, *std::max_element(runs.begin(), runs.end()));
  std::vector<MergedColumns> lists;
  for (int64_t j = 0; j < width; ++j) {
    Wires column;
    int64_t first = 0;
    for (const int64_t length : runs) {
      if (j < length) column.push_back(first + j);
      first += length;
    }
    const auto height = static_cast<int64_t>(column.size());
    std::vector<bool> place(static_cast<size_t>(width), false);
    place[static_cast<size_t>(j)] = true;
    const SortingNetwork& sorted = cheapest(height, std::min(height, kept / (j + 1)));
    lists.push_back({std::move(place), maker.append(sorted, column)});
  }
  Wires best = merge_all(maker, std::move(lists), kept, order);
  return {std::move(maker.exchanges), std::move(best)};
}

const SortingNetwork& NetworkChooser::cheapest(int64_t inputs, int64_t kept) {
  const auto known = unsorted_.find({inputs, kept});
  if (known != unsorted_.end()) return known->second;
  std::vector<SortingNetwork> networks = {full_sort(inputs, kept)};
  networks.push_back(merged_runs(std::vector<int64_t>(static_cast<size_t>(inputs), 1), kept));
  for (const int64_t length : kRowLengths) {
    // With half of all asked for, sorting columns drops next to nothing.
    if (length * 2 > inputs || kept * 2 > inputs) break;
    const std::vector<int64_t> rows = rows_of(inputs, length);
    NetworkMaker sorts;
    Wires in_rows;
    std::vector<int64_t> lengths;
    int64_t first = 0;
    for (const int64_t row : rows) {
      Wires wires(static_cast<size_t>(row));
      std::iota(wires.begin(), wires.end(), first);
      first += row;
      const Wires sorted = sorts.append(cheapest(row, std::min(row, kept)), wires);
      in_rows.insert(in_rows.end(), sorted.begin(), sorted.end());
      lengths.push_back(static_cast<int64_t>(sorted.size()));
    }
    for (const MergeOrder order : {MergeOrder::kShortestFirst, MergeOrder::kNeighbours}) {
      NetworkMaker maker = sorts;
      Wires outputs = maker.append(columns_network(lengths, kept, order), in_rows);
      networks.push_back({std::move(maker.exchanges), std::move(outputs)});
    }
  }
  return unsorted_.emplace(std::pair(inputs, kept), best_of(std::move(networks))).first->second;
}

SortingNetwork NetworkChooser::cheapest(const std::vector<int64_t>& runs, int64_t kept) {
  const int64_t inputs = std::accumulate(runs.begin(), runs.end(), int64_t{0});
  std::vector<SortingNetwork> networks = {cheapest(inputs, kept)};
  if (std::any_of(runs.begin(), runs.end(), [](int64_t length) { return length > 1; })) {
    networks.push_back(merged_runs(runs, kept));
    for (const MergeOrder order : {MergeOrder::kShortestFirst, MergeOrder::kNeighbours}) {
      networks.push_back(columns_network(runs, kept, order));
    }
  }
  return best_of(std::move(networks));
}

}  // namespace trigstone
