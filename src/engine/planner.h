// Makes the plan of a graph; used by engine.cpp alone.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "engine/isa.h"
#include "engine/plan.h"

namespace trigstone::engine {

// Throws Error when the graph is not a quantised one, and for the few comparisons whose grids lie
// more than 126 bits apart.
Plan make_plan(const Graph& graph, Isa isa);

class Planner {
 public:
  Planner(const Graph& graph, Isa isa);
  Plan build();

 private:
  friend class ElementwiseBuilder;

  // Where a value lives. Constants have numbers and no rows until a step wants rows.
  struct Value {
    Lane lane = Lane::kI64;
    std::vector<Row> rows;
    std::optional<Tensor> constant;
    bool placed = false;
  };
  // Rows that were made together, in use from one step to another.
  struct Block {
    Row first = 0;
    int32_t count = 0;
    Lane lane = Lane::kI64;
    int32_t born = 0, dies = 0;
    int64_t unit = 0;  // place in the arena
  };

  // What the graph says.
  const Node& node(ValueId id) const { return graph_.node(id); }
  const Shape& shape(ValueId id) const { return graph_.shape(id); }
  int fraction(ValueId id) const { return graph_.type(id).format->fraction_bits(); }
  int64_t count(ValueId id) const { return element_count(shape(id)); }
  bool is_constant(ValueId id) const { return constant_[static_cast<size_t>(id)]; }
  const Tensor& constant(ValueId id);
  Interval range(ValueId id);  // of the mantissas
  // The one node that reads `id`, when no other does and it is no output.
  std::optional<ValueId> sole_reader(ValueId id) const;

  // Rows.
  Value& value(ValueId id) { return values_[static_cast<size_t>(id)]; }
  std::vector<Row> new_rows(Lane lane, int64_t count);
  Row constant_row(Lane lane, int64_t number);
  const std::vector<Row>& rows(ValueId id);  // constants become rows here
  Lane lane(ValueId id) { return rows(id), value(id).lane; }
  void place(ValueId id, Lane lane, std::vector<Row> rows);
  void push(Step step);

  // Nodes, by kind.
  void visit(ValueId id);
  void count_readers();
  void input(ValueId id);
  void move(ValueId id);
  void concat(ValueId id);
  // The rows of a value, shifted left and stored as another lane type.
  std::vector<Row> aligned_copy(ValueId id, int shift, Lane lane);
  void elementwise(ValueId id);
  bool fuses_into_reader(ValueId id);
  Interval need(ValueId id);  // numbers that an elementwise node must hold
  void linear(ValueId id);
  void conv(ValueId id);
  void matmul(ValueId id);
  // Takes clamps and a quant behind a sum of products into `epilogue`; returns the last node taken.
  ValueId fuse_epilogue(ValueId id, Epilogue* epilogue);
  // Sums of products with constant weights, one group after the other; `x_rows[g]` holds
  // [position][term].
  void dot(ValueId id, const std::vector<std::vector<Row>>& x_rows);
  void reduce(ValueId id);
  void choose(ValueId id);
  void sort(ValueId id);
  void trees(ValueId id);
  void finish_outputs();
  // Lets 8-bit layers hand packed words to each other; then lays all weights out.
  void pack_between_layers();
  void order_sparse_layers();

  // The arena.
  void note_use(const std::vector<Row>& rows, int32_t step);
  size_t block_of(Row row) const;
  void lay_out();
  void resolve(std::vector<Row>& rows) const;

  const Graph& graph_;
  const Isa isa_;
  Plan plan_;
  std::vector<Value> values_;
  std::vector<bool> constant_, needed_;
  std::vector<int> uses_;
  std::vector<ValueId> reader_;
  std::map<ValueId, int> fused_depth_;  // of elementwise nodes that their reader computes
  std::vector<Block> blocks_;
  std::map<std::pair<Lane, int64_t>, Row> constant_rows_;
  Row next_row_ = 0;
};

// Calls body(rows) on every list of rows that a step holds.
void each_row_list(Step& step, const std::function<void(std::vector<Row>&)>& body);

}  // namespace trigstone::engine
