// Rows that only 8-bit sums of products read lie packed, four elements of an event in a word, so
// that a layer reads what the layer before it stored.
//   linear → rows → pack → linear   =>   linear → words → linear
// A word takes the place of its four rows, so the arena stays as it is.
#include <algorithm>

#include "engine/order_inputs.h"
#include "engine/pack_weights.h"
#include "engine/planner.h"

namespace trigstone::engine {

namespace {

bool reads_words(const LinearStep& step) {
  return step.path == DotPath::kDot8 && step.terms % 4 == 0;
}

bool may_write_words(const LinearStep& step) {
  if (step.path != DotPath::kDot8 || step.outputs % 4 != 0 || lane_bytes(step.lane) != 1) {
    return false;
  }
  // Four outputs are narrowed together.
  return step.fast_kind != FastKind::kNone &&
         std::all_of(step.fast.begin(), step.fast.end(),
                     [&](const FastEpilogue& fast) { return fast.mask == step.fast.front().mask; });
}

// Every line of `each` rows is whole words of the block that begins at `first`.
bool is_words(const std::vector<Row>& rows, int64_t each, Row first) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool begins = static_cast<int64_t>(i) % each == 0;
    if (begins ? (rows[i] - first) % 4 != 0 : rows[i] != rows[i - 1] + 1) return false;
  }
  return true;
}

}  // namespace

void Planner::pack_between_layers() {
  std::vector<bool> written(blocks_.size(), false), packed(blocks_.size(), true);
  // Notes that a list of rows is used in lines of `each`, as words if that is possible.
  const auto use = [&](const std::vector<Row>& rows, int64_t each, bool possible) {
    if (rows.empty()) return;
    const size_t first = block_of(rows.front());
    const Block& block = blocks_[first];
    const bool one_block = std::all_of(rows.begin(), rows.end(), [&](Row row) {
      return row >= block.first && row < block.first + block.count;
    });
    if (possible && one_block && is_words(rows, each, block.first)) return;
    for (const Row row : rows) packed[block_of(row)] = false;
  };
  for (const PortPlan& port : plan_.inputs) {
    if (!port.read) continue;
    const bool possible =
        isa_ != Isa::kPortable && lane_bytes(port.lane) == 1 && port.rows.size() % 4 == 0;
    use(port.rows, static_cast<int64_t>(port.rows.size()), possible);
    written[block_of(port.rows.front())] = true;
  }
  for (Step& step : plan_.steps) {
    if (const auto* linear = std::get_if<LinearStep>(&step)) {
      use(linear->x_rows, linear->terms, reads_words(*linear));
      use(linear->results, linear->outputs, may_write_words(*linear));
      written[block_of(linear->results.front())] = true;
    } else {
      each_row_list(step, [&](std::vector<Row>& rows) { use(rows, 1, false); });
    }
  }
  for (const PortPlan& port : plan_.outputs) use(port.rows, 1, false);

  const auto is_packed = [&](const std::vector<Row>& rows) {
    const size_t block = block_of(rows.front());
    return written[block] && packed[block];
  };
  for (PortPlan& port : plan_.inputs) port.packed = port.read && is_packed(port.rows);
  for (Step& step : plan_.steps) {
    auto* linear = std::get_if<LinearStep>(&step);
    if (linear == nullptr) continue;
    linear->packed_in = is_packed(linear->x_rows);
    linear->packed_out = is_packed(linear->results);
  }
  order_sparse_layers();
  for (Step& step : plan_.steps) {
    if (auto* linear = std::get_if<LinearStep>(&step)) pack_blocks(*linear, isa_);
  }
}

// Where one layer reads all that another writes, and no third reads it, the order is theirs.
void Planner::order_sparse_layers() {
  std::vector<int> readers(blocks_.size(), 0);
  std::vector<LinearStep*> writers(blocks_.size(), nullptr);
  for (Step& step : plan_.steps) {
    auto* linear = std::get_if<LinearStep>(&step);
    if (linear == nullptr) continue;
    if (linear->packed_in) ++readers[block_of(linear->x_rows.front())];
    if (linear->packed_out) writers[block_of(linear->results.front())] = linear;
  }
  for (Step& step : plan_.steps) {
    auto* after = std::get_if<LinearStep>(&step);
    if (after == nullptr || !after->packed_in) continue;
    const size_t block = block_of(after->x_rows.front());
    LinearStep* before = writers[block];
    if (before == nullptr || readers[block] != 1 || before->results != after->x_rows) continue;
    if (before->outputs == after->terms) order_inputs(*before, *after);
  }
}

}  // namespace trigstone::engine
