// Gives each block of rows a place in the arena: blocks that are never alive together share it.
#include <algorithm>

#include "base/error.h"
#include "engine/planner.h"

namespace trigstone::engine {

void each_row_list(Step& step, const std::function<void(std::vector<Row>&)>& body) {
  struct Visitor {
    const std::function<void(std::vector<Row>&)>& body;
    void operator()(ElementwiseStep& s) const {
      for (auto& rows : s.loads) body(rows);
      body(s.results);
    }
    void operator()(LinearStep& s) const { body(s.x_rows), body(s.results); }
    void operator()(MatMulStep& s) const { body(s.a_rows), body(s.b_rows), body(s.results); }
    void operator()(ReduceStep& s) const { body(s.x_rows), body(s.mask_rows), body(s.results); }
    void operator()(SortStep& s) const { body(s.x_rows), body(s.results); }
    void operator()(TreeStep& s) const { body(s.x_rows), body(s.results); }
  };
  std::visit(Visitor{body}, step);
}

size_t Planner::block_of(Row row) const {
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), row,
                                      [](Row r, const Block& block) { return r < block.first; });
  ensure(after != blocks_.begin(), "a row without a block");
  return static_cast<size_t>(after - blocks_.begin()) - 1;
}

void Planner::note_use(const std::vector<Row>& rows, int32_t step) {
  size_t block = 0;
  for (const Row row : rows) {
    const bool same = block < blocks_.size() && row >= blocks_[block].first &&
                      row < blocks_[block].first + blocks_[block].count;
    if (!same) block = block_of(row);
    blocks_[block].dies = std::max(blocks_[block].dies, step);
  }
}

void Planner::lay_out() {
  struct Place {
    int64_t begin, end;
    int32_t dies;
  };
  std::vector<Block*> order;
  for (Block& block : blocks_) order.push_back(&block);
  std::stable_sort(order.begin(), order.end(),
                   [](const Block* a, const Block* b) { return a->born < b->born; });
  std::vector<Place> live;  // sorted by begin
  int64_t top = 0;
  for (Block* block : order) {
    std::erase_if(live, [&](const Place& place) { return place.dies < block->born; });
    const int64_t size = static_cast<int64_t>(block->count) * row_units(block->lane);
    int64_t begin = 0;  // first fit
    auto at = live.begin();
    for (; at != live.end() && at->begin < begin + size; ++at) begin = std::max(begin, at->end);
    live.insert(at, {begin, begin + size, block->dies});
    block->unit = begin;
    top = std::max(top, begin + size);
  }
  if (top >= INT32_MAX) {
    throw Error("graph",
                fmt::format("needs {} GB of memory for a tile of {} events", top * kUnitBytes >> 30,
                            kLanes),
                "split the model into smaller ones");
  }
  plan_.arena_bytes = top * kUnitBytes;
  for (Step& step : plan_.steps) {
    each_row_list(step, [&](std::vector<Row>& rows) { resolve(rows); });
  }
  for (PortPlan& port : plan_.inputs) resolve(port.rows);
  for (PortPlan& port : plan_.outputs) resolve(port.rows);
  for (ConstantRow& constant : plan_.constants) {
    std::vector<Row> row{constant.row};
    resolve(row);
    constant.row = row.front();
  }
}

void Planner::resolve(std::vector<Row>& rows) const {
  size_t at = 0;
  for (Row& row : rows) {
    const bool same = at < blocks_.size() && row >= blocks_[at].first &&
                      row < blocks_[at].first + blocks_[at].count;
    if (!same) at = block_of(row);
    const Block& block = blocks_[at];
    row = static_cast<Row>(block.unit + int64_t{row - block.first} * row_units(block.lane));
  }
}

}  // namespace trigstone::engine
