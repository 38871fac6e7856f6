// Builds one elementwise program; used by the planner alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/planner.h"

namespace trigstone::engine {

class ElementwiseBuilder {
 public:
  ElementwiseBuilder(Planner& planner, Shape shape) : planner_(planner), shape_(std::move(shape)) {
    step_.count = element_count(shape_);
  }
  // Appends node `id` and everything that is computed for it alone; returns its register.
  uint8_t compute(ValueId id);
  // Appends a value that exists, times 2^shift.
  uint8_t shifted_leaf(ValueId id, int shift);
  // Stores the register in new rows of `lane` and hands the step to the planner.
  std::vector<Row> finish(uint8_t result, Lane lane);

  int common_fraction(ValueId id, size_t first) const;

 private:
  uint8_t new_register();
  void release(uint8_t reg);
  Instruction& append(MicroOp op, uint8_t to, uint8_t a = 0, uint8_t b = 0, uint8_t c = 0);
  uint8_t leaf(ValueId id);
  uint8_t broadcast(std::vector<Int128> numbers, uint8_t to);
  uint8_t operand(ValueId id);
  uint8_t aligned(ValueId id, int to_fraction);
  void parameters(Instruction& instruction, int32_t base, std::vector<int32_t> of_element);
  uint8_t quant(ValueId id);
  uint8_t thresholds(ValueId id);
  uint8_t table(ValueId id);
  uint8_t bounded(ValueId id);
  uint8_t arithmetic(ValueId id, MicroOp op);
  uint8_t compare(ValueId id);
  uint8_t compare_with_real(ValueId a, ValueId b, const std::string& relation);
  uint8_t zero();
  uint8_t select(ValueId id);
  void find_chunks();

  Planner& planner_;
  const Shape shape_;
  ElementwiseStep step_;
  std::vector<uint8_t> used_;
  std::optional<uint8_t> zero_;
  Interval need_{0, 0};
};

// Bounds of a relu or clamp as mantissas of its operand's grid.
Interval clamp_bounds(const Node& node, int fraction);

}  // namespace trigstone::engine
